"""What must hold of a GPT's parts: normalization, the MLP, the block."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Forward, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import BLOCK, MLP, NORM, driver, oracle
from grader.lessons.lesson5_gpt.driver import Config, Played
from grader.lessons.lesson5_gpt.strategies.model import NormCase, PartCase, norms, parts

RTOL, ATOL = 1e-8, 1e-10


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
    expected = _norm_forward({"x": case.x, **case.weights})
    close(_normed(remote, case).y, expected, rtol=1e-7, atol=1e-9, what="y")


@property_check(
    NORM,
    points=1,
    case=norms(scales=(1e-3, 3e-3)),
    hint="eps is 1e-5, and it is added to the variance, under the root.",
)
def norm_has_its_eps(remote: Remote, case: NormCase) -> None:
    """Tiny inputs: eps = 1e-5 belongs under the root"""
    expected = _norm_forward({"x": case.x, **case.weights})
    close(_normed(remote, case).y, expected, rtol=1e-6, atol=1e-9, what="y")


@property_check(
    NORM,
    points=1,
    case=norms(offsets=(1e6,)),
    hint="E[x²] − E[x]² loses its digits where the mean is large: subtract the mean first.",
)
def norm_survives_an_offset(remote: Remote, case: NormCase) -> None:
    """Inputs around a million keep their digits"""
    expected = _norm_forward({"x": case.x, **case.weights})
    close(_normed(remote, case).y, expected, rtol=1e-5, atol=1e-6, what="y")


@property_check(NORM, points=2, case=norms(), hint="The mean and the variance depend on x too.")
def norm_gradients(remote: Remote, case: NormCase) -> None:
    """The gradients of x, gain and bias"""
    got = _normed(remote, case)
    point = {"x": case.x, **case.weights}
    close(got.y, _norm_forward(point), rtol=1e-7, atol=1e-9, what="y")
    check_gradients(_norm_forward, point, case.up, got.grads, seed=case.seed)


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
    for forward in forwards:
        expected = forward(point)
        if got.y.shape == expected.shape and np.allclose(got.y, expected, RTOL, ATOL):
            return forward
    close(got.y, forwards[0](point), rtol=RTOL, atol=ATOL, what="y")
    raise AssertionError("close must fail where allclose does")


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
    check_gradients(forward, {"x": case.x, **case.weights}, case.up, got.grads, seed=case.seed)


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
    if abs(share - rate) > 0.06:
        fail(f"with dropout={rate}, {share:.0%} of the {what} are 0, expected about {rate:.0%}")
    kept = once != 0
    close(once[kept], still[kept] / (1 - rate), rtol=1e-6, what="what is kept")


ORDER = "Normalise what a part reads; add what it answers to x itself."


@property_check(BLOCK, points=2, case=st.integers(1, 4), examples=4, hint=ORDER)
def block_uses_its_parts(remote: Remote, T: int) -> None:
    """The parts handed in are used, normalised before, added after"""
    x = np.random.default_rng(T).normal(size=(2, T, 3)).round(1)
    y = x + (2 * x + 1)
    close(remote(driver.block_of, x), y + 3 * (2 * y), rtol=1e-9, what="y")


@property_check(BLOCK, points=3, case=parts("Block"), hint=ORDER)
def block_matches_the_formula(remote: Remote, case: PartCase) -> None:
    """With its own parts: the right output for given weights"""
    _matches(case, remote(driver.block, case.config, case.weights, case.x, case.up))


@property_check(BLOCK, points=2, case=parts("Block"), examples=20, hint=ORDER)
def block_gradients(remote: Remote, case: PartCase) -> None:
    """The gradients of x and of all weights"""
    got = remote(driver.block, case.config, case.weights, case.x, case.up)
    forward = _matches(case, got)
    check_gradients(forward, {"x": case.x, **case.weights}, case.up, got.grads, seed=case.seed)
