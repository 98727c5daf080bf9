"""`zth train`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zth.cli.arguments import RECIPE, RUNS
from zth.language import listed, tr

if TYPE_CHECKING:
    from rich.console import Console

    from zth.host import CallFailed, Nursery
    from zth.records import Tier
    from zth.runs import Config, Run
    from zth.training import Corpus, PartFailed, Progress, Trainer

DEVICES = click.Choice(["auto", "cpu", "cuda", "mps"])


@click.command()
@click.argument("recipe", type=RECIPE)
@click.option(
    "--with",
    "wishes",
    multiple=True,
    metavar="SLOT=TREE",
    help="Fill a slot: attention=student, =reference, =PLUGIN, =FOLDER or =FILE.py:CLASS; "
    "model=student, all=student. Repeatable.",
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
@click.option(
    "--device",
    type=DEVICES,
    default="auto",
    show_default=True,
    help="What trains; auto takes a GPU where there is one.",
)
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
    zth train shakespeare-tiny --with all=student
    zth train shakespeare-tiny --with attention=my/attention.py:FasterAttention --steps 500
    zth train shakespeare-tiny --with optimizer=lesson4_optimizer/optimizer.py:SGD --lr 0.5

    Ctrl-C stops after the present step and keeps a checkpoint. Exit status: 0 trained, 1 a part
    failed, 2 usage, 130 stopped.
    """
    from zth.assembly import by_id
    from zth.cli.parts import assembled, configuration, corpus_of, not_yet
    from zth.host.sandbox import choose
    from zth.plugins import Plugins, nearest
    from zth.records import ZthError
    from zth.runs import Run, fresh, newest

    if learning_rate is not None and not math.isfinite(learning_rate):
        raise ZthError(tr("--lr {rate} is no learning rate; try 0.001", rate=learning_rate))

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
    wishes = by_id(chosen, wishes)
    assembly = assembled(chosen, wishes, plugins)
    corpus = corpus_of(chosen, plugins)
    config = configuration(
        chosen, assembly, corpus.vocabulary, seed or 0, steps, learning_rate or 0.0
    )
    for line in not_yet(chosen, wishes, plugins):
        click.echo(line)
    return _train(config, corpus, run, device, tier, resume=False)


def _resumed(recipe: str, run: Run, given: list[str], device: str, tier: Tier) -> int:
    from zth.cli.parts import corpus_of
    from zth.plugins import Plugins
    from zth.records import ZthError

    config = run.config()
    if given:
        raise ZthError(tr("a run goes on as it began; leave out {options}", options=listed(given)))
    if config.recipe.name != recipe:
        raise ZthError(
            tr(
                "{path} is a run of {name}, not of {recipe}",
                path=run.path,
                name=config.recipe.name,
                recipe=recipe,
            )
        )
    corpus = corpus_of(config.recipe, Plugins.load(), config.vocabulary)
    return _train(config, corpus, run, device, tier, resume=True)


def _train(
    config: Config, corpus: Corpus, run: Run, device: str, tier: Tier, *, resume: bool
) -> int:
    from rich.console import Console

    from zth.host import CallFailed
    from zth.runs import unwritable
    from zth.training import PartFailed, Trainer, start_nursery, start_session

    console = Console(highlight=False, soft_wrap=True)
    checkpoint = run.checkpoint() if resume else None
    if checkpoint is not None and int(checkpoint["step"]) >= config.steps:
        click.echo(
            tr(
                "{path} is complete: it took all its {steps:,} steps",
                path=run.path,
                steps=config.steps,
            )
        )
        return 0
    with start_nursery(config, tier) as nursery, start_session(nursery, config) as session:
        trainer = Trainer(config, corpus, run, session, device)
        try:
            built = trainer.build(checkpoint)
            console.print(
                tr(
                    "{recipe}: {count:,} parameters on {device}, {threads} threads; {parts}",
                    recipe=config.recipe.name,
                    count=built.parameters,
                    device=built.device,
                    threads=built.threads,
                    parts=trainer.parts,
                ),
                markup=False,
            )
            if resume:
                _tell_changes(config, trainer, console)
            return _show(trainer, nursery, console, resume)
        except (CallFailed, PartFailed) as error:
            return _failed(error, trainer)
        except OSError as error:
            raise unwritable(run.path, error) from None
        except KeyboardInterrupt:
            _tell_how_to_go_on(trainer, console)
            raise


def _failed(error: CallFailed | PartFailed, trainer: Trainer) -> int:
    """Says what went wrong, notes it in the run's folder, and tells how to find who it was."""
    from zth.host import CallFailed

    if isinstance(error, CallFailed):
        explain(error)
    else:
        click.echo(tr("error: {reason}", reason=error), err=True)
    why = _reason(error) if isinstance(error, CallFailed) else str(error)
    trainer.run.fail(trainer.config, trainer.step, why)
    if _foreign(trainer.config):
        click.echo(tr("which part is it? zth blame {path}", path=trainer.run.path), err=True)
    return 1


def _foreign(config: Config) -> bool:
    """Whether any part is another than the recipe's own."""
    return any(tree != config.recipe.usual(slot) for slot, tree in config.trees.items())


def _tell_changes(config: Config, trainer: Trainer, console: Console) -> None:
    from zth.training import digests

    now = digests({p.component: p for p in (config.model, *config.slots.values())})
    changed = [id for id, digest in now.items() if config.digests.get(id) != digest]
    going = tr("going on with {path} from step {step:,}", path=trainer.run.path, step=trainer.step)
    console.print(going, markup=False)
    if changed:
        note = tr("note: since the run began, {parts} changed", parts=listed(changed))
        console.print(note, markup=False)


def _tell_how_to_go_on(trainer: Trainer, console: Console) -> None:
    if (trainer.run.path / "config.json").is_file():
        console.print(
            tr(
                "stopped at step {step:,} of {steps:,}; go on with: "
                "zth train {recipe} --out {path} --resume",
                step=trainer.step,
                steps=trainer.config.steps,
                recipe=trainer.config.recipe.name,
                path=trainer.run.path,
            ),
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
        tr(
            "validation loss {loss} nats a character after {step:,} steps, "
            "{seconds:.0f} s, {speed:,.0f} tokens/s",
            loss=loss,
            step=trainer.step,
            seconds=trainer.seconds,
            speed=tokens / max(trainer.seconds, 1e-9),
        )
    )
    with start_session(nursery, trainer.config) as fresh:
        leak = trainer.leak(fresh)
    if leak > AGREE:
        console.print(
            tr(
                "warning: the model looks ahead: its scores move by up to {leak:.2g} nats when "
                "only other rows and later characters change, so this loss means nothing "
                "({parts})",
                leak=leak,
                parts=trainer.parts,
            ),
            markup=False,
        )
    console.print(
        tr(
            "{path} holds the model and curve.svg; more text: zth sample {path}",
            path=trainer.run.path,
        ),
        markup=False,
    )
    if _foreign(trainer.config):
        worse = tr("worse than it should be? zth blame {path}", path=trainer.run.path)
        console.print(worse, markup=False)
    return 0


class _Display:
    """The progress of a run: a bar where there is a terminal, and a line for each evaluation."""

    def __init__(self, console: Console, trainer: Trainer) -> None:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn(
                tr(
                    "step {step} of {steps}",
                    step="{task.completed:,.0f}",
                    steps="{task.total:,.0f}",
                )
            ),
            BarColumn(bar_width=24),
            TextColumn("{task.description}"),
        )
        self.console, self.steps = console, trainer.config.steps
        self.bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.bar.add_task("", total=self.steps, completed=trainer.step)

    def told(self, p: Progress) -> None:
        speed = tr("{speed:,.0f} tokens/s", speed=p.tokens_per_second)
        minutes, seconds = divmod(round(p.seconds_left), 60)
        left = tr("{minutes}:{seconds:02} left", minutes=minutes, seconds=seconds)
        loss = tr("loss {loss:.3f}", loss=p.train)
        self.bar.update(self.task, completed=p.step, description=f"{loss}  {speed}  {left}")
        if p.val is not None:
            self.console.print(self._line(p, f"{speed}  {left}"))

    def _line(self, p: Progress, speed: str) -> str:
        train = tr("  train {loss:.4f}", loss=p.train) if p.step else ""
        speed = f"  {speed}" if 0 < p.step < self.steps else ""
        at = tr("step {step:>6,} of {steps:,}", step=p.step, steps=self.steps)
        return at + train + tr("  validation {loss}", loss=p.val) + speed

    def __enter__(self) -> _Display:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def explain(error: CallFailed) -> int:
    """Says what went wrong in a part, with the lines of the parts' own code; exit status 1."""
    from zth.host import Raised
    from zth.render.escape import plain

    reason = plain(" ".join(_reason(error).split())[:500])
    click.echo(tr("error: {reason}", reason=reason), err=True)
    if isinstance(error, Raised) and error.name != "NotImplementedError":
        lines = dict.fromkeys((f.file, f.line, f.source) for f in error.frames)
        for file, line, source in list(lines)[-6:]:
            click.echo(f"  {plain(file)}:{line}  {plain(source)}", err=True)
    if error.output.strip():
        output = plain(error.output.strip(), lines=10)
        click.echo(tr("it printed:\n{output}", output=output), err=True)
    return 1


def _reason(error: CallFailed) -> str:
    from zth.host import Died, Raised

    if isinstance(error, Died) and "SIGKILL" in error.message:
        return tr("{message}; was there enough memory?", message=error.message)
    if not isinstance(error, Raised):
        return error.message
    if error.bad_answer:
        return error.text
    if error.name == "NotImplementedError" and error.frames:
        last = error.frames[-1]
        return tr(
            "{file}:{line}: {function} is not implemented yet",
            file=last.file,
            line=last.line,
            function=last.function,
        )
    return str(error)
