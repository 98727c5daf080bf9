"""Losses in NumPy and float64; complex where what they are given is (see `derivatives.along`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def cross_entropy(logits: Array, targets: Array) -> Array:
    """The mean of −log softmax(logits)[target]; a 0-d array."""
    top = logits.real.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(logits - top).sum(axis=-1)) + top[..., 0]
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return np.asarray((log_sum - chosen).mean())
