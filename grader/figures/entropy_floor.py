"""Lesson 5: a small GPT nears the entropy of two sources that are known exactly."""

from __future__ import annotations

from statistics import mean
from typing import Any

import numpy as np

from grader.figures import Data, Figure, Told
from grader.figures.plot import Line, Panel, linear, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson5_gpt import GPT, LESSON
from grader.lessons.lesson5_gpt.milestones import FLOOR, FLOOR_BUDGET, setup_of
from grader.scoring import chosen, excess, log_probs
from grader.sources import Copy, Markov, Source
from zth.host import Session
from zth.language import tr
from zth.worker import fit

SEEDS = 3
EVERY = 20  # steps from one look to the next
HELD_OUT = 256  # windows that are scored at each look, the same ones


def measure(seed: int, told: Told) -> Data:
    """How many nats the loss is above the source's own, along the way, for each seed.

    Size, steps and batches are the milestone's; here the model is scored as it is trained.
    """
    found: dict[str, list[Any]] = {"markov": [], "copy": []}
    with reference(LESSON) as bench:
        for this in range(seed, seed + SEEDS):
            sources: dict[str, Source] = {"markov": Markov(8, this), "copy": Copy(16)}
            for name, source in sources.items():
                told(f"{name}, seed {this}")
                with calls(bench, GPT).fit() as session:
                    found[name].append(_trained(session, source, this))
    return {
        "floor": FLOOR,
        "steps": FLOOR_BUDGET.steps,
        "tokens": FLOOR_BUDGET.tokens,
        **{name: _row(curves) for name, curves in found.items()},
    }


def _trained(session: Session, source: Source, seed: int) -> list[list[float]]:
    """The excess at step 0, EVERY, and so on."""
    budget, draw = FLOOR_BUDGET, np.random.default_rng([seed, 1])
    held_out = source.windows(HELD_OUT, budget.T + 1, np.random.default_rng([seed, 3]))
    setup = setup_of(source.vocab_size, budget, seed)
    session.call(fit.build, setup, np.zeros(0, np.int32), limit=600)
    curve = []
    for step in range(0, budget.steps + 1, EVERY):
        log_p = log_probs(session, held_out[:, :-1], source.vocab_size)
        above = excess(chosen(log_p, held_out[:, 1:]), source.nats(held_out))
        curve.append([step, round(above.mean, 4)])
        if step < budget.steps:
            drawn = source.windows(EVERY * budget.batch, budget.T + 1, draw)
            session.call(fit.learn, drawn.reshape(EVERY, budget.batch, budget.T + 1), limit=600)
    return curve


def _row(curves: list[list[list[float]]]) -> Data:
    ends = [curve[-1][1] for curve in curves]
    return {"end": round(mean(ends), 4), "largest": max(ends), "curves": curves}


def draw(data: Data) -> str:
    return svg(
        "entropy-floor",
        tr("Nats above the entropy of a known source"),
        tr(
            "Both curves fall towards 0, where nobody gets below: to {markov:.3f} nats above the "
            "Markov source and {copy:.3f} above the copy after {steps} steps.",
            markov=data["markov"]["end"],
            copy=data["copy"]["end"],
            steps=data["steps"],
        ),
        [
            Panel(
                tr("Above the entropy: mean and range of three seeds"),
                linear(tr("step"), 0, data["steps"]),
                linear(tr("nats a token"), 0, 1.5),
                [
                    _line(tr("Markov chain of order 2"), data["markov"]["curves"], 0),
                    _line(tr("everything said twice"), data["copy"]["curves"], 1),
                    Line(
                        tr("allowed: {floor}", floor=data["floor"]),
                        [(0, data["floor"]), (data["steps"], data["floor"])],
                        kind=2,
                    ),
                ],
            )
        ],
    )


def _line(name: str, curves: list[list[list[float]]], kind: int) -> Line:
    looks = [(seen[0][0], [y for _, y in seen]) for seen in zip(*curves, strict=True)]
    points = [(x, mean(ys)) for x, ys in looks]
    return Line(name, points, [(x, min(ys), max(ys)) for x, ys in looks], kind)


FIGURE = Figure(
    title="Nats above the entropy of a known source",
    measure=measure,
    draw=draw,
    seconds=60,
    needs=("solutions/lesson5_gpt", "grader/sources.py", "zth/worker"),
)
