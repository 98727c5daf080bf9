"""Lesson 9: the lecture's network on names, trained by hand and by autograd."""

from __future__ import annotations

import math
from statistics import mean

import numpy as np

from grader.figures import Data, Figure, Told, hand_driver
from grader.figures.plot import Line, Panel, linear, powers, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson9_backprop import BY_HAND, LESSON
from grader.lessons.lesson9_backprop.milestones import BATCH, RATE, STEPS, examples, start
from grader.names import names
from zth.language import tr
from zth.records import ZthError

EVERY = 50  # batches whose mean is one point
ROUNDS = 400


def measure(seed: int, told: Told) -> Data:
    """The losses of both, how far their gradients are apart, and how long a batch takes each way.

    Network, batches and rate are the milestone's, in float64; the time is one thread's.
    """
    them = names(seed)
    if them.generated:
        raise ZthError(tr("this figure is of real names; get them: zth data fetch names"))
    X, Y = examples(them.train_words)
    p = start(len(them.vocabulary), seed)
    rows = np.random.default_rng([seed, 22]).integers(0, len(X), (STEPS, BATCH))
    with reference(LESSON, hand_driver.__name__) as bench:
        remote = calls(bench, BY_HAND)
        told(f"{STEPS:,} steps")
        found = remote(hand_driver.race, p, X[rows], Y[rows], RATE)
        told("time")
        taken = remote(hand_driver.microseconds, p, X[rows[0]], Y[rows[0]], ROUNDS)
    points = [found[i : i + EVERY] for i in range(0, STEPS, EVERY)]
    return {
        "steps": STEPS,
        "parameters": sum(a.size for a in p.values()),
        "losses": [[i * EVERY + EVERY // 2, *_means(point)] for i, point in enumerate(points)],
        "apart": [[i * EVERY, float(f"{point[0][2]:.2g}")] for i, point in enumerate(points)],
        "farthest": float(f"{max(apart for _, _, apart in found):.1g}"),
        "losses_apart": float(f"{max(abs(a - b) for a, b, _ in found):.1g}"),
        "microseconds": {name: round(value) for name, value in taken.items()},
    }


def _means(point: list[tuple[float, float, float]]) -> list[float]:
    return [round(mean(values), 4) for values in list(zip(*point, strict=True))[:2]]


def draw(data: Data) -> str:
    return svg(
        "training-by-hand",
        tr("A network on names, trained by hand and by autograd"),
        tr(
            "Two plots. The training losses of both lie on each other, from 3.3 nats to about 2.4 "
            "after {steps:,} steps. Their gradients differ by {farthest:g} of the largest number "
            "at most, far below the millionth that is asked for.",
            steps=data["steps"],
            farthest=data["farthest"],
        ),
        [_losses(data), _apart(data)],
    )


def _losses(data: Data) -> Panel:
    hand, autograd = ([(row[0], row[i]) for row in data["losses"]] for i in (1, 2))
    return Panel(
        tr("Training loss, means of {count} batches", count=EVERY),
        linear(tr("step"), 0, data["steps"]),
        linear(tr("nats a token"), 2.2, 3.4),
        [
            Line(tr("by autograd"), autograd, kind=1),
            Line(tr("by hand"), hand, kind=0, marked=True),
        ],
    )


def _apart(data: Data) -> Panel:
    due = 1e-6
    return Panel(
        tr("How far the gradients are apart, of the largest number"),
        linear(tr("step"), 0, data["steps"]),
        powers("", [1e-16, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4], _power),
        [
            Line(tr("by hand and by autograd"), data["apart"], kind=0),
            Line(tr("what is asked for"), [(0, due), (data["steps"], due)], kind=2),
        ],
    )


def _power(value: float) -> str:
    """1e-6 as 10⁻⁶."""
    digits = str(round(math.log10(value))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{digits}"


FIGURE = Figure(
    title="A network on names, trained by hand and by autograd",
    measure=measure,
    draw=draw,
    seconds=20,
    needs=("solutions/lesson9_backprop", "grader/names.py"),
)
