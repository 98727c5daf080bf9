"""`zth train`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from zth.assembly import Assembly
    from zth.host import CallFailed, Nursery
    from zth.plugins import Plugins
    from zth.records import Component, Part, Recipe, Tier
    from zth.runs import Config, Run
    from zth.training import Corpus, Progress, Trainer

RUNS = Path("runs")
DEVICES = click.Choice(["auto", "cpu", "cuda", "mps"])


@click.command()
@click.argument("recipe")
@click.option(
    "--with",
    "wishes",
    multiple=True,
    metavar="SLOT=TREE",
    help="Fill a slot: attention=student, =reference, =PLUGIN, =FOLDER or =FILE.py:CLASS; "
    "all=student. Repeatable.",
)
@click.option(
    "--lr",
    "learning_rate",
    type=click.FloatRange(0, min_open=True),
    metavar="RATE",
    help="Another peak learning rate than the recipe's; that of the optimizer in its slot.",
)
@click.option("--steps", type=click.IntRange(1), help="Another number of steps than the recipe's.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="0 without it.")
@click.option("--device", type=DEVICES, default="auto", show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run's folder; a new one in runs/ without it.",
)
@click.option(
    "--sandbox",
    default="auto",
    metavar="TIER",
    help="What holds the parts' code: bwrap, landlock, process; the strongest without it.",
)
@click.option("--resume", is_flag=True, help="Go on with the run in --out, or with the newest.")
def train(
    recipe: str,
    wishes: tuple[str, ...],
    learning_rate: float | None,
    steps: int | None,
    seed: int | None,
    device: str,
    out: Path | None,
    sandbox: str,
    resume: bool,
) -> int:
    """Train RECIPE, with any of its parts swapped; the validation loss is measured from outside.

    \b
    zth train shakespeare-tiny
    zth train shakespeare-tiny --with attention=student
    zth train shakespeare-tiny --with attention=my/attention.py:FasterAttention --steps 500
    zth train shakespeare-tiny --with optimizer=lesson4_optimizer/optimizer.py:SGD --lr 0.5

    Ctrl-C stops after the present step and keeps a checkpoint. Exit status: 0 trained, 1 a part
    failed, 2 usage, 130 stopped.
    """
    from zth.host.sandbox import choose
    from zth.plugins import Plugins, nearest
    from zth.records import ZthError
    from zth.runs import Run, fresh, newest

    if learning_rate is not None and not math.isfinite(learning_rate):
        raise ZthError(f"--lr {learning_rate} is no learning rate; try 0.001")

    plugins = Plugins.load()
    tier = choose(sandbox, plugins.sandboxes().values())
    recipes = plugins.recipes()
    if recipe not in recipes:
        raise nearest(recipe, recipes, "recipe")
    if resume:
        given = {
            "--with": wishes,
            "--lr": learning_rate is not None,
            "--steps": steps is not None,
            "--seed": seed is not None,
        }
        run = Run(out or newest(RUNS, recipe))
        named = [name for name, is_given in given.items() if is_given]
        return _resumed(recipe, run, named, device, tier)
    run = Run(out or fresh(RUNS, recipe))
    run.vacant()
    chosen = recipes[recipe]
    assembly = assembled(chosen, wishes, plugins)
    corpus = _corpus(chosen, plugins)
    config = _config(
        chosen, assembly, seed or 0, steps or chosen.steps, corpus.vocabulary, learning_rate or 0.0
    )
    return _train(config, corpus, run, device, tier, resume=False)


def _resumed(recipe: str, run: Run, given: list[str], device: str, tier: Tier) -> int:
    from zth.plugins import Plugins
    from zth.records import ZthError

    config = run.config()
    if given:
        raise ZthError(f"a run goes on as it began; leave out {', '.join(given)}")
    if config.recipe.name != recipe:
        raise ZthError(f"{run.path} is a run of {config.recipe.name}, not of {recipe}")
    corpus = _corpus(config.recipe, Plugins.load(), config.vocabulary)
    return _train(config, corpus, run, device, tier, resume=True)


def assembled(recipe: Recipe, wishes: tuple[str, ...], plugins: Plugins) -> Assembly:
    """The parts for `--with` options; trees are named, or paths to a tree or a file."""
    from zth import trees
    from zth.assembly import assemble

    known = plugins.trees()

    def resolve(spec: str, component: Component) -> Part | None:
        part = trees.chosen(spec, component, known)
        return part if trees.defines(part) or trees.broken(part) else None

    return assemble(recipe, wishes, resolve)


def _corpus(recipe: Recipe, plugins: Plugins, vocabulary: str = "") -> Corpus:
    """The recipe's corpus, downloaded if need be."""
    from zth.cli.data import located
    from zth.plugins import nearest
    from zth.training import Corpus

    datasets = plugins.datasets()
    if recipe.dataset not in datasets:
        raise nearest(recipe.dataset, datasets, "dataset")
    text = located(datasets[recipe.dataset]).read_text(encoding="utf-8")
    return Corpus.of(text, vocabulary, int(recipe.config["block_size"]))


def _config(
    recipe: Recipe,
    assembly: Assembly,
    seed: int,
    steps: int,
    vocabulary: str,
    learning_rate: float,
) -> Config:
    import platform
    from importlib.metadata import version

    from zth import __version__
    from zth.runs import Config
    from zth.training import digests

    versions = {name: version(name) for name in ("torch", "numpy")}
    return Config(
        recipe=recipe,
        trees=assembly.names,
        model=assembly.model,
        slots=assembly.slots,
        seed=seed,
        steps=steps,
        vocabulary=vocabulary,
        digests=digests({p.component: p for p in assembly.parts}),
        versions={"zth": __version__, "python": platform.python_version(), **versions},
        learning_rate=learning_rate,
    )


def _train(
    config: Config, corpus: Corpus, run: Run, device: str, tier: Tier, *, resume: bool
) -> int:
    from rich.console import Console

    from zth.host import CallFailed
    from zth.records import ZthError
    from zth.training import Trainer, start_nursery, start_session

    console = Console(highlight=False, soft_wrap=True)
    checkpoint = run.checkpoint() if resume else None
    if checkpoint is not None and int(checkpoint["step"]) >= config.steps:
        click.echo(f"{run.path} is complete: it took all its {config.steps:,} steps")
        return 0
    with start_nursery(config, tier) as nursery, start_session(nursery, config) as session:
        trainer = Trainer(config, corpus, run, session, device)
        try:
            built = trainer.build(checkpoint)
            console.print(
                f"{config.recipe.name}: {built.parameters:,} parameters on {built.device}, "
                f"{built.threads} threads; {trainer.parts}",
                markup=False,
            )
            if resume:
                _tell_changes(config, trainer, console)
            return _show(trainer, nursery, console, resume)
        except CallFailed as error:
            return explain(error)
        except OSError as error:
            raise ZthError(f"cannot write the run to {run.path}: {error.strerror}") from None
        except KeyboardInterrupt:
            _tell_how_to_go_on(trainer, console)
            raise


def _tell_changes(config: Config, trainer: Trainer, console: Console) -> None:
    from zth.training import digests

    now = digests({p.component: p for p in (config.model, *config.slots.values())})
    changed = [id for id, digest in now.items() if config.digests.get(id) != digest]
    console.print(f"going on with {trainer.run.path} from step {trainer.step:,}", markup=False)
    if changed:
        console.print(f"note: since the run began, {', '.join(changed)} changed", markup=False)


def _tell_how_to_go_on(trainer: Trainer, console: Console) -> None:
    if (trainer.run.path / "config.json").is_file():
        console.print(
            f"stopped at step {trainer.step:,} of {trainer.config.steps:,}; go on with: "
            f"zth train {trainer.config.recipe.name} --out {trainer.run.path} --resume",
            markup=False,
        )


def _show(trainer: Trainer, nursery: Nursery, console: Console, resume: bool) -> int:
    """Trains with a display: a bar on a terminal, lines elsewhere."""
    from zth.measure import AGREE
    from zth.training import start_session

    with _Display(console, trainer) as display:
        trainer.go_on() if resume else trainer.start(display.told)
        loss = trainer.train(display.told)
    if trainer.stopped:
        _tell_how_to_go_on(trainer, console)
        return 130
    text = trainer.sample("", 500)
    trainer.run.write("sample.txt", text + "\n")
    console.print(f"\n{text}\n", markup=False)
    tokens = trainer.config.recipe.batch * trainer.length * trainer.step
    console.print(
        f"validation loss {loss} nats a character after {trainer.step:,} steps, "
        f"{trainer.seconds:.0f} s, {tokens / max(trainer.seconds, 1e-9):,.0f} tokens/s"
    )
    with start_session(nursery, trainer.config) as fresh:
        leak = trainer.leak(fresh)
    if leak > AGREE:
        console.print(
            f"warning: the model looks ahead: its scores move by up to {leak:.2g} nats when only "
            "other rows and later characters change, so this loss means nothing "
            f"({trainer.parts})",
            markup=False,
        )
    console.print(
        f"{trainer.run.path} holds the model and curve.svg; more text: "
        f"zth sample {trainer.run.path}",
        markup=False,
    )
    return 0


class _Display:
    """The progress of a run: a bar where there is a terminal, and a line for each evaluation."""

    def __init__(self, console: Console, trainer: Trainer) -> None:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("step {task.completed:,.0f} of {task.total:,.0f}"),
            BarColumn(bar_width=24),
            TextColumn("{task.description}"),
        )
        self.console, self.steps = console, trainer.config.steps
        self.bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.bar.add_task("", total=self.steps, completed=trainer.step)

    def told(self, p: Progress) -> None:
        speed = f"{p.tokens_per_second:,.0f} tokens/s"
        minutes, seconds = divmod(round(p.seconds_left), 60)
        left = f"{minutes}:{seconds:02} left"
        self.bar.update(
            self.task, completed=p.step, description=f"loss {p.train:.3f}  {speed}  {left}"
        )
        if p.val is not None:
            self.console.print(self._line(p, f"{speed}  {left}"))

    def _line(self, p: Progress, speed: str) -> str:
        train = f"  train {p.train:.4f}" if p.step else ""
        speed = f"  {speed}" if 0 < p.step < self.steps else ""
        return f"step {p.step:>6,} of {self.steps:,}{train}  validation {p.val}{speed}"

    def __enter__(self) -> _Display:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def explain(error: CallFailed) -> int:
    """Says what went wrong in a part, with the lines of the parts' own code; exit status 1."""
    from zth.host import Raised
    from zth.render.escape import plain

    click.echo(f"error: {plain(' '.join(_reason(error).split())[:500])}", err=True)
    if isinstance(error, Raised) and error.name != "NotImplementedError":
        lines = dict.fromkeys((f.file, f.line, f.source) for f in error.frames)
        for file, line, source in list(lines)[-6:]:
            click.echo(f"  {plain(file)}:{line}  {plain(source)}", err=True)
    if error.output.strip():
        click.echo(f"it printed:\n{plain(error.output.strip(), lines=10)}", err=True)
    return 1


def _reason(error: CallFailed) -> str:
    from zth.host import Died, Raised

    if isinstance(error, Died) and "SIGKILL" in error.message:
        return f"{error.message}; was there enough memory?"
    if not isinstance(error, Raised):
        return error.message
    if error.bad_answer:
        return error.text
    if error.name == "NotImplementedError" and error.frames:
        last = error.frames[-1]
        return f"{last.file}:{last.line}: {last.function} is not implemented yet"
    return str(error)
