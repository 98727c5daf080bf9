"""Gradients judged along random directions, by the complex step through a NumPy forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.kit import close, fail
from zth.language import tr

Array = NDArray[Any]
Named = dict[str, Array]
Forward = Callable[[Named], Array]

# Nothing is subtracted in a complex step, so its error is that of the forward pass in float64, for
# any step whose square vanishes beside 1.
STEP = 1e-30


def along(forward: Forward, point: Named, up: Array, direction: Named) -> float:
    """The derivative of sum(forward · up) at a point along a direction, by the complex step."""
    moved = {name: a + 1j * STEP * direction[name] for name, a in point.items()}
    return float((forward(moved) * up).sum().imag / STEP)


def gradients(forward: Forward, point: Named, up: Array) -> Named:
    """Every partial derivative, one basis direction after another: slow, for small cases."""
    zero = {name: np.zeros(a.shape) for name, a in point.items()}
    found = {name: np.zeros(a.shape) for name, a in point.items()}
    for name, a in point.items():
        for index in np.ndindex(a.shape):
            basis = zero[name].copy()
            basis[index] = 1.0
            found[name][index] = along(forward, point, up, {**zero, name: basis})
    return found


def check_gradients(
    forward: Forward, point: Named, up: Array, got: Named, seed: int, tolerance: float
) -> None:
    """Compares along two random directions; a difference is then traced to its element.

    `tolerance` is what a lesson derives for its forward pass: a backward pass does the same work in
    the same dtype. It is relative to the size of the sums that are compared (n terms that are each
    off by ε of themselves leave their sum off by ε of Σ|terms| at most) and, once a difference is
    traced, to the largest gradient, with ten times as much for each element's own size.
    Fails, too, where a gradient is not there or has another shape than what it is of.
    """
    for name, a in point.items():
        if name not in got:
            fail(tr("there is no gradient of {name}", name=name))
        if got[name].shape != a.shape:
            message = tr(
                "{what} has shape {actual}, expected {expected}",
                what=f"{name}.grad",
                actual=got[name].shape,
                expected=a.shape,
            )
            fail(message)
    draw = np.random.default_rng(seed)
    for _ in range(2):
        direction = {name: draw.normal(size=a.shape) for name, a in point.items()}
        expected = along(forward, point, up, direction)
        actual = sum(float((got[name] * direction[name]).sum()) for name in point)
        size = sum(float(np.abs(got[name] * direction[name]).sum()) for name in point)
        if not abs(actual - expected) <= tolerance * max(1.0, abs(expected), size):
            rights = gradients(forward, point, up)
            largest = max(1.0, *(float(np.abs(a).max()) for a in rights.values()))
            for name, right in rights.items():
                close(
                    got[name],
                    right,
                    rtol=10 * tolerance,
                    atol=tolerance * largest,
                    what=f"{name}.grad",
                )
