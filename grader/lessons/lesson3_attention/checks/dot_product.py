"""What must hold of scaled dot-product attention."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson3_attention import SDPA, driver, hints, oracle
from grader.lessons.lesson3_attention.checks.judging import (
    DEVICE,
    DTYPES,
    LAYOUT,
    SAME,
    formula,
    keeps_its_dtype,
    looks_back,
    matches,
    near,
    played,
    result,
    size,
    with_gradients,
)
from grader.lessons.lesson3_attention.strategies.devices import Elsewhere
from grader.lessons.lesson3_attention.strategies.functions import (
    QKV,
    Future,
    Shifted,
    Shuffled,
    Typed,
    futures,
    qkv,
)
from grader.lessons.lesson3_attention.strategies.numbers import LARGE
from zth.language import tr


@property_check(
    SDPA,
    points=3,
    case=qkv(causal=False),
    hint="Divide by the square root of the size of a key, before the softmax over the keys.",
    steps=hints.MATCHES_THE_FORMULA,
)
def matches_the_formula(remote: Remote, case: QKV) -> None:
    """Without a mask: softmax(q kᵀ / √d) v

    Each query scores each key by q·k, and the softmax makes the scores weights for the values. With
    entries of variance 1, q·k has variance d; divided by √d it has variance 1 again, at which a
    softmax still weighs instead of choosing one. (#from-scores-to-weights)
    """
    y = matches(remote, case).y
    other = replace(case, seed=case.seed + 1)
    again = played(remote, other).y
    if np.array_equal(again, y) and not np.array_equal(formula(other), formula(case)):
        fail(tr("y stays the same with other numbers: something is kept between calls"))


@property_check(
    SDPA,
    points=3,
    case=qkv(causal=True),
    hint="The queries are the last Tq of Tk positions: query i sees keys 0 … i + Tk − Tq.",
    steps=hints.CAUSAL_MATCHES_THE_FORMULA,
)
def causal_matches_the_formula(remote: Remote, case: QKV) -> None:
    """With the causal mask, aligned at the bottom right

    A language model predicts what comes after position t from positions 0 … t, so a query sees no
    later key. With fewer queries than keys, the queries are the last ones, as when a model writes
    on: query i stands at position i + Tk − Tq. (#mask)
    """
    matches(remote, case)


@property_check(
    SDPA,
    points=3,
    case=qkv(backward=True),
    hint="Every step from q, k and v to y must be one that autograd can follow.",
    steps=hints.GRADIENTS,
)
def gradients(remote: Remote, case: QKV) -> None:
    """The gradients of q, k and v are right

    The formula settles the gradients, too. Along a random direction, the change of the result must
    be what your gradients say. (#from-scores-to-weights)
    """
    with_gradients(remote, case)


@property_check(
    SDPA,
    points=2,
    case=futures(),
    hint="A mask of −inf before the softmax leaves weights of exactly 0.",
    steps=hints.PAST_IGNORES_THE_FUTURE,
)
def past_ignores_the_future(remote: Remote, case: Future) -> None:
    """No position is moved by a later one

    If a later position could move an earlier result, a model would read the answer off its input
    while it trains, and find nothing of the kind when it writes. The weight of a future key is
    exactly 0, so no change of it shows. (#mask)
    """
    c, t = case.qkv, case.t
    y = result(remote, c, c.q, c.k, c.v)
    other = result(remote, c, c.q, *case.replaced())
    atol = SAME * size(y[..., :t, :])
    close(other[..., :t, :], y[..., :t, :], rtol=0, atol=atol, what=f"y[…, :{t}, :]")
    k, v = c.k.copy(), c.v.copy()
    k[..., :t, :], v[..., :t, :] = k[..., :t, :] + 1, v[..., :t, :] + 5
    moved = result(remote, c, c.q, k, v)
    right = oracle.attention(c.q, k, v, c.causal)
    looks_back(y[..., t:, :], moved[..., t:, :], formula(c)[..., t:, :], right[..., t:, :])


@property_check(
    SDPA,
    points=2,
    case=st.builds(Shuffled, qkv(causal=False)),
    hint="Without a mask, attention does not know where a key stands.",
    steps=hints.ORDER_IS_FREE,
)
def order_is_free(remote: Remote, case: Shuffled) -> None:
    """Without the mask, the order of keys means nothing

    A weighted sum does not mind the order of its terms. To attention without a mask the keys are a
    set; positions must come from elsewhere. (#the-idea)
    """
    c = case.qkv
    y = result(remote, c, c.q, c.k, c.v)
    near(result(remote, c, c.q, c.k[..., case.order, :], c.v[..., case.order, :]), y)
    near(result(remote, c, c.q[..., ::-1, :], c.k, c.v), y[..., ::-1, :])


@property_check(
    SDPA,
    points=2,
    case=qkv(ones=True),
    hint="Each query's weights are a softmax over the keys it sees.",
    steps=hints.WEIGHTS_SUM_TO_ONE,
)
def weights_sum_to_one(remote: Remote, case: QKV) -> None:
    """Weights sum to 1: values of 1 give results of 1

    The weights of a softmax are positive and sum to 1, so each result is a mean of values, and the
    mean of ones is 1, with the mask and without it. (#from-scores-to-weights)
    """
    close(played(remote, case).y, np.ones_like(case.up), rtol=SAME, atol=0, what="y")


@property_check(
    SDPA,
    points=1,
    case=st.builds(Shifted, qkv()),
    hint="Softmax does not change when all scores of a row grow by the same number.",
    steps=hints.SHIFTING_ALL_KEYS,
)
def shifting_all_keys(remote: Remote, case: Shifted) -> None:
    """Adding the same vector to every key changes nothing

    q·(k + c) = q·k + q·c, so all scores of a query grow by the same number. In the softmax, e to
    that number stands above and below the fraction line, and cancels. (#from-scores-to-weights)
    """
    c = case.qkv
    near(result(remote, c, c.q, c.k + case.shift, c.v), result(remote, c, c.q, c.k, c.v))


@property_check(
    SDPA,
    points=3,
    case=qkv(scale=LARGE, backward=True) | qkv(causal=True, least=2, scale=LARGE, backward=True),
    hint="Mask with −inf, and subtract the largest score that is not masked before each exp.",
    steps=hints.LARGE_SCORES,
)
def large_scores(remote: Remote, case: QKV) -> None:
    """Scores of ±100,000 neither overflow nor leak, forward and backward

    Where one score is far above the others, its weight is 1, theirs are 0, and the result is that
    one value. A softmax that subtracts the largest score gets there without infinity; a masked key
    must lose against any score. (#mask)
    """
    with_gradients(remote, case)


@property_check(
    SDPA,
    points=2,
    case=st.builds(Typed, qkv(), st.sampled_from(sorted(DTYPES)), st.booleans()),
    hint=LAYOUT,
    steps=hints.LAYOUT,
)
def any_dtype_and_layout(remote: Remote, case: Typed) -> None:
    """Any dtype stays what it is, in any memory layout

    Models compute in bfloat16 to save time and memory, and many tensors are views of others. The
    result comes in the dtype of the input, as exact as that allows, however it lies in memory.
    (#your-turn)
    """
    keeps_its_dtype(remote, case)


@property_check(
    SDPA,
    points=1,
    case=st.just(Elsewhere("sdpa")),
    examples=1,
    hint=DEVICE,
    steps=hints.DEVICE,
    needs=["sdpa.causal_matches_the_formula"],
)
def any_device(remote: Remote, case: Elsewhere) -> None:
    """It would run on a GPU, too

    PyTorch does not mix devices, and a tensor made without saying where is on the CPU. So what is
    to run on a GPU makes masks and sums where its input is. (#your-turn)
    """
    remote(driver.elsewhere, case.sizes)
