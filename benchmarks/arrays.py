"""A driver that takes an array: what its way to a worker costs, apart from work on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def taken(function: Any, x: Array) -> int:
    """There only; the function says one number of it."""
    size: int = function(x)
    return size


def returned(function: Any, x: Array) -> Array:
    """There and back."""
    function(x)
    return x
