"""Scores a model from outside: log-probabilities are normalised here, in float64 (NumPy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth.language import tr

Array = NDArray[Any]
AGREE = 1e-3  # nats by which two passes over the same past may differ: rounding does far less
POSITIONS = 2000  # places at which the future is replaced


class Unmeasurable(ValueError):
    """What the model gave is no distribution; the message says why."""


@dataclass(frozen=True)
class Loss:
    """A mean loss in nats per token, with half the width of its 95 % interval."""

    mean: float
    margin: float
    tokens: int

    @property
    def upper(self) -> float:
        """The interval's upper end: what counts against a threshold."""
        return self.mean + self.margin

    def __str__(self) -> str:
        return f"{self.mean:.4f} ± {self.margin:.4f}"


def windows(tokens: Array, length: int) -> tuple[Array, Array]:
    """A text in consecutive windows: inputs and targets, each (N, length); the rest is left out.

    Every target is predicted once. Raises Unmeasurable where the text has no whole window.
    """
    count = (len(tokens) - 1) // length
    if count < 1:
        raise Unmeasurable(
            tr(
                "{count} tokens are too few for one window of {length} + 1",
                count=len(tokens),
                length=length,
            )
        )
    used = count * length
    return tokens[:used].reshape(count, length), tokens[1 : used + 1].reshape(count, length)


def losses(logits: Array, targets: Array, vocab_size: int) -> Array:
    """−log p of each target, (N, T), from scores (N, T, V) that are normalised here.

    Raises Unmeasurable for another shape, or for NaN or infinite scores.
    """
    log_p = log_softmax(logits, (*targets.shape, vocab_size))
    found: Array = -np.take_along_axis(log_p, targets[..., None].astype(np.int64), axis=-1)[..., 0]
    return found


def log_softmax(logits: Array, shape: tuple[int, ...]) -> Array:
    """Log-probabilities from scores of this shape (…, V), normalised here in float64.

    Raises Unmeasurable for another shape, or for NaN or infinite scores.
    """
    if logits.shape != shape:
        raise Unmeasurable(
            tr(
                "the model's scores have shape {shape}, expected {expected}",
                shape=logits.shape,
                expected=shape,
            )
        )
    return _log_softmax(logits)


def _log_softmax(logits: Array) -> Array:
    if not np.isfinite(logits).all():
        raise Unmeasurable("the model's scores hold NaN or infinity")
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return scores


def summary(nats: Array) -> Loss:
    """The mean over windows (N, T), and 1.96 standard errors of it, windows independent."""
    means = nats.mean(axis=1)
    spread = float(means.std(ddof=1)) if len(means) > 1 else float("inf")
    return Loss(float(means.mean()), 1.96 * spread / len(means) ** 0.5, nats.size)


@dataclass(frozen=True)
class Questions:
    """What a model is asked a second time: rows in another order, with another future each.

    Row i of `inputs` (N, T) is row `rows[i]` of the windows up to a random place, and real text
    of another row from there on; `past` (N, T) says where it is as it was.
    """

    rows: Array
    inputs: Array
    past: Array

    @classmethod
    def about(cls, windows: Array, at_least: int, seed: int) -> Questions:
        """Questions about windows (N, T): each window once or more, `at_least` in all."""
        draw = np.random.default_rng([seed, 7])
        N, T = windows.shape
        rows = draw.permutation(np.arange(max(N, at_least)) % N)
        past = np.arange(T) < draw.integers(1, max(2, T), len(rows))[:, None]
        return cls(rows, np.where(past, windows[rows], windows[draw.permutation(rows)]), past)

    def moved(self, first: Array, again: Array) -> Array:
        """How far log-probabilities of the past have moved, in nats: (N, T).

        `first` (of the windows) and `again` (of the questions) are log-probabilities (…, T, V).
        Rounding aside, a model that looks at nothing but the past of a token moves by nothing.
        """
        found: Array = np.abs(again - first[self.rows]).max(axis=-1) * self.past
        return found
