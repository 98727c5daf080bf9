"""What must hold of FlattenConsecutive, of both convolutions, and of the receptive field."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson10_wavenet import (
    CONVOLUTION,
    FLATTEN,
    PADDED,
    REACH,
    driver,
    hints,
    oracle,
)
from grader.lessons.lesson10_wavenet.checks.judging import TOLERANCE, moves_exactly
from grader.lessons.lesson10_wavenet.driver import Sizes
from grader.lessons.lesson10_wavenet.strategies.layers import (
    Convolved,
    Elsewhere,
    Flattened,
    MovedRow,
    NewConvolution,
    Stack,
    convolved,
    flattened,
    moved_rows,
    odd_ones,
    stacks,
    uneven_stacks,
)
from grader.nearness import near
from zth.language import tr

# --- FlattenConsecutive -------------------------------------------------------------------------


@property_check(
    FLATTEN,
    points=2,
    case=flattened(),
    hint="Groups of n neighbours, one after another; each group's numbers in the order of time.",
    steps=hints.NEIGHBOURS_JOIN,
)
def neighbours_join(remote: Remote, case: Flattened) -> None:
    """n neighbours become one position that is n times as wide

    Positions 0 … n − 1 become position 0, the next n position 1, and within each the numbers of the
    earliest come first. Where one group is left, its dimension of length 1 goes, so that the last
    level of a tree gives (B, C) as an MLP's hidden layer does. Numbers are only moved, so what
    flows back is moved back. (#flatten)
    """
    got = remote(driver.flatten, case.n, case.x, case.up)
    close(got.y, oracle.flatten(case.x, case.n), rtol=0, atol=0, what="y")
    parts = case.up.reshape(case.B, case.groups, case.n, case.C)
    close(got.grads.get("x", np.zeros(0)), parts.reshape(case.x.shape), what="x.grad")


@property_check(
    FLATTEN,
    points=1,
    case=odd_ones(),
    examples=10,
    hint="What is left over has no place: raise a ValueError.",
    steps=hints.NONE_IS_LEFT_OVER,
    needs=["flatten.neighbours_join"],
)
def none_is_left_over(remote: Remote, case: Flattened) -> None:
    """A length that n does not divide is an error

    Five positions are no pairs. To leave the last out would be to forget the newest character,
    which says most about the next, and nobody would notice but the loss. (#flatten)
    """
    T = case.x.shape[1]
    if not remote(driver.flatten_error, case.n, T):
        fail(tr("a row of {T}, joined {n} by {n}: there was no error", T=T, n=case.n))


# --- convolutions -------------------------------------------------------------------------------

SHIFT = "y[t] has a term for each k: weight[:, :, k] times x at t − (K − 1 − k) · dilation."
RIGHT = ["convolution.convolution_matches_the_formula"]


@property_check(
    CONVOLUTION,
    points=3,
    case=convolved(),
    hint=SHIFT,
    steps=hints.CONVOLUTION_MATCHES_THE_FORMULA,
)
def convolution_matches_the_formula(remote: Remote, case: Convolved) -> None:
    """The right sums, for any kernel and dilation, and for rows of any length

    The last entry of the kernel belongs to the position itself, the one before it to the position
    `dilation` steps back, and so on. A step back beyond the start of the row finds zeros, and a row
    may be shorter than a single step. (#convolution)
    """
    got = remote(driver.convolve, case.sizes, case.weights, case.x, case.up)
    near(got.y, case.y(case.weights), tolerance=TOLERANCE)


@property_check(
    CONVOLUTION,
    points=2,
    case=moved_rows(),
    examples=20,
    hint="x[s] may move y[s], y[s + dilation], …, K positions in all, and none before s.",
    steps=hints.CONVOLUTION_MOVES_EXACTLY,
)
def convolution_moves_exactly(remote: Remote, case: MovedRow) -> None:
    """x[s] moves y[s], y[s + dilation], … and nothing else

    The check changes one position of a row after another and looks at what moved. An output that
    moves with a later input would see what it is to predict; one that does not move with an input
    of its field is blind in one eye. (#receptive-field)
    """
    c = case.conv
    up = np.zeros((len(case.rows), c.T, c.sizes.outputs))
    y = remote(driver.convolve, c.sizes, c.weights, case.rows, up).y
    if y.shape != up.shape:
        message = tr("y has shape {actual}, expected {expected}", actual=y.shape, expected=up.shape)
        fail(message)
    moves_exactly(y, case.moves, "x[{}]".format, "y[{}]".format)


@property_check(
    CONVOLUTION,
    points=2,
    case=convolved(backward=True),
    examples=20,
    hint="weight and bias are nn.Parameters, and each term is made of x and weight themselves.",
    steps=hints.CONVOLUTION_GRADIENTS,
    needs=RIGHT,
)
def convolution_gradients(remote: Remote, case: Convolved) -> None:
    """The gradients of x, weight and bias

    One kernel serves every position, so its gradient is a sum over all positions of all rows. What
    flows back to x[s] comes from the K positions that it moves. (#convolution)
    """
    got = remote(driver.convolve, case.sizes, case.weights, case.x, case.up)
    point = {"x": case.x, **case.weights}
    check_gradients(case.y, point, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    CONVOLUTION,
    points=1,
    case=st.sampled_from([Sizes(16, 16, 5), Sizes(8, 16, 6), Sizes(32, 8, 9)]).map(NewConvolution),
    examples=3,
    hint="A sum of n products of unit size is about √n large. What are the terms here?",
    steps=hints.CONVOLUTION_KEEPS_THE_SIZE,
    needs=RIGHT,
)
def convolution_keeps_the_size(remote: Remote, case: NewConvolution) -> None:
    """At the start, y is about as large as x

    Each number of y is a sum of in · kernel_size products. With weights of size 1 it would be as
    large as the root of their number, and the tanh behind it would be at its ends, where it has no
    slope; with weights of 0 nothing would come through. PyTorch's own start passes, as the
    lecture's does. (#convolution)
    """
    size = float(remote(driver.new_convolution, case.sizes, case.x).std())
    if not 0.4 <= size <= 2.0:
        message = tr(
            "for inputs with a standard deviation of 1, that of y is {size}", size=f"{size:.2g}"
        )
        fail(message, expected=tr("about 1"), actual=f"{size:.3g}")


@property_check(
    CONVOLUTION,
    points=1,
    case=st.sampled_from(["float32", "bfloat16"]).map(Elsewhere),
    examples=2,
    hint="Zeros that you make are float32 and on the CPU, unless they are made from x.",
    steps=hints.PADDING_IS_LIKE_X,
    needs=RIGHT,
)
def padding_is_like_x(remote: Remote, case: Elsewhere) -> None:
    """The zeros before the start have x's dtype, and are where x is

    On a GPU, or in half precision, a tensor made by torch.zeros alone does not fit to x. F.pad and
    x.new_zeros make zeros that do. (#convolution)
    """
    y = remote(driver.convolve_as, case.sizes, case.x, case.dtype)
    shape = (*case.x.shape[:2], case.sizes.outputs)
    if y.shape != shape:
        fail(tr("y has shape {actual}, expected {expected}", actual=y.shape, expected=shape))
    remote(driver.convolve_elsewhere, case.sizes)


@property_check(
    PADDED,
    points=2,
    case=convolved("PaddedConv1d"),
    hint="Channels before time, zeros on the left alone, and back again.",
    steps=hints.PADDED_IS_THE_SAME,
)
def padded_is_the_same(remote: Remote, case: Convolved) -> None:
    """nn.Conv1d gives the same, with the same weights

    PyTorch's convolution multiplies without turning the kernel round, as yours does, so weights
    carry over as they are. It wants (B, in, T), and its own padding is on both sides: with zeros on
    the left alone, every output sees the past. (#convolution)
    """
    got = remote(driver.padded, case.sizes, case.weights, case.x, case.up)
    near(got.y, case.y(case.weights), tolerance=TOLERANCE)
    point = {"x": case.x, **case.weights}
    check_gradients(case.y, point, case.up, got.grads, case.seed, TOLERANCE)


# --- the receptive field ------------------------------------------------------------------------


@property_check(
    REACH,
    points=2,
    case=stacks(),
    hint="Each layer reaches (kernel_size − 1) · dilation further back than the one below it.",
    steps=hints.REACH_IS_COUNTED,
)
def reach_is_counted(remote: Remote, case: Stack) -> None:
    """How far back a stack of layers reaches

    A layer that reaches back by r, on one that reaches back by s, reaches back by r + s: the steps
    add up, and the position itself makes one more. With dilations that double, the field doubles
    with each layer, while the weights grow by the same number each time. (#receptive-field)
    """
    kernel_sizes, dilations = list(case.kernel_sizes), list(case.dilations)
    got = remote(driver.receptive_field, kernel_sizes, dilations)
    expected = oracle.reached(kernel_sizes, dilations)
    if got != expected:
        what = f"receptive_field({kernel_sizes}, {dilations})"
        fail(tr("{what} is wrong", what=what), expected=expected, actual=got)


@property_check(
    REACH,
    case=uneven_stacks(),
    examples=8,
    advisory=True,
    hint="zip(…, strict=True) raises a ValueError.",
)
def uneven_lists_are_refused(remote: Remote, case: Stack) -> None:
    """Kernel sizes and dilations of different number are a ValueError

    zip stops at the shorter list without a word, and the answer would be that of another stack.
    (#receptive-field)
    """
    kernel_sizes, dilations = list(case.kernel_sizes), list(case.dilations)
    name = remote(driver.receptive_error, kernel_sizes, dilations)
    if name != "ValueError":
        message = tr(
            "{sizes} kernel sizes and {dilations} dilations: {what}",
            sizes=len(kernel_sizes),
            dilations=len(dilations),
            what=name or tr("no error"),
        )
        fail(message)
