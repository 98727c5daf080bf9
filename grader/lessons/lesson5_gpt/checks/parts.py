"""What must hold of a GPT's parts: normalization, the MLP, the block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Forward, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import BLOCK, MLP, NORM, driver, oracle
from grader.lessons.lesson5_gpt.driver import Config, Played
from grader.lessons.lesson5_gpt.strategies.model import (
    FarNorm,
    NormCase,
    PartCase,
    far_norms,
    norms,
    parts,
)

# Inputs are float64, but many good models take statistics, softmax, GELU or loss in float32, whose
# unit roundoff is u = 6e-8, and are right. A norm divides by √1e-5 at least: where numbers near 3
# are rounded, its result moves by at most 3 u / √1e-5 = 6e-5. In the drawn cases, up to five norms
# deep with sums of up to 48 numbers, such a model is off by 4e-6 and its gradients by 5e-6; one in
# float64 throughout, by 2e-14. No known mistake would pass even at 1e-2.
TOLERANCE = 1e-4


def near(y: Array, expected: Array, what: str = "y", tolerance: float = TOLERANCE) -> None:
    """Fails unless y is `expected`, to a tolerance that is relative to the largest number."""
    close(y, expected, rtol=tolerance, atol=tolerance * size(expected), what=what)


def size(a: Array) -> float:
    return max(1.0, float(np.abs(a).max(initial=0.0)))


def nearest(y: Array, forms: Sequence[Array]) -> int:
    """The number of the form that y is nearest to; 0 where y has another shape than they."""
    if y.shape != forms[0].shape or not np.isfinite(y).all():
        return 0
    return int(np.argmin([np.abs(y - form).max(initial=0.0) for form in forms]))


# --- layer normalization ------------------------------------------------------------------------


def _normed(remote: Remote, case: NormCase) -> Played:
    w = case.weights
    return remote(driver.norm, w["weight"], w.get("bias"), case.x, case.up)


def _norm_forward(named: Named) -> Array:
    return oracle.layer_norm(named["x"], named["weight"], named.get("bias", 0.0))


@property_check(
    NORM,
    points=3,
    case=norms(),
    hint="Mean and variance are over the last dimension, and the variance divides by its length.",
)
def norm_matches_the_formula(remote: Remote, case: NormCase) -> None:
    """Mean 0 and variance 1 over the last dimension, then gain and bias"""
    near(_normed(remote, case).y, _norm_forward({"x": case.x, **case.weights}))


@property_check(
    NORM,
    points=1,
    case=norms(1e-3, 3e-3),
    hint="eps is 1e-5, and it is added to the variance, under the root.",
)
def norm_has_its_eps(remote: Remote, case: NormCase) -> None:
    """Tiny inputs: eps = 1e-5 belongs under the root"""
    near(_normed(remote, case).y, _norm_forward({"x": case.x, **case.weights}))


# In float32 the mean of numbers near 4096 is rounded by up to 2.4e-4. Whole numbers that differ
# deviate by 0.43 at least, so that with a gain of 3 the result is off by up to 2e-3. E[x²] is near
# 2²⁴, where float32 counts by ones and twos: a variance taken from it is off by about 1.
OFFSET = 1e-2


@property_check(
    NORM,
    points=1,
    case=far_norms(),
    hint="E[x²] − E[x]² loses its digits where the mean is large: subtract the mean first.",
)
def norm_survives_an_offset(remote: Remote, case: FarNorm) -> None:
    """In float32, inputs around 4096 keep their digits"""
    w = case.weights
    y = remote(driver.norm_in_float32, w["weight"], w.get("bias"), case.x)
    near(y, _norm_forward({"x": case.x, **w}), tolerance=OFFSET)


@property_check(NORM, points=2, case=norms(), hint="The mean and the variance depend on x too.")
def norm_gradients(remote: Remote, case: NormCase) -> None:
    """The gradients of x, gain and bias"""
    got = _normed(remote, case)
    point = {"x": case.x, **case.weights}
    near(got.y, _norm_forward(point))
    check_gradients(_norm_forward, point, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    NORM,
    points=1,
    case=st.tuples(st.integers(1, 5), st.booleans()),
    examples=6,
    hint="At the start, gain and bias change nothing.",
)
def norm_starts_neutral(remote: Remote, case: tuple[int, bool]) -> None:
    """The gain starts at 1, the bias at 0, or is not there"""
    n, bias = case
    got = remote(driver.new_norm, n, bias)
    names = ["bias", "weight"] if bias else ["weight"]
    if sorted(got) != names:
        fail(f"LayerNorm({n}, {bias}) has the parameters {sorted(got)}, expected {names}")
    close(got["weight"], np.ones(n), what="weight")
    if bias:
        close(got["bias"], np.zeros(n), what="bias")


# --- MLP and block ------------------------------------------------------------------------------


def _forward(case: PartCase, exact: bool) -> Forward:
    if case.name == "MLP":
        return lambda named: oracle.mlp(named, named["x"], exact)
    return lambda named: oracle.block(named, named["x"], case.config.n_head, exact)


def _matches(case: PartCase, got: Played) -> Forward:
    """Fails unless y is right with either form of GELU; returns the forward pass that it is."""
    point = {"x": case.x, **case.weights}
    forwards = [_forward(case, exact) for exact in (True, False)]
    answers = [forward(point) for forward in forwards]
    form = nearest(got.y, answers)
    near(got.y, answers[form])
    return forwards[form]


UP = "c_fc to 4·C, GELU, c_proj back to C; both with a bias if config.bias says so."


@property_check(MLP, points=3, case=parts("MLP"), hint=UP)
def mlp_matches_the_formula(remote: Remote, case: PartCase) -> None:
    """c_fc, GELU, c_proj: the right output for given weights"""
    _matches(case, remote(driver.mlp, case.config, case.weights, case.x, case.up))


@property_check(MLP, points=1, case=parts("MLP"), examples=20, hint=UP)
def mlp_gradients(remote: Remote, case: PartCase) -> None:
    """The gradients of x and of all weights"""
    got = remote(driver.mlp, case.config, case.weights, case.x, case.up)
    forward = _matches(case, got)
    point = {"x": case.x, **case.weights}
    check_gradients(forward, point, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    MLP,
    points=1,
    case=st.sampled_from([0.3, 0.6]),
    examples=2,
    hint="nn.Dropout after c_proj; it switches itself off in eval mode.",
)
def mlp_drops(remote: Remote, rate: float) -> None:
    """Dropout on the output, in training mode only"""
    config = Config(1, 1, 1, 1, 8, dropout=rate)
    x = np.random.default_rng(0).normal(size=(200, 1, 8))
    dropped(remote(driver.dropped, config, x), x.shape, rate, "outputs")


# A share of 1,600 numbers or more deviates by √(1/4 / 1600) = 0.0125 at most: SHARE is five of
# these. What is kept has been rounded two or three times, perhaps in float32.
SHARE, FACTOR = 0.0625, 1e-6


def dropped(passes: list[Array], shape: tuple[int, ...], rate: float, what: str) -> None:
    """Fails unless nothing is dropped in the first pass (eval mode), and `rate` in the others."""
    if [x.shape for x in passes] != [shape] * 3:
        fail(f"the {what} must have shape {shape}")
    still, once, twice = passes
    if (still == 0).mean() > 0.01:
        fail(f"in eval mode, some {what} are 0: nothing may be dropped there")
    if np.array_equal(once, twice):
        fail(f"in training mode, two passes give the same {what}: nothing is dropped at random")
    share = float((once == 0).mean())
    if abs(share - rate) > SHARE:
        fail(f"with dropout={rate}, {share:.0%} of the {what} are 0, expected about {rate:.0%}")
    kept = once != 0
    close(once[kept], still[kept] / (1 - rate), rtol=FACTOR, what="what is kept")


ORDER = "Normalise what a part reads; add what it answers to x itself."


@property_check(BLOCK, points=2, case=st.integers(1, 4), examples=4, hint=ORDER)
def block_uses_its_parts(remote: Remote, T: int) -> None:
    """The parts handed in are used, normalised before, added after"""
    x = np.random.default_rng(T).normal(size=(2, T, 3)).round(1)
    y = x + (2 * x + 1)
    exact = 1e-9  # a few sums and products in float64, which nobody would take in float32
    close(remote(driver.block_of, x), y + 3 * (2 * y), rtol=exact, what="y")


@property_check(BLOCK, points=3, case=parts("Block"), hint=ORDER)
def block_matches_the_formula(remote: Remote, case: PartCase) -> None:
    """With its own parts: the right output for given weights"""
    _matches(case, remote(driver.block, case.config, case.weights, case.x, case.up))


@property_check(BLOCK, points=2, case=parts("Block"), examples=20, hint=ORDER)
def block_gradients(remote: Remote, case: PartCase) -> None:
    """The gradients of x and of all weights"""
    got = remote(driver.block, case.config, case.weights, case.x, case.up)
    forward = _matches(case, got)
    point = {"x": case.x, **case.weights}
    check_gradients(forward, point, case.up, got.grads, case.seed, TOLERANCE)
