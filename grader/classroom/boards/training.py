"""A training that the host serves and measures, with what a board shows beside the last loss.

As in `grader.scoring`, whose training, measure and audit it uses; beyond that it keeps the states
along the way, for the curve. What the worker says of its own losses is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from grader.kit import Remote
from grader.scoring import (
    CALL,
    Budget,
    Run,
    Windows,
    audit,
    checkpoints,
    chosen,
    log_probs,
    restored,
)
from zth.host import Session
from zth.worker import fit
from zth.worker.loop import Setup

Array = NDArray[Any]

POINTS = 8  # of a curve, beside its start
GLANCE = 128  # windows that a point of a curve is measured on


@dataclass(frozen=True)
class Trained:
    """The states of a model in training, the last one last, and the seconds that its steps took."""

    runs: tuple[Run, ...]
    seconds: float


@dataclass(frozen=True)
class Scored:
    """What a model that was trained is worth on held-out windows, by what the host computed.

    `log_p` are its log-probabilities (N, T, V); `along` those on other windows, at some steps.
    """

    log_p: Array
    along: tuple[tuple[int, Array], ...]
    step: int
    seconds: float


def trained(session: Session, setup: Setup, source: Windows, budget: Budget, seed: int) -> Trained:
    """Trains in the worker on windows that the host serves, each once."""
    every = CALL * -(-budget.steps // (CALL * POINTS))
    found = list(checkpoints(session, setup, source, budget, seed, every))
    return Trained(tuple(run for run, _ in found), found[-1][1])


def scored(
    remote: Remote,
    setup: Setup,
    source: Windows,
    budget: Budget,
    seed: int,
    held_out: Array,
    glanced: Array,
) -> Scored:
    """Trains; asks a fresh worker about held-out windows (N, T), and another one for the audit.

    `glanced` are the windows for the curve. No worker that trains has seen any of these.
    """
    with remote.fit(gpu=setup.device != "cpu") as session:
        found = trained(session, setup, source, budget, seed)
    last, vocab_size = found.runs[-1], int(setup.config["vocab_size"])
    with restored(remote, setup, last) as session:
        log_p = log_probs(session, held_out, vocab_size)
    audit(remote, setup, last, held_out, log_p, seed)
    along = _along(remote, setup, found.runs, glanced, vocab_size)
    return Scored(log_p, along, last.step, found.seconds)


def _along(
    remote: Remote, setup: Setup, runs: Sequence[Run], windows: Array, vocab_size: int
) -> tuple[tuple[int, Array], ...]:
    """The log-probabilities on these windows at each state."""
    found = []
    with restored(remote, setup, runs[0]) as session:
        for run in runs:
            session.call(fit.restore, run.state, limit=60)
            found.append((run.step, log_probs(session, windows, vocab_size)))
    return tuple(found)


def mean_nats(log_p: Array, targets: Array) -> float:
    """The mean of −log p of the targets."""
    return float(chosen(log_p, targets).mean())
