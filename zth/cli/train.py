"""`zth train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zth.assembly import Assembly
    from zth.plugins import Plugins
    from zth.records import Component, Part, Recipe
    from zth.training import Progress, Trainer

RUNS = Path("runs")


@click.command()
@click.argument("recipe")
@click.option(
    "--with",
    "wishes",
    multiple=True,
    metavar="SLOT=TREE",
    help="Fill a slot: attention=student, =reference, =PATH, =PLUGIN; all=student. Repeatable.",
)
@click.option("--steps", type=click.IntRange(1), help="Shorten or lengthen the run.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--resume", is_flag=True, help="Go on with the run in --out, or with the newest.")
def train(
    recipe: str,
    wishes: tuple[str, ...],
    steps: int | None,
    seed: int,
    device: str,
    out: Path | None,
    resume: bool,
) -> int:
    """Train RECIPE, with any of its parts swapped; the validation loss is measured outside.

    \b
    zth train shakespeare-tiny --with attention=student
    """
    from zth.plugins import Plugins, nearest
    from zth.runs import Run, fresh, newest

    plugins = Plugins.load()
    recipes = plugins.recipes()
    if recipe not in recipes:
        raise nearest(recipe, recipes, "recipe")
    chosen = recipes[recipe]
    if resume:
        run = Run(out or newest(RUNS, recipe))
        stored = run.config()
        if stored["recipe"] != recipe:
            raise click.UsageError(f"{run.path} is a run of {stored['recipe']}, not of {recipe}")
        wishes, steps, seed = tuple(stored["with"]), stored["steps"], stored["seed"]
    else:
        run = Run(out or fresh(RUNS, recipe))
    assembly = assembled(chosen, wishes, plugins)
    return _train(chosen, assembly, run, steps or chosen.steps, seed, device, resume)


def assembled(recipe: Recipe, wishes: tuple[str, ...], plugins: Plugins) -> Assembly:
    """The parts for `--with` options; trees are named, or paths to a tree or a file."""
    from zth import trees
    from zth.assembly import assemble

    known = plugins.trees()

    def resolve(spec: str, component: Component) -> Part | None:
        part = trees.chosen(spec, component, known)
        return part if trees.defines(part) else None

    return assemble(recipe, wishes, resolve)


def _train(
    recipe: Recipe, assembly: Assembly, run: Any, steps: int, seed: int, device: str, resume: bool
) -> int:
    from zth.host import CallFailed, Nursery
    from zth.training import Corpus, Trainer, start_session

    text = corpus_text(recipe)
    context = int(recipe.config["block_size"])
    checkpoint = run.checkpoint() if resume else None
    corpus = Corpus.of(text, run.config()["vocabulary"] if resume else "", context)
    config = _config(recipe, assembly, corpus.vocabulary, steps, seed)
    with Nursery(["torch"]) as nursery, start_session(nursery, assembly) as session:
        trainer = Trainer(recipe, assembly, corpus, run, session, seed, steps, device)
        try:
            return _show(trainer, checkpoint, config)
        except CallFailed as error:
            return explain(error)


def corpus_text(recipe: Recipe) -> str:
    """The recipe's corpus, downloaded if need be."""
    from zth.data import find
    from zth.plugins import Plugins

    dataset = Plugins.load().datasets()[recipe.dataset]
    return find(dataset).read_text(encoding="utf-8")


def _show(trainer: Trainer, checkpoint: Any, config: dict[str, Any]) -> int:
    """Trains with a display: a bar on a terminal, lines elsewhere."""
    from rich.console import Console

    console = Console(highlight=False)
    built = trainer.build(checkpoint)
    if checkpoint is None:
        trainer.run.create(config)
    else:
        trainer.run.rewind(trainer.step)
    parts = ", ".join(f"{slot} = {tree}" for slot, tree in trainer.assembly.names.items())
    console.print(
        f"{trainer.recipe.name}: {built.parameters:,} parameters on {built.device}, "
        f"{built.threads} threads; {parts}",
        markup=False,
    )
    with _Display(console, trainer) as display:
        loss = trainer.train(display.told, display.evaluated)
    if trainer.stopped:
        console.print(
            f"stopped at step {trainer.step:,} of {trainer.steps:,}; go on with: "
            f"zth train {trainer.recipe.name} --out {trainer.run.path} --resume",
            markup=False,
        )
        return 130
    newline = "\n" if "\n" in trainer.corpus.vocabulary else trainer.corpus.vocabulary[0]
    text = trainer.sample(newline, 300)
    trainer.run.write("sample.txt", text)
    console.print(text, markup=False)
    console.print(f"\nvalidation loss {loss} after {trainer.step:,} steps", markup=False)
    console.print(f"the run is in {trainer.run.path}", markup=False)
    return 0


class _Display:
    """The progress of a run."""

    def __init__(self, console: Any, trainer: Trainer) -> None:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        self.console, self.steps = console, trainer.steps
        columns = (
            TextColumn("step {task.completed:,.0f} of {task.total:,.0f}"),
            BarColumn(),
            TextColumn("{task.description}"),
        )
        self.bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.bar.add_task("", total=trainer.steps, completed=trainer.step)

    def told(self, p: Progress) -> None:
        text = (
            f"loss {p.loss:.3f}  {p.tokens_per_second:,.0f} tokens/s  {p.seconds_left:.0f} s left"
        )
        self.bar.update(self.task, completed=p.step, description=text)

    def evaluated(self, step: int, loss: Any) -> None:
        self.bar.print(f"step {step:>6,}  validation loss {loss}")
        if not self.console.is_terminal:
            self.console.file.flush()

    def __enter__(self) -> _Display:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def explain(error: Any) -> int:
    """Says what went wrong in a part, with the learner's own lines; exit status 1."""
    from zth.render.escape import plain

    click.echo(
        f"error: {plain(error.text if getattr(error, 'bad_answer', 0) else str(error))}", err=True
    )
    for frame in getattr(error, "frames", ())[-6:]:
        click.echo(f"  {plain(frame.file)}:{frame.line}  {plain(frame.source)}", err=True)
    return 1


def _config(
    recipe: Recipe, assembly: Assembly, vocabulary: str, steps: int, seed: int
) -> dict[str, Any]:
    import platform
    from importlib.metadata import version

    from zth import __version__

    return {
        "recipe": recipe.name,
        "with": [f"{slot}={tree}" for slot, tree in assembly.names.items()],
        "parts": {p.component: f"{p.root / p.file}:{p.name}" for p in assembly.parts},
        "config": {**recipe.config, "vocab_size": len(vocabulary)},
        "steps": steps,
        "batch": recipe.batch,
        "learning_rate": recipe.learning_rate,
        "seed": seed,
        "vocabulary": vocabulary,
        "versions": {
            "zth": __version__,
            "python": platform.python_version(),
            "torch": version("torch"),
            "numpy": version("numpy"),
        },
    }
