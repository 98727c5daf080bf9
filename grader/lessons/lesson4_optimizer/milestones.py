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
from grader.lessons.lesson4_optimizer.trials import Language, Valley
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
        fail(f"{name}: the parameters are no longer finite, or have another shape")
    shares = valley.share(got)
    reached = _first(shares <= SHARE)
    if reached is None:
        fail(
            f"{name}: after {allowed} steps the loss is {shares[-1]:.2g} of that at the start; "
            f"the reference has {SHARE:g} after {needed}",
            expected=f"{SHARE:g} after {needed} steps",
            actual=f"{shares[-1]:.2g} after {allowed} steps",
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
        fail(
            f"{name}: after {len(trial.rates)} steps the model is {min(excesses, default=9):.3f} "
            f"nats above its source; the reference is within {EXCESS} after {needed * EVERY}",
            expected=f"{EXCESS} nats after {needed * EVERY} steps",
        )
    return f"{name} {reached * EVERY} ({needed * EVERY})"


def _excess(problem: Language, weights: list[Array], name: str) -> float:
    """Measured here, from the weights. Fails where they cannot be the model's."""
    shapes = [w.shape for w in weights]
    if shapes != [w.shape for w in problem.weights]:
        fail(f"{name}: the weights have shapes {shapes}")
    if not all(np.isfinite(w).all() for w in weights):
        fail(f"{name}: the weights are no longer finite")
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


def _valley(component: Component, trials: Trials) -> Check:
    run = _run(component, trials, _descent, lambda _: Valley())
    run.__name__ = "ill_conditioned"
    run.__doc__ = "Steps down a narrow valley (and the reference's)"
    hint = "The checks above pass: look at what many steps add up to, and at the learning rate."
    return milestone(component, points=2, quick=True, hint=hint)(run)


def _language(component: Component, trials: Trials) -> Check:
    run = _run(component, trials, _training, Language)
    run.__name__ = "language_model"
    run.__doc__ = "Steps of a small language model (and the reference's)"
    hint = "The checks above pass: look at what differs between the three matrices of the model."
    return milestone(component, points=2, hint=hint)(run)


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
