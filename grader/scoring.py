"""Milestones of training: the worker trains, the grader measures and audits."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from grader.kit import Remote, fail
from grader.sources import Source
from zth import measure
from zth.host import Session
from zth.worker import fit

Array = NDArray[Any]

LEAK = 14.0  # nats: an honest model is so far ahead of the source with a probability below e⁻¹⁴
AGREE = 1e-3  # nats by which two passes over the same past may differ
POSITIONS = 2000  # places at which the audit replaces the future
SLACK = 5.0  # times the seconds that the reference takes


@dataclass(frozen=True)
class Budget:
    """What a run may use: steps of `batch` windows of T + 1 tokens, and seconds."""

    steps: int
    batch: int
    T: int
    seconds: float


class Windows(Protocol):
    """What training windows are drawn from: a source, or a text."""

    def windows(self, count: int, length: int, draw: np.random.Generator) -> Array: ...


@dataclass(frozen=True)
class Text:
    """The training split of a text, as tokens (N,)."""

    tokens: Array

    def windows(self, count: int, length: int, draw: np.random.Generator) -> Array:
        """Windows at random places, the first and the last too."""
        starts = draw.integers(0, len(self.tokens) - length + 1, (count, 1))
        found: Array = self.tokens[starts + np.arange(length)]
        return found


def train(session: Session, setup: fit.Setup, source: Windows, budget: Budget, seed: int) -> None:
    """Builds the model in the worker and serves it fresh windows, each once."""
    session.call(fit.build, setup, np.zeros(0, np.int32), limit=60)
    draw = np.random.default_rng([seed, 1])
    deadline = time.monotonic() + SLACK * budget.seconds
    left = budget.steps
    while left:
        count = min(left, 10)
        drawn = source.windows(count * budget.batch, budget.T + 1, draw)
        batches = drawn.reshape(count, budget.batch, budget.T + 1)
        session.call(fit.learn, batches, limit=max(0.1, deadline - time.monotonic()))
        left -= count


def log_probs(session: Session, inputs: Array, vocab_size: int) -> Array:
    """log p of every token at every position, (N, T, V), normalised here."""
    rows = []
    for i in range(0, len(inputs), 128):
        chunk = inputs[i : i + 128]
        scores = session.call(fit.logits, chunk, limit=60)
        try:
            rows.append(measure.log_softmax(scores, (*chunk.shape, vocab_size)))
        except measure.Unmeasurable as error:
            fail(str(error))
    return np.concatenate(rows)


def chosen(log_p: Array, targets: Array) -> Array:
    """−log p of the targets, (N, T)."""
    return -np.take_along_axis(log_p, targets[..., None].astype(np.int64), axis=-1)[..., 0]


def audit(
    remote: Remote,
    setup: fit.Setup,
    state: dict[str, Array],
    inputs: Array,
    first: Array,
    seed: int,
) -> None:
    """Fails if the model looks ahead, at its neighbours, or at anything but the past of a token.

    A fresh worker, with the same checkpoint, is asked about rows in another order whose future,
    from a random place on, is that of another row. The scores of the past must be as before.
    """
    draw = np.random.default_rng([seed, 7])
    N, T = inputs.shape
    rows = draw.permutation(np.arange(max(N, POSITIONS)) % N)
    cut = draw.integers(1, T, len(rows))
    keep = np.arange(T) < cut[:, None]
    mixed = np.where(keep, inputs[rows], inputs[draw.permutation(rows)])
    with remote.fit() as session:
        session.call(fit.build, setup, np.zeros(0, np.int32), limit=60)
        session.call(fit.restore, state, limit=60)
        again = log_probs(session, mixed, first.shape[-1])
    moved = np.abs(again - first[rows]).max(axis=-1) * keep
    if moved.max() > AGREE:
        row, t = np.unravel_index(int(moved.argmax()), moved.shape)
        fail(
            f"the model looks at what it may not see: at position {int(t)} of a window its scores "
            f"moved by {moved.max():.2g} nats when only other rows and later tokens were exchanged",
            where=f"row {int(row)}, position {int(t)}",
        )


@dataclass(frozen=True)
class Excess:
    """How far above the source a model's mean loss is, in nats, with a 95 % margin."""

    mean: float
    margin: float

    def __str__(self) -> str:
        return f"{self.mean:+.4f} ± {self.margin:.4f}"


def excess(model: Array, source: Array) -> Excess:
    """The paired difference of two losses (N, T). Fails where the model beats the source."""
    difference = (model - source)[:, ~np.isnan(source).any(axis=0)]
    ahead = -float(difference.sum())
    if ahead > LEAK:
        fail(
            f"the model is {ahead:.1f} nats ahead of the source that the text was drawn from; "
            f"an honest model is ahead by {LEAK:g} less than once in a million: this is a leak"
        )
    rows = difference.mean(axis=1)
    margin = 1.96 * float(rows.std(ddof=1)) / len(rows) ** 0.5
    return Excess(float(difference.mean()), margin)


def entropy_excess(
    remote: Remote, setup: fit.Setup, source: Source, budget: Budget, seed: int
) -> Excess:
    """Trains on a source, measures on fresh windows of it, and audits; the model's excess."""
    held_out = source.windows(512, budget.T + 1, np.random.default_rng([seed, 3]))
    inputs, targets = held_out[:, :-1], held_out[:, 1:]
    first = _scored(remote, setup, source, budget, seed, inputs, source.vocab_size)
    return excess(chosen(first, targets), source.nats(held_out))


def text_loss(
    remote: Remote, setup: fit.Setup, train: Array, val: Array, budget: Budget, seed: int
) -> measure.Loss:
    """Trains on one split of a text; the audited loss on the whole of the other, in nats."""
    inputs, targets = measure.windows(val, budget.T)
    vocab_size = int(setup.config["vocab_size"])
    first = _scored(remote, setup, Text(train), budget, seed, inputs, vocab_size)
    return measure.summary(chosen(first, targets))


def _scored(
    remote: Remote,
    setup: fit.Setup,
    source: Windows,
    budget: Budget,
    seed: int,
    inputs: Array,
    vocab_size: int,
) -> Array:
    """Trains, asks for log-probabilities on held-out windows, and audits them: (N, T, V)."""
    with remote.fit() as session:
        train(session, setup, source, budget, seed)
        first = log_probs(session, inputs, vocab_size)
        state = session.call(fit.state, limit=60)
    audit(remote, setup, state, inputs, first, seed)
    return first
