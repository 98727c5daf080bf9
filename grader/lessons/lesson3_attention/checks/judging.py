"""When two answers agree, and how functions of q, k and v are judged."""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail
from grader.lessons.lesson3_attention import driver, oracle
from grader.lessons.lesson3_attention.driver import Played
from grader.lessons.lesson3_attention.strategies.functions import QKV, Typed
from zth.host import CallFailed
from zth.language import tr

# Inputs are float64, but many good models take scores and softmax in float32, whose unit roundoff
# is u = 6e-8, and are right. A weight is exp of a score, off by u times the score's size: a few
# times 1e-7 in most of the drawn cases, 2e-5 for the largest score that may come, near 160. Sums of
# up to 130 terms add √130 u. (Scores of 100,000 are exact in float32; see numbers.LARGE.)
# Measured: 8e-7, gradients alike; in float64 throughout, 4e-10. No known mistake would pass even
# at 1e-2.
TOLERANCE = 1e-4
# Inputs in bfloat16, u = 4e-3, are rounded, and scores of up to 5, weights and sums again: five
# times u or so. Measured: 1e-2.
DTYPES = {"float32": TOLERANCE, "float64": TOLERANCE, "bfloat16": 5e-2}
# Two calls that should agree differ by rounding alone, in float32 by u times what is subtracted in
# the softmax, which may be a masked score (up to 50): 3e-6. What leaks is 1e6 times a weight.
SAME = 1e-5

LAYOUT = "Make new tensors with the dtype of q, and do not ask for memory in one piece (view)."
DEVICE = "Make the mask where the input is (device=x.device), or keep it with register_buffer."


def near(y: Array, expected: Array, what: str = "y", tolerance: float = TOLERANCE) -> None:
    """Fails unless y is `expected`, to a tolerance that is relative to the largest number."""
    close(y, expected, rtol=tolerance, atol=tolerance * size(expected), what=what)


def size(a: Array) -> float:
    return max(1.0, float(np.abs(a).max(initial=0.0)))


def sound(y: Array, shape: tuple[int, ...]) -> Array:
    """y, if it has this shape and no infinity or NaN: what is compared with another answer."""
    if y.shape != shape:
        message = tr(
            "{what} has shape {actual}, expected {expected}",
            what="y",
            actual=y.shape,
            expected=shape,
        )
        fail(message)
    if not np.isfinite(y).all():
        fail(tr("y holds infinity or NaN"), actual=y)
    return y


def formula(case: QKV) -> Array:
    return oracle.attention(case.q, case.k, case.v, case.causal)


def played(remote: Remote, case: QKV, v: Array | None = None) -> Played:
    """The case, or the same with other values, of which no gradient is asked for."""
    up = case.up if v is None else np.zeros((*case.up.shape[:-1], v.shape[-1]))
    v = case.v if v is None else v
    if case.block:
        return remote(driver.blocks, case.q, case.k, v, case.block, up)
    return remote(driver.attend, case.q, case.k, v, case.causal, up)


def matches(remote: Remote, case: QKV) -> Played:
    """Fails unless y is what the formula gives; the report then shows where the weights differ."""
    got, expected = played(remote, case), formula(case)
    close(
        got.y,
        expected,
        rtol=TOLERANCE,
        atol=TOLERANCE * size(expected),
        what="y",
        weights=lambda: weights(remote, case),
    )
    return got


def weights(remote: Remote, case: QKV) -> tuple[Array | None, Array]:
    """The weight of each key for each query, as it is and as it should be (…, Tq, Tk).

    Values that are the rows of an identity bring them out; None where these are not taken.
    """
    each = np.broadcast_to(np.eye(case.Tk), (*case.lead, case.Tk, case.Tk)).copy()
    right = oracle.attention(case.q, case.k, each, case.causal)
    try:
        return played(remote, case, each).y, right
    except CallFailed:
        return None, right


def result(remote: Remote, case: QKV, q: Array, k: Array, v: Array) -> Array:
    """The result for other numbers of the same shapes."""
    return sound(remote(driver.attend, q, k, v, case.causal, case.up).y, case.up.shape)


def with_gradients(remote: Remote, case: QKV) -> None:
    got = matches(remote, case)

    def forward(named: Named) -> Array:
        return oracle.attention(named["q"], named["k"], named["v"], case.causal)

    point = {"q": case.q, "k": case.k, "v": case.v}
    check_gradients(forward, point, case.up, got.grads, case.seed, TOLERANCE)


def looks_back(y: Array, moved: Array, right: Array, right_moved: Array) -> None:
    """Fails where later positions stay when earlier ones change, and should not."""
    if np.abs(right_moved - right).max(initial=0) > 1e-3 and np.array_equal(moved, y):
        fail(tr("later positions do not change with earlier ones: nothing is attended to"))


def keeps_its_dtype(remote: Remote, case: Typed) -> None:
    c = case.qkv
    y = remote(driver.function_as, c.q, c.k, c.v, c.causal, c.block, case.dtype, case.strided)
    expected = formula(c)
    tolerance = DTYPES[case.dtype]
    close(y, expected, rtol=tolerance, atol=tolerance * size(c.v), what="y")
