"""What right optimizers reach, in how many steps; the reference on the same problem beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.kit import Check, Remote, fail, milestone
from grader.lessons.lesson4_optimizer import MUON, OPTIMIZER, SGD, driver, oracle
from grader.lessons.lesson4_optimizer.driver import Settings, Trial
from grader.lessons.lesson4_optimizer.hints import milestones as hints
from grader.lessons.lesson4_optimizer.trials import Language, Valley
from zth.language import tr
from zth.records import Component

Array = NDArray[Any]
SHARE = 1e-3  # of the loss at the start, in the valley
EXCESS = 0.15  # nats above the source, for the language model
EVERY = 10  # steps between two looks at the language model
# How many times the reference's steps may be taken. Muon's may differ in each singular value.
SLACK = {"sgd": 1.02, "optimizer": 1.02, "muon": 1.3}


def _first(reached: list[bool] | Array) -> int | None:
    """The number of the first that is true, counted from 1."""
    return next((i for i, yes in enumerate(reached, start=1) if yes), None)


def _descent(remote: Remote, valley: Valley, trial: Trial, name: str) -> str:
    needed = _first(valley.reference(trial) <= SHARE)
    assert needed, "the reference must arrive"
    allowed = math.ceil(SLACK[trial.kind] * needed) + 1
    trial = replace(trial, rates=trial.rates[:allowed])
    got = remote(driver.descend, trial, valley.start, valley.target, valley.curvature)
    if got.shape != (len(trial.rates), *valley.start.shape) or not np.isfinite(got).all():
        fail(tr("{name}: the parameters are no longer finite, or have another shape", name=name))
    shares = valley.share(got)
    reached = _first(shares <= SHARE)
    if reached is None:
        behind = tr(
            "{name}: after {allowed} steps the loss is {share:.2g} of that at the start; the "
            "reference has {due:g} after {needed}",
            name=name,
            allowed=allowed,
            share=shares[-1],
            due=SHARE,
            needed=needed,
        )
        fail(
            behind,
            expected=tr("{share:.2g} after {steps} steps", share=SHARE, steps=needed),
            actual=tr("{share:.2g} after {steps} steps", share=shares[-1], steps=allowed),
        )
    return f"{name} {reached} ({needed})"


def _training(remote: Remote, problem: Language, trial: Trial, name: str) -> str:
    needed = _first([e <= EXCESS for e in problem.reference(trial, EVERY)])
    assert needed, "the reference must arrive"
    allowed = math.ceil(SLACK[trial.kind] * needed) + 1
    batches = problem.batches(trial)[: allowed * EVERY]
    trial = replace(trial, rates=trial.rates[: allowed * EVERY])
    got = remote(driver.language, trial, problem.weights, batches, EVERY)
    excesses = [_excess(problem, weights, name) for weights in got]
    reached = _first([e <= EXCESS for e in excesses])
    if reached is None:
        behind = tr(
            "{name}: after {steps} steps the model is {excess:.3f} nats above its source; the "
            "reference is within {due} after {needed}",
            name=name,
            steps=len(trial.rates),
            excess=min(excesses, default=9),
            due=EXCESS,
            needed=needed * EVERY,
        )
        due = tr("{excess} nats after {steps} steps", excess=EXCESS, steps=needed * EVERY)
        fail(behind, expected=due)
    return f"{name} {reached * EVERY} ({needed * EVERY})"


def _excess(problem: Language, weights: list[Array], name: str) -> float:
    """Measured here, from the weights. Fails where they cannot be the model's."""
    shapes = [w.shape for w in weights]
    if shapes != [w.shape for w in problem.weights]:
        fail(tr("{name}: the weights have shapes {shapes}", name=name, shapes=shapes))
    if not all(np.isfinite(w).all() for w in weights):
        fail(tr("{name}: the weights are no longer finite", name=name))
    return problem.excess(weights)


def _constant(rate: float) -> list[float]:
    return [rate] * 2000


def _falling(rate: float, steps: int) -> list[float]:
    return [rate * (1 - t / steps) for t in range(steps)]


def _cosine(peak: float) -> list[float]:
    return [oracle.cosine(t, 300, 20, peak, 0.0) for t in range(300)]


Trials = Mapping[str, tuple[Settings, list[float]]]
Play = Callable[[Remote, Any, Trial, str], str]


def _run(component: Component, trials: Trials, play: Play, make: Callable[[int], Any]) -> Any:
    """A milestone's function: every trial on one problem, side by side."""

    def run(remote: Remote, seed: int) -> str:
        problem = make(seed % 2**31)
        return ", ".join(
            play(remote, problem, Trial(component.id, settings, rates), name)
            for name, (settings, rates) in trials.items()
        )

    return run


DOWN_THE_VALLEY = """Steps down a narrow valley (and the reference's)

One direction is 1,000 times steeper than another, so plain descent needs about as many steps, and
momentum, Adam and Muon far fewer. Counted are the steps to a thousandth of the loss; yours may be
2 % more than the reference's, and Muon's 30 %, as its last digits are chaotic. (#how-far-they-get)
"""
OF_A_MODEL = """Steps of a small language model (and the reference's)

Two tokens predict a third, on a source whose entropy is known. So it is known how far the model is
from what can be reached, and counted are the steps to within 0.15 nats of it. (#how-far-they-get)
"""


def _valley(component: Component, trials: Trials) -> Check:
    run = _run(component, trials, _descent, lambda _: Valley())
    run.__name__ = "ill_conditioned"
    run.__doc__ = DOWN_THE_VALLEY
    hint = "The checks above pass: look at what many steps add up to, and at the learning rate."
    steps = hints.ILL_CONDITIONED
    return milestone(component, points=2, quick=True, hint=hint, steps=steps)(run)


def _language(component: Component, trials: Trials) -> Check:
    run = _run(component, trials, _training, Language)
    run.__name__ = "language_model"
    run.__doc__ = OF_A_MODEL
    hint = "The checks above pass: look at what differs between the three matrices of the model."
    return milestone(component, points=2, hint=hint, steps=hints.LANGUAGE_MODEL)(run)


STILL: Settings = {"weight_decay": 0.0}
sgd_valley = _valley(
    SGD,
    {
        "plain": ({}, _constant(1.9)),
        "momentum": ({"momentum": 0.9}, _constant(1.0)),
        "Nesterov": ({"momentum": 0.95, "nesterov": True}, _constant(1.0)),
    },
)
adamw_valley = _valley(OPTIMIZER, {"AdamW": (STILL, _constant(0.5))})
muon_valley = _valley(MUON, {"Muon": (STILL, _falling(2.0, 200))})
sgd_language = _language(SGD, {"momentum": ({"momentum": 0.9}, _cosine(0.3))})
adamw_language = _language(OPTIMIZER, {"AdamW": ({"weight_decay": 0.01}, _cosine(0.03))})
muon_language = _language(MUON, {"Muon": ({"weight_decay": 0.01}, _cosine(0.03))})
