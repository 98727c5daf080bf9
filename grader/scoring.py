"""Milestones of training: the worker trains, the grader measures and audits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from grader.kit import Remote, fail
from grader.sources import Source
from zth import measure
from zth.host import Session, TimedOut
from zth.language import tr
from zth.worker import fit
from zth.worker.loop import Setup

Array = NDArray[Any]

LEAK = 14.0  # nats: an honest model is so far ahead of the source with a probability below e⁻¹⁴
SLACK = 5.0  # times the seconds that the reference takes
CALL, CHECKPOINT = 10, 50  # steps in one call, and from one checkpoint to the next
TREE = 256 << 10  # bytes of a tree that is measured on a public text


@dataclass(frozen=True)
class Budget:
    """What a run may use: steps of `batch` windows of T + 1 tokens, and seconds."""

    steps: int
    batch: int
    T: int
    seconds: float

    @property
    def tokens(self) -> int:
        """Tokens that are predicted in training."""
        return self.steps * self.batch * self.T


@dataclass(frozen=True)
class Run:
    """What came of training: the model's tensors, and the step that they are of."""

    state: dict[str, Array]
    step: int


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


def train(session: Session, setup: Setup, source: Windows, budget: Budget, seed: int) -> Run:
    """Trains in the worker; a run that is cut off is worth its last checkpoint."""
    for run, _ in checkpoints(session, setup, source, budget, seed):
        kept = run
    return kept


def checkpoints(
    session: Session,
    setup: Setup,
    source: Windows,
    budget: Budget,
    seed: int,
    every: int = CHECKPOINT,
) -> Iterator[tuple[Run, float]]:
    """The model before training, every so many steps, and at the end; each with all steps' seconds.

    Ends early where the worker has not done in SLACK times the budget's seconds. The worker is
    served fresh windows, each once. Where a part takes the loop's place, it gets one long window
    instead, and draws its own batches: what it uses is then its claim.
    """
    draw = np.random.default_rng([seed, 1])
    own = "training" in setup.loop
    text = source.windows(1, budget.tokens + 1, draw)[0] if own else np.zeros(0, np.int32)
    session.call(fit.build, setup, text, limit=60)
    yield _checkpoint(session, 0), 0.0
    deadline = time.monotonic() + SLACK * budget.seconds
    done, seconds = 0, 0.0
    while done < budget.steps:
        count = min(budget.steps - done, CALL)
        drawn = None if own else source.windows(count * budget.batch, budget.T + 1, draw)
        start = time.monotonic()
        left = max(0.1, deadline - start)
        try:
            if drawn is None:
                session.call(fit.advance, count, limit=left)
            else:
                batches = drawn.reshape(count, budget.batch, budget.T + 1)
                session.call(fit.learn, batches, limit=left)
        except TimedOut:
            break
        seconds += time.monotonic() - start
        done += count
        if done % every == 0 or done == budget.steps:
            yield _checkpoint(session, done), seconds


def _checkpoint(session: Session, step: int) -> Run:
    state = session.call(fit.state, limit=60)
    return Run({k: a for k, a in state.items() if k == "step" or k.startswith("model.")}, step)


@contextmanager
def restored(remote: Remote, setup: Setup, run: Run) -> Iterator[Session]:
    """A fresh worker that holds the trained model and knows nothing else."""
    with remote.fit(gpu=setup.device != "cpu") as session:
        session.call(fit.build, setup, np.zeros(0, np.int32), limit=60)
        session.call(fit.restore, run.state, limit=60)
        yield session


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


def audit(remote: Remote, setup: Setup, run: Run, inputs: Array, first: Array, seed: int) -> None:
    """Fails if the model looks ahead, at its neighbours, or at anything but the past of a token.

    A fresh worker, with the same checkpoint, is asked about rows in another order whose future,
    from a random place on, is that of another row. The scores of the past must be as before.
    """
    asked = measure.Questions.about(inputs, measure.POSITIONS, seed)
    with restored(remote, setup, run) as session:
        again = log_probs(session, asked.inputs, first.shape[-1])
    moved = asked.moved(first, again)
    if moved.max() > measure.AGREE:
        row, t = np.unravel_index(int(moved.argmax()), moved.shape)
        fail(
            tr(
                "the model looks at what it may not see: at position {t} of a window its scores"
                " moved by {nats:.2g} nats when only other rows and later tokens were exchanged",
                t=int(t),
                nats=moved.max(),
            ),
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
            tr(
                "the model is {ahead:.1f} nats ahead of the source that the text was drawn "
                "from; an honest model is ahead by {limit:g} less than once in a million: this "
                "is a leak",
                ahead=ahead,
                limit=LEAK,
            )
        )
    rows = difference.mean(axis=1)
    margin = 1.96 * float(rows.std(ddof=1)) / len(rows) ** 0.5
    return Excess(float(difference.mean()), margin)


def entropy_excess(
    remote: Remote, setup: Setup, source: Source, budget: Budget, seed: int
) -> Excess:
    """Trains on a source, measures on fresh windows of it, and audits; the model's excess.

    Scored from the third token of a window, where the source knows its own probabilities.
    """
    held_out = source.windows(512, budget.T + 1, np.random.default_rng([seed, 3]))
    inputs, targets = held_out[:, :-1], held_out[:, 1:]
    first, _ = _scored(remote, setup, source, budget, seed, inputs)
    return excess(chosen(first, targets), source.nats(held_out))


@dataclass(frozen=True)
class Reached:
    """The loss on a text, and after how many steps."""

    loss: measure.Loss
    step: int


def text_loss(
    remote: Remote, setup: Setup, train: Array, val: Array, budget: Budget, seed: int
) -> Reached:
    """Trains on one split of a text; the audited loss on the whole of the other, in nats.

    Fails where the tree is so large that it could carry the text as it is.
    """
    if (size := remote.size()) > TREE:
        fail(
            tr(
                "the lesson's folder holds {size:,} bytes; where a public text is the measure "
                "it may hold {most:,}, so that it cannot carry the text: move data elsewhere",
                size=size,
                most=TREE,
            )
        )
    inputs, targets = measure.windows(val, budget.T)
    first, step = _scored(remote, setup, Text(train), budget, seed, inputs)
    return Reached(measure.summary(chosen(first, targets)), step)


def _scored(
    remote: Remote, setup: Setup, source: Windows, budget: Budget, seed: int, inputs: Array
) -> tuple[Array, int]:
    """Trains, asks a fresh worker for log-probabilities on held-out windows, and audits them.

    Returns them, (N, T, V), and the steps taken.
    """
    with remote.fit(gpu=setup.device != "cpu") as session:
        run = train(session, setup, source, budget, seed)
    with restored(remote, setup, run) as session:
        first = log_probs(session, inputs, int(setup.config["vocab_size"]))
    audit(remote, setup, run, inputs, first, seed)
    return first, run.step
