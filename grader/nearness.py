"""Whether numbers agree, to a tolerance that is relative to the largest of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.kit import close

Array = NDArray[Any]


def near(y: Array, expected: Array, what: str = "y", *, tolerance: float) -> None:
    """Fails unless y is `expected`, to a tolerance that is relative to the largest number."""
    close(y, expected, rtol=tolerance, atol=tolerance * size(expected), what=what)


def size(a: Array) -> float:
    """The largest number's size, and 1 at least."""
    return max(1.0, float(np.abs(a).max(initial=0.0)))
