"""Lesson 6: what smoothing costs and gains, and how training by gradient nears the counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.figures import Data, Figure, Told
from grader.figures.plot import Line, Panel, linear, powers, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson6_bigram import DESCENT, DRAWING, LESSON, driver, oracle
from grader.names import Names, names
from zth import data as datasets
from zth.language import tr

ALPHAS = [0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]
RATES = [5.0, 20.0, 50.0]
STEPS, EVERY = 200, 10
FEW = 200  # names of the smaller text
NAMES = 10


def measure(seed: int, told: Told) -> Data:
    """The losses on names, in nats a token.

    Of tables that were counted on many names and on few, by the pseudo-count, on the names counted
    and on others; of the reference's training, by the step and the learning rate, on others. And
    names that the reference writes by the table with a pseudo-count of 1.
    """
    drawn = _names(seed)
    V = len(drawn.vocabulary)
    few = drawn.train[: _end(drawn, FEW) + 1]
    told("smoothing")
    table = oracle.probabilities(oracle.counts(drawn.train, V), 1.0)
    with reference(LESSON) as bench:
        descents = []
        for rate in RATES:
            told(f"learning rate {rate:g}")
            descents.append({"rate": rate, "losses": _descent(calls(bench, DESCENT), drawn, rate)})
        written = calls(bench, DRAWING)(driver.names, table, seed, NAMES, None)
    return {
        "source": drawn.source,
        "tokens": len(drawn.train),
        "few_tokens": len(few),
        "many": _smoothed(drawn.train, drawn.val),
        "few": _smoothed(few, drawn.val),
        "counted": round(oracle.nats(table, drawn.val), 4),
        "descents": descents,
        "names": ["".join(drawn.vocabulary[i] for i in name) for name in written],
    }


def _names(seed: int) -> Names:
    """The real names; where they are missing, an error says how to get them."""
    datasets.find(next(d for d in datasets.DATASETS if d.name == "names"))
    return names(seed)


def _end(drawn: Names, count: int) -> int:
    """Where the newline after so many names is."""
    return int(np.flatnonzero(drawn.train == 0)[count])


def _smoothed(counted: Any, other: Any) -> list[list[float]]:
    """By the pseudo-count: the loss on the text that was counted, and on another."""
    counts = oracle.counts(counted, 27)
    rows = []
    for alpha in ALPHAS:
        table = oracle.probabilities(counts, alpha)
        rows.append([alpha, *(round(oracle.nats(table, text), 4) for text in (counted, other))])
    return rows


def _descent(remote: Any, drawn: Names, rate: float) -> list[list[float]]:
    """By the step, the loss on the validation split: training goes on from the W of before."""
    V = len(drawn.vocabulary)
    W = np.zeros((V, V))
    rows = [[0, round(oracle.nats(oracle.softmax(W), drawn.val), 4)]]
    settings = {"learning_rate": rate, "penalty": 0.01}
    for step in range(EVERY, STEPS + 1, EVERY):
        W = remote(driver.trained, W, drawn.train, settings, EVERY, None).W
        rows.append([step, round(oracle.nats(oracle.softmax(W), drawn.val), 4)])
    return rows


def draw(data: Data) -> str:
    best = min(data["few"], key=lambda row: row[2])
    return svg(
        "bigram-losses",
        tr("Losses of a table of pairs on names"),
        tr(
            "Two plots. Counted on {few:,} tokens, a pseudo-count of {best:g} is best on other "
            "names; on the names that were counted each one costs something. Training by gradient "
            "falls towards the loss of the counts, {counted} nats, fastest with a learning rate of "
            "50.",
            few=data["few_tokens"],
            best=best[0],
            counted=data["counted"],
        ),
        [_smoothing(data), _training(data)],
    )


def _smoothing(data: Data) -> Panel:
    lines = []
    for key, count, kinds in (
        ("few", data["few_tokens"], (0, 4)),
        ("many", data["tokens"], (1, 2)),
    ):
        told = tr("{count} tokens: on others", count=f"{count:,}"), tr("on themselves")
        for name, column, kind in zip(told, (2, 1), kinds, strict=True):
            lines.append(Line(name, [(row[0], row[column]) for row in data[key]], kind=kind))
    return Panel(
        tr("What a pseudo-count costs and gains"),
        powers(tr("added to every count"), [0.001, 0.01, 0.1, 1, 10, 100], "{:g}".format),
        linear(tr("nats a token"), 2.2, 3.4),
        lines,
    )


def _training(data: Data) -> Panel:
    lines = [
        Line(tr("learning rate {rate:g}", rate=row["rate"]), row["losses"], kind=kind)
        for kind, row in zip((3, 1, 0), data["descents"], strict=True)
    ]
    due = data["counted"]
    return Panel(
        tr("Training by gradient, on other names"),
        linear(tr("step"), 0, STEPS),
        linear(tr("nats a token"), 2.4, 3.4),
        [*lines, Line(tr("the counts: {due}", due=due), [(0, due), (STEPS, due)], kind=2)],
    )


FIGURE = Figure(
    title="Losses of a table of pairs on names",
    measure=measure,
    draw=draw,
    seconds=30,
    needs=("solutions/lesson6_bigram", "grader/names.py"),
)
