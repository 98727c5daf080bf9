"""What must hold of LayerScale and residual connections."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson8_normalization import LAYERSCALE, RESIDUAL, driver, oracle
from grader.lessons.lesson8_normalization.checks.starts import refused
from grader.lessons.lesson8_normalization.hints import stream as hints
from grader.lessons.lesson8_normalization.strategies.stream import (
    STRETCHED,
    NewScale,
    Scaled,
    Stream,
    Stretched,
    new_scales,
    scaled,
    streams,
)
from grader.nearness import near
from grader.norms import TOLERANCE
from zth.language import tr


def _scale(named: Named) -> Array:
    return named["x"] * named["gamma"]


@property_check(
    LAYERSCALE,
    points=1,
    case=scaled(),
    examples=20,
    hint="Each channel has a factor of its own.",
    steps=hints.SCALES_EACH_CHANNEL,
)
def scales_each_channel(remote: Remote, case: Scaled) -> None:
    """x times gamma, channel by channel; and the gradients

    A layer's answer may be loud in one channel and quiet in another; how loud, is learned.
    (#layerscale)
    """
    got = remote(driver.scale, case.gamma, case.x, case.up)
    point = {"x": case.x, "gamma": case.gamma}
    near(got.y, _scale(point), tolerance=TOLERANCE)
    check_gradients(_scale, point, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    LAYERSCALE,
    points=1,
    case=new_scales(),
    examples=10,
    hint="All factors start at `init`, which is 1e-4 unless something else is said.",
    steps=hints.STARTS_SMALL,
)
def starts_small(remote: Remote, case: NewScale) -> None:
    """All factors start at init, 1e-4 by default

    So at the start each layer is nearly the identity, and a deep network behaves like a shallow
    one; then each channel of each layer speaks up as far as it helps. (#layerscale)
    """
    init = 1e-4 if case.init is None else case.init
    got = remote(driver.new_scale, case.dim, case.init)
    close(got, np.full(case.dim, init), rtol=1e-6, atol=0, what="gamma")


@property_check(
    RESIDUAL,
    points=3,
    case=streams(),
    hint="x + scale(part(norm(x))), with the x that came in.",
    steps=hints.ADDS_TO_ITS_INPUT,
)
def adds_to_its_input(remote: Remote, case: Stream) -> None:
    """x + scale(part(norm(x))), with and without norm and scale; and the gradients

    The part reads a normalised copy, and adds its answer to the stream, which is itself never
    normalised and never replaced. So the gradient comes back along the stream undiminished, and
    each part adds its own: 1 + f′ for each layer, instead of f′. (#residual)
    """
    got = remote(driver.residual, case.weights, case.x, case.up)
    point = {"x": case.x, **case.weights}
    near(got.y, oracle.residual(point), tolerance=TOLERANCE)
    check_gradients(oracle.residual, point, case.up, got.grads, case.seed, TOLERANCE)
    for name, count in got.calls.items():
        if count != 1:
            fail(tr("{name} was called {count} times, expected once", name=name, count=count))


@property_check(
    RESIDUAL,
    points=1,
    case=st.sampled_from(STRETCHED),
    examples=10,
    hint="Numbers that could be stretched to fit do not fit.",
    steps=hints.ONLY_EQUAL_SHAPES_ARE_ADDED,
)
def only_equal_shapes_are_added(remote: Remote, case: Stretched) -> None:
    """An answer of another shape than x is a ValueError

    PyTorch adds (B, 1) to (B, C) without a word, the same number to every channel. A part that
    forgot its last layer would train, badly, and nobody would know why. (#residual)
    """
    refused(remote(driver.residual_error, list(case.shape), list(case.answer)))
