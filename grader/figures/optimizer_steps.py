"""Lesson 4: how the loss falls, step by step, on the two problems of the milestones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from grader.bench import Bench, RemoteCalls
from grader.figures import Data, Figure, Told
from grader.figures.plot import Line, Panel, linear, powers, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson4_optimizer import LESSON, driver, oracle
from grader.lessons.lesson4_optimizer.driver import Trial
from grader.lessons.lesson4_optimizer.milestones import EVERY, EXCESS, SHARE
from grader.lessons.lesson4_optimizer.trials import Language, Valley
from zth.language import tr

SEEDS = 3
STILL: dict[str, Any] = {"weight_decay": 0.0}
VALLEY = {
    "SGD": Trial("sgd", {}, [1.9] * 2000),
    "SGD, momentum 0.9": Trial("sgd", {"momentum": 0.9}, [1.0] * 2000),
    "SGD, Nesterov 0.95": Trial("sgd", {"momentum": 0.95, "nesterov": True}, [1.0] * 2000),
    "AdamW": Trial("optimizer", STILL, [0.5] * 2000),
    "Muon": Trial("muon", STILL, [2.0 * (1 - t / 200) for t in range(200)]),
}


def _cosine(peak: float) -> list[float]:
    return [oracle.cosine(t, 300, 20, peak, 0.0) for t in range(300)]


LANGUAGE = {
    "SGD, momentum 0.9": Trial("sgd", {"momentum": 0.9}, _cosine(0.3)),
    "AdamW": Trial("optimizer", {"weight_decay": 0.01}, _cosine(0.03)),
    "Muon": Trial("muon", {"weight_decay": 0.01}, _cosine(0.03)),
}


def measure(seed: int, told: Told) -> Data:
    """The share of the loss after each of the reference's steps down the valley; nats above the
    source of a language model.

    The valley is one and the same; the language model is trained with three seeds.
    """
    seeds = range(seed, seed + SEEDS)
    with reference(LESSON) as bench:
        told("valley")
        valley = [_descent(name, _shares(bench, trial)) for name, trial in VALLEY.items()]
        told("language model")
        language = [
            _training(name, [_excesses(bench, trial, Language(seed)) for seed in seeds])
            for name, trial in LANGUAGE.items()
        ]
    return {"valley": valley, "language": language}


def _remote(bench: Bench, trial: Trial) -> RemoteCalls:
    return calls(bench, next(c for c in LESSON.components if c.id == trial.kind))


def _shares(bench: Bench, trial: Trial) -> Any:
    valley = Valley()
    remote = _remote(bench, trial)
    return valley.share(
        remote(driver.descend, trial, valley.start, valley.target, valley.curvature)
    )


def _excesses(bench: Bench, trial: Trial, problem: Language) -> list[float]:
    remote = _remote(bench, trial)
    found = remote(driver.language, trial, problem.weights, problem.batches(trial), EVERY)
    return [problem.excess(weights) for weights in found]


def _descent(name: str, shares: Any) -> Data:
    """The steps that it takes to SHARE, and the way there at some of them."""
    steps = _first(shares <= SHARE)
    looks = sorted({*np.geomspace(1, steps, 40).round().astype(int).tolist()})
    shown = [[t, float(f"{shares[t - 1]:.4g}")] for t in looks]
    return {"name": name, "steps": steps, "shares": [[0, 1.0], *shown]}


def _training(name: str, excesses: list[list[float]]) -> Data:
    """For each seed, the steps that it takes to EXCESS, and the way, EVERY so many steps."""
    return {
        "name": name,
        "steps": [EVERY * _first(e <= EXCESS for e in one) for one in excesses],
        "excesses": [[round(e, 4) for e in one] for one in excesses],
    }


def _first(reached: Iterable[Any]) -> int:
    """The number of the first that is true, counted from 1."""
    return next(i for i, yes in enumerate(reached, start=1) if yes)


def draw(data: Data) -> str:
    return svg(
        "optimizer-steps",
        tr("Steps to a loss, by optimizer"),
        tr(
            "Two plots. Down a narrow valley, plain SGD needs {sgd:,} steps to a thousandth of the "
            "loss, and every other optimizer a fifth of that or less. A small language model comes "
            "within {excess} nats of its source after about 200 steps under all three.",
            sgd=data["valley"][0]["steps"],
            excess=EXCESS,
        ),
        [_valley(data["valley"]), _language(data["language"])],
    )


def _valley(rows: list[Data]) -> Panel:
    lines = [
        Line(f"{row['name']}: {row['steps']:,}", row["shares"][1:], kind=i)
        for i, row in enumerate(rows)
    ]
    across = powers(tr("step"), [1, 10, 100, 1000], "{:,g}".format)
    return Panel(
        tr("A valley a thousand times steeper one way"),
        across.within(1, 2000),
        powers(tr("loss, as a share of the first"), [0.001, 0.01, 0.1, 1], "{:g}".format),
        lines,
    )


def _language(rows: list[Data]) -> Panel:
    lines = []
    for kind, row in enumerate(rows):
        seeds = list(zip(*row["excesses"], strict=True))
        steps = [EVERY * i for i in range(1, len(seeds) + 1)]
        lines.append(
            Line(
                row["name"],
                [(t, sorted(seen)[len(seen) // 2]) for t, seen in zip(steps, seeds, strict=True)],
                [(t, min(seen), max(seen)) for t, seen in zip(steps, seeds, strict=True)],
                kind=(1, 3, 4)[kind],
            )
        )
    return Panel(
        tr("A language model of three matrices"),
        linear(tr("step"), 0, 300),
        linear(tr("nats above the source (median and range of three seeds)"), 0, 1),
        lines,
    )


FIGURE = Figure(
    title="Steps to a loss, by optimizer",
    measure=measure,
    draw=draw,
    seconds=3,
    needs=("solutions/lesson4_optimizer", "grader/lessons/lesson4_optimizer/trials.py"),
)
