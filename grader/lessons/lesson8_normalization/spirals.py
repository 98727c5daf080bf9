"""Points on four arms of a spiral: what the networks of different depth learn to tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
CLASSES = 4
STEPS, BATCH, RATE = 150, 64, 0.03
ENOUGH = 0.9  # the share of held-out points from which on a network counts as trained; chance: 0.25


def points(count: int, draw: np.random.Generator) -> tuple[Array, Array]:
    """Points (count, 2), and the arms (count,) that they lie on."""
    arms = draw.integers(0, CLASSES, count)
    along = draw.random(count)
    angles = 2 * np.pi * (arms / CLASSES + 0.75 * along)
    x = 2 * along[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return x + 0.03 * draw.normal(size=x.shape), arms


def batches(seed: int, steps: int = STEPS) -> tuple[Array, Array]:
    """Points (steps, BATCH, 2) and arms (steps, BATCH) to train with."""
    x, arms = points(steps * BATCH, np.random.default_rng([seed, 1]))
    return x.reshape(steps, BATCH, 2), arms.reshape(steps, BATCH)


def held_out(seed: int) -> tuple[Array, Array]:
    """2,000 points that no network trains with."""
    return points(2000, np.random.default_rng([seed, 2]))


def share(scores: Array, arms: Array) -> float:
    """How many of the points have the highest score for their arm; none where one is not finite."""
    if scores.shape != (len(arms), CLASSES) or not np.isfinite(scores).all():
        return 0.0
    return float((scores.argmax(axis=1) == arms).mean())
