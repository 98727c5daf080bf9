"""When an answer of lesson 10 is right: to rounding, in float64 or with float32 inside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.derivatives import Array
from grader.kit import fail
from zth.language import tr

# Inputs are float64, but a model whose products or tanh are in float32 (u = 6e-8) is right. A sum
# here has up to 12 terms, and is off by some u of the largest number; three levels with weights of
# about 1 multiply that a few times. Measured with all products and tanhs in float32, 1,000 cases of
# each kind: results 9e-7, losses 1.4e-6, gradients 1.1e-6, so that there is a factor of 14; with
# float64, 1e-15. The nearest known mistake (zeros before the row, not token 0) is off by 1e-3 in
# the smallest of cases.
TOLERANCE = 2e-5
STILL = 1e-4  # what a number may differ by that was not to move; what moves does so by 1e-3


def moves_exactly(
    y: Array,
    moves: Callable[[int, int], bool],
    input: Callable[[int], str],
    output: Callable[[int], str],
) -> None:
    """Fails unless position t of y moves with position s of the input just where `moves(t, s)`.

    y[0] (T, …) is of a row, y[1 + s] of the row with something else in position s. `input` and
    `output` say what such a position is called.
    """
    moved = (np.abs(y[1:] - y[:1]) > STILL).any(axis=2)  # (s, t)
    for s, t in np.ndindex(moved.shape):
        names = {"input": input(s), "output": output(t)}
        if moved[s, t] and not moves(t, s):
            fail(tr("{input} moves {output}, and may not", **names), where=names["output"])
        if moves(t, s) and not moved[s, t]:
            fail(tr("{input} does not move {output}", **names), where=names["output"])
