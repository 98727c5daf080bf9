"""What must hold of LayerNorm and RMSNorm."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Forward, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson8_normalization import LAYERNORM, RMSNORM, driver
from grader.lessons.lesson8_normalization.hints import norms as hints
from grader.nearness import near
from grader.norms import (
    EPS,
    OFFSET,
    TOLERANCE,
    FarNorm,
    NewNorm,
    NormCase,
    far_norms,
    layer_norm,
    new_norms,
    norms,
    rms_norm,
)
from zth.language import tr
from zth.worker.modules import Played

LAYER, RMS = (f"lesson8_normalization.normalization.{name}" for name in ("LayerNorm", "RMSNorm"))
EPSILONS = st.sampled_from([None, 1e-3, 0.5])


def _played(remote: Remote, case: NormCase) -> Played:
    return remote(driver.norm, case.weights, case.eps, case.bias, case.x, case.up)


def _layer(case: NormCase) -> Forward:
    eps = EPS if case.eps is None else case.eps

    def forward(named: Named) -> Array:
        return layer_norm(named["x"], named["weight"], named.get("bias", 0.0), eps)

    return forward


def _rms(case: NormCase) -> Forward:
    eps = EPS if case.eps is None else case.eps
    return lambda named: rms_norm(named["x"], named["weight"], eps)


def _new(remote: Remote, case: NewNorm, names: list[str]) -> None:
    """Fails unless these are the parameters of a new norm, ones and zeros."""
    got = remote(driver.new_norm, case.n, case.bias)
    if sorted(got) != names:
        message = tr(
            "{kind}({n}, {bias}) has the parameters {names}, expected {expected}",
            kind=case.place.rpartition(".")[2],
            n=case.n,
            bias=case.bias,
            names=sorted(got),
            expected=names,
        )
        fail(message)
    for name in names:
        close(got[name], np.full(case.n, 1.0 if name == "weight" else 0.0), what=name)


@property_check(
    LAYERNORM,
    points=2,
    case=norms(LAYER, 1.0, 3e-3, eps=EPSILONS),
    hint="Over the last dimension, divided by its length, with the eps that was passed.",
    steps=hints.LAYER_MATCHES_THE_FORMULA,
)
def layer_matches_the_formula(remote: Remote, case: NormCase) -> None:
    """Mean 0 and variance 1 over the last dimension, then gain and bias

    Each token is normalised by itself: no batch, no running statistics, and nothing of later
    tokens, which is why language models have it. eps, 1e-5 unless another is passed, is added to
    the variance, under the root. (#layernorm)
    """
    point = {"x": case.x, **case.weights}
    near(_played(remote, case).y, _layer(case)(point), tolerance=TOLERANCE)


@property_check(
    LAYERNORM,
    points=1,
    case=far_norms(LAYER),
    examples=20,
    hint="E[x²] − E[x]² loses its digits where the mean is large: subtract the mean first.",
    steps=hints.LAYER_SURVIVES_AN_OFFSET,
)
def layer_survives_an_offset(remote: Remote, case: FarNorm) -> None:
    """In float32, inputs around 4096 keep their digits

    On paper the mean of (x − mean)² and E[x²] − E[x]² are the same. In float32 both terms of the
    second are near 16.8 million, and their difference is mostly rounding. (#layernorm)
    """
    y = remote(driver.norm_in_float32, case.weights, case.bias, case.x)
    near(y, _layer(case)({"x": case.x, **case.weights}), tolerance=OFFSET)


def _backward(remote: Remote, case: NormCase, forward: Forward) -> None:
    got, point = _played(remote, case), {"x": case.x, **case.weights}
    near(got.y, forward(point), tolerance=TOLERANCE)
    check_gradients(forward, point, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    LAYERNORM,
    points=1,
    case=norms(LAYER, eps=EPSILONS, backward=True),
    examples=20,
    hint="The mean and the variance depend on x too.",
    steps=hints.LAYER_GRADIENTS,
)
def layer_gradients(remote: Remote, case: NormCase) -> None:
    """The gradients of x, gain and bias

    A change of one number moves the mean and the variance, and through them each result of the
    token. autograd finds all of it, unless something is cut off. (#layernorm)
    """
    _backward(remote, case, _layer(case))


@property_check(
    LAYERNORM,
    points=1,
    case=new_norms(LAYER),
    examples=6,
    hint="At the start, gain and bias change nothing.",
    steps=hints.LAYER_STARTS_NEUTRAL,
)
def layer_starts_neutral(remote: Remote, case: NewNorm) -> None:
    """The gain starts at 1, the bias at 0, or is not there

    A new model should begin with plain normalisation. And where no bias is wanted, there must be no
    parameter to be trained. (#layernorm)
    """
    _new(remote, case, ["bias", "weight"] if case.bias else ["weight"])


@property_check(
    RMSNORM,
    points=3,
    case=norms(RMS, 1.0, 3e-3, bias=st.just(False), eps=EPSILONS, backward=True),
    hint="Nothing is subtracted; the mean of the squares is what the eps is added to.",
    steps=hints.RMS_MATCHES_THE_FORMULA,
)
def rms_matches_the_formula(remote: Remote, case: NormCase) -> None:
    """x / √(mean of x² + eps), times the gain; and the gradients

    Of what LayerNorm takes away, the size alone is what lets deep models train; the mean may stay.
    The size depends on each number of the token, so the gradient has two parts: straight through,
    and by the size. (#rmsnorm)
    """
    forward, point = _rms(case), {"x": case.x, **case.weights}
    if case.scale < 1:  # gradients of hundreds, which float32 inside would move
        near(_played(remote, case).y, forward(point), tolerance=TOLERANCE)
    else:
        _backward(remote, case, forward)


@property_check(
    RMSNORM,
    points=1,
    case=new_norms(RMS),
    examples=6,
    hint="One parameter, a gain of ones; whatever `bias` says.",
    steps=hints.RMS_STARTS_NEUTRAL,
)
def rms_starts_neutral(remote: Remote, case: NewNorm) -> None:
    """The gain starts at 1, and there is no bias, whatever is asked for

    So RMSNorm(n_embd, bias) can be made wherever a LayerNorm is, and trained in any model of the
    course: `zth train shakespeare-tiny --with norm=…`. (#rmsnorm)
    """
    _new(remote, case, ["weight"])
