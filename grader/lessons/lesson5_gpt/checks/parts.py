"""What must hold of a GPT's parts: normalization, the MLP, the block."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Forward, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import BLOCK, MLP, NORM, driver, oracle
from grader.lessons.lesson5_gpt.checks.judging import TOLERANCE, dropped, near, nearest
from grader.lessons.lesson5_gpt.hints import model as hints
from grader.lessons.lesson5_gpt.strategies.parts import (
    DroppedPart,
    OwnParts,
    PartCase,
    parts,
)
from grader.norms import OFFSET, FarNorm, NewNorm, NormCase, far_norms, layer_norm, new_norms, norms
from zth.language import tr
from zth.worker.modules import Played

# --- layer normalization ------------------------------------------------------------------------

PLACE = "lesson5_gpt.gpt.LayerNorm"


def _normed(remote: Remote, case: NormCase) -> Played:
    w = case.weights
    return remote(driver.norm, w["weight"], w.get("bias"), case.x, case.up)


def _norm_forward(named: Named) -> Array:
    return layer_norm(named["x"], named["weight"], named.get("bias", 0.0))


@property_check(
    NORM,
    points=3,
    case=norms(PLACE),
    hint="Mean and variance are over the last dimension, and the variance divides by its length.",
    steps=hints.NORM_MATCHES_THE_FORMULA,
)
def norm_matches_the_formula(remote: Remote, case: NormCase) -> None:
    """Mean 0 and variance 1 over the last dimension, then gain and bias

    Each token is normalised by itself: its C numbers get mean 0 and variance 1, whatever their size
    was. Then each channel is stretched by its gain and moved by its bias, which the model learns.
    Other tokens, and other rows, have no part in it. (#norm)
    """
    near(_normed(remote, case).y, _norm_forward({"x": case.x, **case.weights}))


@property_check(
    NORM,
    points=1,
    case=norms(PLACE, 1e-3, 3e-3),
    hint="eps is 1e-5, and it is added to the variance, under the root.",
    steps=hints.NORM_HAS_ITS_EPS,
)
def norm_has_its_eps(remote: Remote, case: NormCase) -> None:
    """Tiny inputs: eps = 1e-5 belongs under the root

    Numbers that are nearly equal have a variance near 0, and nothing may be divided by that. With
    1e-5 added under the root, the divisor is at least √1e-5 = 0.003. For ordinary inputs it makes
    no difference; for numbers of about 0.001 it decides. (#norm)
    """
    near(_normed(remote, case).y, _norm_forward({"x": case.x, **case.weights}))


@property_check(
    NORM,
    points=1,
    case=far_norms(PLACE),
    hint="E[x²] − E[x]² loses its digits where the mean is large: subtract the mean first.",
    steps=hints.NORM_SURVIVES_AN_OFFSET,
)
def norm_survives_an_offset(remote: Remote, case: FarNorm) -> None:
    """In float32, inputs around 4096 keep their digits

    On paper, the mean of (x − mean)² and E[x²] − E[x]² are the same. With the seven digits of
    float32 they are not: near 4096 both terms of the second are near 16.8 million, and their
    difference, about 16, is mostly rounding. (#norm)
    """
    w = case.weights
    y = remote(driver.norm_in_float32, w["weight"], w.get("bias"), case.x)
    near(y, _norm_forward({"x": case.x, **w}), tolerance=OFFSET)


@property_check(
    NORM,
    points=2,
    case=norms(PLACE, backward=True),
    hint="The mean and the variance depend on x too.",
    steps=hints.NORM_GRADIENTS,
)
def norm_gradients(remote: Remote, case: NormCase) -> None:
    """The gradients of x, gain and bias

    A change of one number moves the mean and the variance, and through them each result of the
    token. So the gradient of x has three parts: straight through, by the mean, by the variance.
    autograd finds all three, unless two of them are cut off. (#norm)
    """
    got = _normed(remote, case)
    point = {"x": case.x, **case.weights}
    near(got.y, _norm_forward(point))
    check_gradients(_norm_forward, point, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    NORM,
    points=1,
    case=new_norms(PLACE),
    examples=6,
    hint="At the start, gain and bias change nothing.",
    steps=hints.NORM_STARTS_NEUTRAL,
)
def norm_starts_neutral(remote: Remote, case: NewNorm) -> None:
    """The gain starts at 1, the bias at 0, or is not there

    A new model should begin with plain normalisation: times 1, plus 0. With a gain of 0 nothing
    would come through; and where no bias is wanted, there must be no parameter to be trained.
    (#norm)
    """
    n, bias = case.n, case.bias
    got = remote(driver.new_norm, n, bias)
    names = ["bias", "weight"] if bias else ["weight"]
    if sorted(got) != names:
        message = tr(
            "LayerNorm({n}, {bias}) has the parameters {names}, expected {expected}",
            n=n,
            bias=bias,
            names=sorted(got),
            expected=names,
        )
        fail(message)
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


@property_check(MLP, points=3, case=parts("MLP"), hint=UP, steps=hints.MLP_MATCHES_THE_FORMULA)
def mlp_matches_the_formula(remote: Remote, case: PartCase) -> None:
    """c_fc, GELU, c_proj: the right output for given weights

    Two linear layers alone would be one linear layer; the GELU between them makes the MLP more than
    that. It works on each token by itself, with four times as many channels inside. GPT-2 takes the
    form of GELU with tanh, and the exact one is right here, too. (#mlp)
    """
    _matches(case, remote(driver.mlp, case.config, case.weights, case.x, case.up))


@property_check(
    MLP,
    points=1,
    case=parts("MLP", backward=True),
    examples=20,
    hint=UP,
    steps=hints.MLP_GRADIENTS,
)
def mlp_gradients(remote: Remote, case: PartCase) -> None:
    """The gradients of x and of all weights

    An output can be right while the way back from it is cut. This check looks at every gradient: of
    the input, which the rest of the model needs, and of both layers. (#mlp)
    """
    got = remote(driver.mlp, case.config, case.weights, case.x, case.up)
    forward = _matches(case, got)
    point = {"x": case.x, **case.weights}
    check_gradients(forward, point, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    MLP,
    points=1,
    case=st.builds(DroppedPart, st.sampled_from([0.3, 0.6])),
    examples=2,
    hint="nn.Dropout after c_proj; it switches itself off in eval mode.",
    steps=hints.MLP_DROPS,
)
def mlp_drops(remote: Remote, case: DroppedPart) -> None:
    """Dropout on the output, in training mode only

    In training, each number that the MLP answers is set to 0 with the probability `dropout`, so
    that no channel can be relied upon; what is kept is divided by 1 − dropout, so that sums keep
    their size on average. In eval mode nothing is dropped. (#dropout)
    """
    passes = remote(driver.dropped, case.config, case.x)
    dropped(passes, case.x.shape, case.rate, tr("outputs"))


ORDER = "Normalise what a part reads; add what it answers to x itself."


@property_check(
    BLOCK,
    points=2,
    case=st.builds(OwnParts, st.integers(1, 4)),
    examples=4,
    hint=ORDER,
    steps=hints.BLOCK_USES_ITS_PARTS,
)
def block_uses_its_parts(remote: Remote, case: OwnParts) -> None:
    """The parts handed in are used, normalised before, added after

    A block is a frame for parts that may be anybody's. Here they are ones that can be told apart: a
    norm that doubles, an attention that adds 1, an MLP that triples. The first half then makes 3x +
    1 of x, the second seven times as much of that. (#block)
    """
    y = case.x + (2 * case.x + 1)
    exact = 1e-9  # a few sums and products in float64, which nobody would take in float32
    close(remote(driver.block_of, case.x), y + 3 * (2 * y), rtol=exact, what="y")


@property_check(
    BLOCK, points=3, case=parts("Block"), hint=ORDER, steps=hints.BLOCK_MATCHES_THE_FORMULA
)
def block_matches_the_formula(remote: Remote, case: PartCase) -> None:
    """With its own parts: the right output for given weights

    Tokens first learn from each other, then each thinks about what it has learnt: attention, then
    the MLP. Each reads a normalised copy of the stream and adds its answer to the stream, which is
    itself never normalised and never replaced. (#block)
    """
    _matches(case, remote(driver.block, case.config, case.weights, case.x, case.up))


@property_check(
    BLOCK,
    points=2,
    case=parts("Block", backward=True),
    examples=20,
    hint=ORDER,
    steps=hints.BLOCK_GRADIENTS,
)
def block_gradients(remote: Remote, case: PartCase) -> None:
    """The gradients of x and of all weights

    A sum passes its gradient on to both of its terms, so what flows back along the stream reaches
    the first block as it left the last, and each part adds its own. That is why deep stacks can be
    trained; a detach on the way ends it. (#block)
    """
    got = remote(driver.block, case.config, case.weights, case.x, case.up)
    forward = _matches(case, got)
    point = {"x": case.x, **case.weights}
    check_gradients(forward, point, case.up, got.grads, case.seed, TOLERANCE)
