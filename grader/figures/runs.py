"""Whole runs of a recipe with the reference's parts, as `zth train` makes them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

from grader.figures import Data, Told
from grader.figures.plot import Line
from zth.cli.parts import assembled, configuration, corpus_of
from zth.measure import Loss
from zth.plugins import Plugins
from zth.records import Recipe
from zth.runs import Run
from zth.training import Progress, Trainer, start_nursery, start_session
from zth.worker import fit

GROUP = 25  # steps whose training losses are one point
NEEDS = ("solutions/lesson3_attention", "solutions/lesson5_gpt", "grader/recipes.py", "zth/worker")


@contextmanager
def finished(
    recipe: str | Recipe, seed: int, told: Told, wishes: tuple[str, ...] = ()
) -> Iterator[tuple[Trainer, fit.Built, Loss]]:
    """A run of a recipe on the CPU, from beginning to end, and the loss that it ends with.

    `wishes` fill slots, as `--with` does. Its folder is there within the block alone.
    """
    plugins = Plugins.load()
    recipe = plugins.recipes()[recipe] if isinstance(recipe, str) else recipe
    corpus = corpus_of(recipe, plugins)
    parts = assembled(recipe, wishes, plugins)
    config = configuration(recipe, parts, corpus.vocabulary, seed)

    def tell(p: Progress) -> None:
        if p.val is not None:
            told(f"seed {seed}, step {p.step:,} of {config.steps:,}: {p.val}")

    with (
        tempfile.TemporaryDirectory() as folder,
        start_nursery(config) as nursery,
        start_session(nursery, config) as session,
    ):
        trainer = Trainer(config, corpus, Run(Path(folder) / "run"), session, "cpu")
        built = trainer.build()
        trainer.start(tell)
        yield trainer, built, trainer.train(tell)


def trained(recipe: str | Recipe, seed: int, told: Told, wishes: tuple[str, ...] = ()) -> Data:
    """One run of a recipe on the CPU: its curves, the loss that it ends with, how long it took.

    `train` are the mean losses of GROUP steps each, `val` those that were measured along the way,
    both with the step; `seconds` are those of the steps alone, as are those of `clock`, up to
    each of `val`.
    """
    with finished(recipe, seed, told, wishes) as (trainer, built, loss):
        rows = trainer.run.metrics()
    return {
        "seed": seed,
        "parameters": built.parameters,
        "threads": built.threads,
        "tokens": trainer.step * trainer.config.recipe.batch * trainer.length,
        "loss": round(loss.mean, 4),
        "margin": round(loss.margin, 4),
        "seconds": round(trainer.seconds, 1),
        "train": _grouped([row["train"] for row in rows if "train" in row]),
        "val": [[row["step"], round(row["val"], 4)] for row in rows if "val" in row],
        "clock": [round(row["seconds"], 2) for row in rows if "val" in row],
    }


def _grouped(losses: list[float]) -> list[list[Any]]:
    groups = [losses[i : i + GROUP] for i in range(0, len(losses), GROUP)]
    return [[GROUP * i + len(group), round(mean(group), 4)] for i, group in enumerate(groups)]


def lines(runs: list[Data], validation: str, training: str) -> list[Line]:
    """The curves of the seeds, each as its mean and what is between the least and the largest."""
    return [
        _line(validation, [run["val"] for run in runs], 0, marked=True),
        _line(training, [run["train"] for run in runs], 4),
    ]


def _line(name: str, curves: list[list[Any]], kind: int, *, marked: bool = False) -> Line:
    points = [(seen[0][0], [y for _, y in seen]) for seen in zip(*curves, strict=True)]
    spread = [(x, min(ys), max(ys)) for x, ys in points]
    return Line(name, [(x, mean(ys)) for x, ys in points], spread, kind, marked)
