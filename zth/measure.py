"""Scores a model from outside: log-probabilities are normalised here, in float64 (NumPy)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
TELLING = 0.01  # nats; what rounding does is a thousandth of it


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
        raise Unmeasurable(f"{len(tokens)} tokens are too few for one window of {length} + 1")
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
        raise Unmeasurable(f"the model's scores have shape {logits.shape}, expected {shape}")
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


def leak(score: Callable[[Array], Array], inputs: Array, others: Array, seed: int = 0) -> float:
    """How much a model's scores change, in nats, when only what comes later changes.

    `score(inputs)` gives (N, T, V). In each row all that follows a random position is replaced by
    the same places of `others`, real text of the same shape; the scores up to that position must
    stay. A model that does not look ahead gets rounding errors: far below `TELLING`.
    """
    N, T = inputs.shape
    cut = np.random.default_rng(seed).integers(1, max(2, T), (N, 1))
    before = np.arange(T)[None] < cut
    first = _log_softmax(score(inputs))[before]
    second = _log_softmax(score(np.where(before, inputs, others)))[before]
    return float(np.abs(first - second).max())
