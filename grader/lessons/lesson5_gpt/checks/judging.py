"""When an answer of lesson 5 is right: to rounding, in float64 or with float32 inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader import nearness
from grader.derivatives import Array
from grader.kit import close, fail
from zth.language import tr

# Inputs are float64, but many good models take statistics, softmax, GELU or loss in float32, whose
# unit roundoff is u = 6e-8, and are right.
# - A norm of x, whose numbers are up to 3 and rounded by 3 u, divides by 0.04 at least (see
#   strategies.parts): it is off by 5e-6. Where two numbers become ±1, the terms of their gradient,
#   up to 4 · 3 / 0.04, cancel: 2 u of these are 4e-5.
# - In a block or a model, float32 throughout moved results by up to 16 times what is left in by
#   strategies.parts.MOVED: 1.6e-5.
# Measured, 1,000 cases of each check or more: with these parts in float32, results 2e-5 and
# gradients 4.4e-5, so that there is a factor of 5 and of 2; with float32 throughout, which is rare
# where all weights are float64, 1.5e-5 and 6.4e-5; with float64, 1e-14. The nearest known mistakes
# are off by 1.3e-2 (the sigmoid approximation of GELU) and 3e-2 (a stream detached between the
# parts), 130 times what is allowed.
TOLERANCE = 1e-4


def near(y: Array, expected: Array, what: str = "y", tolerance: float = TOLERANCE) -> None:
    """Fails unless y is `expected`, to a tolerance that is relative to the largest number."""
    nearness.near(y, expected, what, tolerance=tolerance)


def nearest(y: Array, forms: Sequence[Array]) -> int:
    """The number of the form that y is nearest to; 0 where y has another shape than they."""
    if y.shape != forms[0].shape or not np.isfinite(y).all():
        return 0
    return int(np.argmin([np.abs(y - form).max(initial=0.0) for form in forms]))


# A share of 1,600 numbers or more deviates by √(1/4 / 1600) = 0.0125 at most: SHARE is five of
# these. What is kept has been rounded two or three times, perhaps in float32.
SHARE, FACTOR = 0.0625, 1e-6


def dropped(passes: list[Array], shape: tuple[int, ...], rate: float, what: str) -> None:
    """Fails unless nothing is dropped in the first pass (eval mode), and `rate` in the others."""
    if [x.shape for x in passes] != [shape] * 3:
        fail(tr("the {what} must have shape {shape}", what=what, shape=shape))
    still, once, twice = passes
    if (still == 0).mean() > 0.01:
        fail(tr("in eval mode, some {what} are 0: nothing may be dropped there", what=what))
    if np.array_equal(once, twice):
        message = tr(
            "in training mode, two passes give the same {what}: nothing is dropped at random",
            what=what,
        )
        fail(message)
    share = float((once == 0).mean())
    if abs(share - rate) > SHARE:
        message = tr(
            "with dropout={rate}, {share} of the {what} are 0, expected about {expected}",
            rate=rate,
            share=f"{share:.0%}",
            what=what,
            expected=f"{rate:.0%}",
        )
        fail(message)
    kept = once != 0
    close(once[kept], still[kept] / (1 - rate), rtol=FACTOR, what=tr("what is kept"))


def mode_kept(before: bool, after: bool) -> None:
    """Fails unless the model is left in the mode, training or eval, in which it was."""
    if after is before:
        return
    if before:
        fail(tr("the model was in training mode before, and in eval mode after"))
    fail(tr("the model was in eval mode before, and in training mode after"))
