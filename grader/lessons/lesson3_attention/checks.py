"""What must hold of attention, judged in NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Forward, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson3_attention import (
    ATTENTION,
    BLOCKWISE,
    HEAD,
    MULTIHEAD,
    SDPA,
    driver,
    hints,
    oracle,
)
from grader.lessons.lesson3_attention.driver import Played
from grader.lessons.lesson3_attention.strategies import (
    LARGE,
    QKV,
    Dropped,
    Elsewhere,
    Future,
    Long,
    ModuleCase,
    ModuleFuture,
    OneHead,
    Rows,
    Shifted,
    Shuffled,
    Typed,
    TypedModule,
    drops,
    far,
    futures,
    module_futures,
    modules,
    one_heads,
    qkv,
    rows,
)

# Inputs are float64, but many good models take scores and softmax in float32, whose unit roundoff
# is u = 6e-8, and are right. A weight is exp of a score, off by u times the score's size: a few
# times 1e-7 in most of the drawn cases, 2e-5 for the largest score that may come, near 160. Sums of
# up to 130 terms add √130 u. (Scores of 100,000 are exact in float32; see strategies.LARGE.)
# Measured: 8e-7, gradients alike; in float64 throughout, 4e-10. No known mistake would pass even
# at 1e-2.
TOLERANCE = 1e-4
# Inputs in bfloat16, u = 4e-3, are rounded, and scores of up to 5, weights and sums again: five
# times u or so. Measured: 1e-2.
DTYPES = {"float32": TOLERANCE, "float64": TOLERANCE, "bfloat16": 5e-2}
# Two calls that should agree differ by rounding alone, in float32 by u times what is subtracted in
# the softmax, which may be a masked score (up to 50): 3e-6. What leaks is 1e6 times a weight.
SAME = 1e-5


def _near(y: Array, expected: Array, what: str = "y", tolerance: float = TOLERANCE) -> None:
    """Fails unless y is `expected`, to a tolerance that is relative to the largest number."""
    close(y, expected, rtol=tolerance, atol=tolerance * _size(expected), what=what)


def _size(a: Array) -> float:
    return max(1.0, float(np.abs(a).max(initial=0.0)))


def _sound(y: Array, shape: tuple[int, ...]) -> Array:
    """y, if it has this shape and no infinity or NaN: what is compared with another answer."""
    if y.shape != shape:
        fail(f"y has shape {y.shape}, expected {shape}")
    if not np.isfinite(y).all():
        fail("y holds infinity or NaN", actual=y)
    return y


# --- scaled dot-product attention ---------------------------------------------------------------


def _expected(case: QKV) -> Array:
    return oracle.attention(case.q, case.k, case.v, case.causal)


def _played(remote: Remote, case: QKV) -> Played:
    if case.block:
        return remote(driver.blocks, case.q, case.k, case.v, case.block, case.up)
    return remote(driver.attend, case.q, case.k, case.v, case.causal, case.up)


def _of(remote: Remote, case: QKV, q: Array, k: Array, v: Array) -> Array:
    """The result for other numbers of the same shapes."""
    return _sound(remote(driver.attend, q, k, v, case.causal, case.up).y, case.up.shape)


def _with_gradients(remote: Remote, case: QKV) -> None:
    got = _played(remote, case)
    _near(got.y, _expected(case))

    def forward(named: Named) -> Array:
        return oracle.attention(named["q"], named["k"], named["v"], case.causal)

    point = {"q": case.q, "k": case.k, "v": case.v}
    check_gradients(forward, point, case.up, got.grads, case.seed, TOLERANCE)


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
    _near(_played(remote, case).y, _expected(case))


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
    _near(_played(remote, case).y, _expected(case))


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
    _with_gradients(remote, case)


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
    y = _of(remote, c, c.q, c.k, c.v)
    other = _of(remote, c, c.q, *case.replaced())
    atol = SAME * _size(y[..., :t, :])
    close(other[..., :t, :], y[..., :t, :], rtol=0, atol=atol, what=f"y[…, :{t}, :]")
    k, v = c.k.copy(), c.v.copy()
    k[..., :t, :], v[..., :t, :] = k[..., :t, :] + 1, v[..., :t, :] + 5
    moved = _of(remote, c, c.q, k, v)
    right = oracle.attention(c.q, k, v, c.causal)
    _looks_back(y[..., t:, :], moved[..., t:, :], _expected(c)[..., t:, :], right[..., t:, :])


def _looks_back(y: Array, moved: Array, right: Array, right_moved: Array) -> None:
    """Fails where later positions stay when earlier ones change, and should not."""
    if np.abs(right_moved - right).max(initial=0) > 1e-3 and np.array_equal(moved, y):
        fail("later positions do not change with earlier ones: nothing is attended to")


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
    y = _of(remote, c, c.q, c.k, c.v)
    _near(_of(remote, c, c.q, c.k[..., case.order, :], c.v[..., case.order, :]), y)
    _near(_of(remote, c, c.q[..., ::-1, :], c.k, c.v), y[..., ::-1, :])


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
    close(_played(remote, case).y, np.ones_like(case.up), rtol=SAME, atol=0, what="y")


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
    _near(_of(remote, c, c.q, c.k + case.shift, c.v), _of(remote, c, c.q, c.k, c.v))


@property_check(
    SDPA,
    points=3,
    case=qkv(scale=LARGE, backward=True),
    hint="Mask with −inf, and subtract the largest score that is not masked before each exp.",
    steps=hints.LARGE_SCORES,
)
def large_scores(remote: Remote, case: QKV) -> None:
    """Scores of ±100,000 neither overflow nor leak, forward and backward

    Where one score is far above the others, its weight is 1, theirs are 0, and the result is that
    one value. A softmax that subtracts the largest score gets there without infinity; a masked key
    must lose against any score. (#mask)
    """
    _with_gradients(remote, case)


def _keeps_its_dtype(remote: Remote, case: Typed) -> None:
    c = case.qkv
    y = remote(driver.function_as, c.q, c.k, c.v, c.causal, c.block, case.dtype, case.strided)
    expected = _expected(c)
    tolerance = DTYPES[case.dtype]
    close(y, expected, rtol=tolerance, atol=tolerance * _size(c.v), what="y")


LAYOUT = "Make new tensors with the dtype of q, and do not ask for memory in one piece (view)."


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
    _keeps_its_dtype(remote, case)


DEVICE = "Make the mask where the input is (device=x.device), or keep it with register_buffer."


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


# --- modules ------------------------------------------------------------------------------------


def _forward(case: ModuleCase) -> Forward:
    if case.sizes.kind == "head":
        return oracle.head
    if case.sizes.kind == "multihead":
        return oracle.multihead
    return lambda named: oracle.gpt2(named, case.sizes.n_head)


def _module(remote: Remote, case: ModuleCase, x: Array | None = None) -> Played:
    given = case.x if x is None else x
    return remote(driver.module, case.sizes, case.weights, given, case.up)


def _right(case: ModuleCase, x: Array | None = None) -> Array:
    return _forward(case)({"x": case.x if x is None else x, **case.weights})


def _values(remote: Remote, case: ModuleCase) -> None:
    _near(_module(remote, case).y, _right(case))


def _gradients(remote: Remote, case: ModuleCase) -> None:
    got = _module(remote, case)
    _near(got.y, _right(case))
    point = {"x": case.x, **case.weights}
    check_gradients(_forward(case), point, case.up, got.grads, case.seed, TOLERANCE)


def _causal(remote: Remote, case: ModuleFuture) -> None:
    c, t = case.module, case.t
    y = _sound(_module(remote, c).y, c.up.shape)
    other = _sound(_module(remote, c, case.replaced()).y, c.up.shape)
    close(other[:, :t], y[:, :t], rtol=0, atol=SAME * _size(y), what=f"y[:, :{t}]")
    x = c.x.copy()
    x[:, :t] += 5.0
    moved = _sound(_module(remote, c, x).y, c.up.shape)
    _looks_back(y[:, t:], moved[:, t:], _right(c)[:, t:], _right(c, x)[:, t:])


# A share of 3,000 rows deviates by √(1/4 / 3000) = 0.009 at most: five deviations, and a right
# answer is off by chance once in a million. The nearest wrong one, a dropout too few, is 0.16 off.
SHARE = 0.05
FACTOR = 1e-6  # of what is kept: two or three roundings in float32, 6e-8 each


def _drops(remote: Remote, case: Dropped) -> None:
    """With one position each weight is 1: dropout sets it to 0 or raises it to 1 / (1 − rate).

    A weight takes its whole row with it; the output's own dropout takes single numbers.
    """
    p, ones = case.rate, np.ones((case.rows, 1, 2))
    still = remote(driver.training, replace(case.sizes, dropout=0.0), case.weights, ones)
    close(still, ones, rtol=FACTOR, what="in training mode without dropout, y")
    y = remote(driver.training, case.sizes, case.weights, ones)
    _sound(y, (case.rows, 1, 2))
    alone = case.kind == "head"
    kept = 1 - p if alone else (1 - p) ** 2
    share, whole = float((y == 0).mean()), float((y == 0).all(-1).mean())
    if abs(share - (1 - kept)) > SHARE:
        fail(
            f"in training mode with dropout={p}, {share:.0%} of the results are 0, "
            f"expected about {1 - kept:.0%}"
        )
    if not np.allclose(y[y != 0], 1 / kept, rtol=FACTOR):
        fail(f"what dropout keeps must be divided by 1 − {p} at each place, here to {1 / kept:.4g}")
    expected = p if alone else p + (1 - p) * p**2
    if abs(whole - expected) > SHARE:
        fail(
            f"dropout on the weights takes all numbers of a value at once: about {expected:.0%} of "
            f"the rows should be all 0, {whole:.0%} are"
        )


LONGER = "A row may be shorter than block_size: cut the mask to T."
DROP = "nn.Dropout on the weights after the softmax; in multi-head attention also on the output."
CAUSAL = "Mask before the softmax; position t sees 0 … t, itself among them."
DETACHED = "Nothing on the way may be detached."
LEAK = "Mask with −inf: a large negative number is not small enough for every score."
FAR = "Every earlier position is seen, however far back."


@property_check(
    HEAD,
    points=3,
    case=modules("head"),
    hint="Which of the three is scaled? " + LONGER,
    steps=hints.HEAD_MATCHES_THE_FORMULA,
)
def head_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights

    Each position appears in three roles: what it asks for (query), what it can be found by (key),
    what it hands over (value). Each is a linear layer of x; the rest is the causal attention from
    before. (#the-idea)
    """
    _values(remote, case)


@property_check(
    HEAD, points=2, case=modules("head", backward=True), hint=DETACHED, steps=hints.DETACHED
)
def head_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights

    The formula settles the gradients, too. Along a random direction, the change of the result must
    be what your gradients say. (#the-idea)
    """
    _gradients(remote, case)


@property_check(HEAD, points=1, case=module_futures("head"), hint=CAUSAL, steps=hints.CAUSAL)
def head_is_causal(remote: Remote, case: ModuleFuture) -> None:
    """No position is moved by a later one

    If a later position could move an earlier result, a model would read the answer off its input
    while it trains, and find nothing of the kind when it writes. The weight of a future key is
    exactly 0, so no change of it shows. (#mask)
    """
    _causal(remote, case)


@property_check(
    HEAD, points=1, case=modules("head", scale=LARGE), examples=30, hint=LEAK, steps=hints.LEAK
)
def head_large_scores(remote: Remote, case: ModuleCase) -> None:
    """Large scores neither overflow nor leak

    Where one score is far above the others, its weight is 1, theirs are 0, and the result is that
    one value. A softmax that subtracts the largest score gets there without infinity; a masked key
    must lose against any score. (#mask)
    """
    _values(remote, case)


@property_check(HEAD, points=1, case=far("head"), examples=8, hint=FAR, steps=hints.FAR)
def head_sees_far(remote: Remote, case: ModuleCase) -> None:
    """Long rows, to the first position

    Attention reaches every earlier position in one step, however far back. That sets it apart from
    a convolution or a recurrent network. (#the-idea)
    """
    _values(remote, case)


@property_check(
    HEAD, points=1, case=modules("head", dropout=0.9), examples=10, hint=DROP, steps=hints.DROP
)
def head_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode

    Dropout is for training alone: in use, every weight counts in full. As training divides what it
    keeps by 1 − dropout, the mean is the same in both. (#many-heads)
    """
    _values(remote, case)


@property_check(HEAD, points=1, case=drops("head"), examples=2, hint=DROP, steps=hints.DROP)
def head_drops(remote: Remote, case: Dropped) -> None:
    """In training mode, weights are dropped, the others raised

    Weights are dropped by chance, so that no result leans on a single key; what stays is divided by
    1 − dropout, which keeps the mean. With one position its weight is 1, and becomes 0 or 1 / (1 −
    dropout) for the whole row. (#many-heads)
    """
    _drops(remote, case)


@property_check(
    HEAD,
    points=1,
    case=st.just(Elsewhere("head")),
    examples=1,
    hint=DEVICE,
    steps=hints.DEVICE,
    needs=["head.head_matches_the_formula"],
)
def head_any_device(remote: Remote, case: Elsewhere) -> None:
    """It would run on a GPU, too

    PyTorch does not mix devices, and a tensor made without saying where is on the CPU. So what is
    to run on a GPU makes masks and sums where its input is. (#your-turn)
    """
    remote(driver.elsewhere, case.sizes)


@property_check(
    MULTIHEAD,
    points=3,
    case=modules("multihead"),
    hint="Concatenate the heads along the last dimension, in order, then project.",
    steps=hints.MULTIHEAD_MATCHES_THE_FORMULA,
)
def multihead_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights

    Several small heads look for several things at once, for the price of one large head. Side by
    side they are num_heads · head_size numbers, which `proj` mixes into n_embd. (#many-heads)
    """
    _values(remote, case)


@property_check(
    MULTIHEAD,
    points=2,
    case=modules("multihead", backward=True),
    hint=DETACHED,
    steps=hints.DETACHED,
)
def multihead_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights

    The formula settles the gradients, too. Along a random direction, the change of the result must
    be what your gradients say. (#many-heads)
    """
    _gradients(remote, case)


@property_check(
    MULTIHEAD,
    points=1,
    case=one_heads(),
    examples=15,
    hint="Keep the heads in `heads`, an nn.ModuleList, and let each be your Head.",
    steps=hints.ONE_HEAD_IS_A_HEAD,
    needs=["head.head_matches_the_formula"],
)
def one_head_is_a_head(remote: Remote, case: OneHead) -> None:
    """With one head and an identity as `proj`, it is a Head

    With one head there is nothing to put side by side, and with an identity nothing is mixed: the
    Head itself is left. Such a law finds what a formula, copied twice, would hide. (#many-heads)
    """
    alone = case.head
    many = remote(driver.module, case.sizes, case.weights, alone.x, alone.up)
    one = remote.of(HEAD)(driver.module, alone.sizes, alone.weights, alone.x, alone.up)
    _near(many.y, _sound(one.y, alone.up.shape))


@property_check(
    MULTIHEAD,
    points=1,
    case=module_futures("multihead"),
    examples=20,
    hint=CAUSAL,
    steps=hints.CAUSAL,
)
def multihead_is_causal(remote: Remote, case: ModuleFuture) -> None:
    """No position is moved by a later one

    If a later position could move an earlier result, a model would read the answer off its input
    while it trains, and find nothing of the kind when it writes. The weight of a future key is
    exactly 0, so no change of it shows. (#mask)
    """
    _causal(remote, case)


@property_check(
    MULTIHEAD,
    points=1,
    case=modules("multihead", dropout=0.9),
    examples=10,
    hint=DROP,
    steps=hints.DROP,
)
def multihead_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode

    Dropout is for training alone: in use, every weight counts in full. As training divides what it
    keeps by 1 − dropout, the mean is the same in both. (#many-heads)
    """
    _values(remote, case)


@property_check(
    MULTIHEAD, points=1, case=drops("multihead"), examples=2, hint=DROP, steps=hints.DROP
)
def multihead_drops(remote: Remote, case: Dropped) -> None:
    """In training mode, dropout on the weights and after `proj`

    Weights are dropped by chance, so that no result leans on a single key; what stays is divided by
    1 − dropout, which keeps the mean. With one position its weight is 1, and becomes 0 or 1 / (1 −
    dropout) for the whole row. (#many-heads)
    """
    _drops(remote, case)


@property_check(
    ATTENTION,
    points=2,
    case=modules("attention"),
    examples=15,
    hint="c_attn is one Linear(C, 3C), c_proj one Linear(C, C); with a bias if config says so.",
    steps=hints.NAMES_AND_SHAPES,
)
def names_and_shapes(remote: Remote, case: ModuleCase) -> None:
    """GPT-2's parameters, by name and shape

    Checkpoints, and the rest of this course, find parameters by these names. With them, the weights
    of others fit into your module. (#many-heads)
    """
    got = remote(driver.as_built, case.sizes, case.x)
    expected = {name: list(w.shape) for name, w in case.weights.items()} | {"y": [*case.up.shape]}
    for name in [*expected, *got]:
        have, want = got.get(name), expected.get(name)
        if want is None:
            fail(f"there is a parameter {name} too many", expected=expected, actual=got, where=name)
        if have is None:
            fail(f"there is no parameter {name}", expected=expected, actual=got, where=name)
        if have != want:
            fail(f"{name} has shape {tuple(have)}, expected {tuple(want)}", where=name)


@property_check(
    ATTENTION,
    points=4,
    case=modules("attention"),
    hint="Split c_attn's output in three, view each as (B, T, nh, hs), and swap T and nh.",
    steps=hints.ATTENTION_MATCHES_THE_FORMULA,
)
def attention_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights

    One product with a (3C, C) matrix gives queries, keys and values of all heads: the same numbers
    as head by head, but quicker. New is only the bookkeeping, which of the 3C numbers belongs to
    which head. (#many-heads)
    """
    _values(remote, case)


@property_check(
    ATTENTION,
    points=3,
    case=modules("attention", backward=True),
    hint=DETACHED,
    steps=hints.DETACHED,
)
def attention_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights

    The formula settles the gradients, too. Along a random direction, the change of the result must
    be what your gradients say. (#many-heads)
    """
    _gradients(remote, case)


@property_check(
    ATTENTION, points=2, case=module_futures("attention"), hint=CAUSAL, steps=hints.CAUSAL
)
def attention_is_causal(remote: Remote, case: ModuleFuture) -> None:
    """No position is moved by a later one

    If a later position could move an earlier result, a model would read the answer off its input
    while it trains, and find nothing of the kind when it writes. The weight of a future key is
    exactly 0, so no change of it shows. (#mask)
    """
    _causal(remote, case)


@property_check(
    ATTENTION,
    points=1,
    case=modules("attention", scale=LARGE),
    examples=30,
    hint=LEAK,
    steps=hints.LEAK,
)
def attention_large_scores(remote: Remote, case: ModuleCase) -> None:
    """Large scores neither overflow nor leak

    Where one score is far above the others, its weight is 1, theirs are 0, and the result is that
    one value. A softmax that subtracts the largest score gets there without infinity; a masked key
    must lose against any score. (#mask)
    """
    _values(remote, case)


@property_check(ATTENTION, points=1, case=far("attention"), examples=8, hint=FAR, steps=hints.FAR)
def attention_sees_far(remote: Remote, case: ModuleCase) -> None:
    """Long rows, to the first position

    Attention reaches every earlier position in one step, however far back. That sets it apart from
    a convolution or a recurrent network. (#the-idea)
    """
    _values(remote, case)


@property_check(
    ATTENTION,
    points=1,
    case=rows("attention"),
    examples=15,
    hint="Nothing may stay from one call to the next: while a model writes, its rows grow.",
    steps=hints.ROWS_OF_ANY_LENGTH,
)
def rows_of_any_length(remote: Remote, case: Rows) -> None:
    """One module takes rows of different lengths in turn

    A model that writes is given 1, 2, 3, … tokens, and then begins anew. What it answers depends on
    the row alone, not on what the module has seen before. (#mask)
    """
    c = case.module
    given = [c.x[:, :n] for n in case.lengths]
    for x, y in zip(given, remote(driver.in_turn, c.sizes, c.weights, given), strict=True):
        _near(y, _right(c, x), what=f"module(x[:, :{x.shape[1]}])")


@property_check(
    ATTENTION,
    points=1,
    case=modules("attention", dropout=0.9),
    examples=10,
    hint=DROP,
    steps=hints.DROP,
)
def attention_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode

    Dropout is for training alone: in use, every weight counts in full. As training divides what it
    keeps by 1 − dropout, the mean is the same in both. (#many-heads)
    """
    _values(remote, case)


@property_check(
    ATTENTION, points=2, case=drops("attention"), examples=2, hint=DROP, steps=hints.DROP
)
def attention_drops(remote: Remote, case: Dropped) -> None:
    """In training mode, dropout on the weights and after `c_proj`

    Weights are dropped by chance, so that no result leans on a single key; what stays is divided by
    1 − dropout, which keeps the mean. With one position its weight is 1, and becomes 0 or 1 / (1 −
    dropout) for the whole row. (#many-heads)
    """
    _drops(remote, case)


@property_check(
    ATTENTION,
    points=1,
    case=st.builds(
        TypedModule, modules("attention"), st.sampled_from(["float32", "bfloat16"]), st.booleans()
    ),
    examples=15,
    hint="Masks and constants must not change the dtype, and x may lie in memory in any order.",
    steps=hints.ATTENTION_DTYPE,
)
def attention_dtype(remote: Remote, case: TypedModule) -> None:
    """Float32 and bfloat16 stay what they are, in any memory layout

    Models compute in bfloat16 to save time and memory, and many tensors are views of others. The
    result comes in the dtype of the input, as exact as that allows, however it lies in memory.
    (#your-turn)
    """
    c = case.module
    y = remote(driver.module_as, c.sizes, c.weights, c.x, case.dtype, case.strided)
    _sound(y, c.up.shape)
    if case.dtype == "float32":
        _near(y, _right(c))


@property_check(
    ATTENTION,
    points=1,
    case=st.just(Elsewhere("attention")),
    examples=1,
    hint=DEVICE,
    steps=hints.DEVICE,
    needs=["attention.attention_matches_the_formula"],
)
def attention_any_device(remote: Remote, case: Elsewhere) -> None:
    """It would run on a GPU, too

    PyTorch does not mix devices, and a tensor made without saying where is on the CPU. So what is
    to run on a GPU makes masks and sums where its input is. (#your-turn)
    """
    remote(driver.elsewhere, case.sizes)


# --- in blocks ----------------------------------------------------------------------------------


@property_check(
    BLOCKWISE,
    points=4,
    case=qkv(causal=False, block=True),
    hint="When a new block brings a larger maximum, what was summed so far must shrink with it.",
    steps=hints.BLOCKS_MATCH_THE_FORMULA,
)
def blocks_match_the_formula(remote: Remote, case: QKV) -> None:
    """Blocks of any size give what the formula gives

    The softmax needs three things of a row: its largest score m, the sum of exp(score − m), and the
    same sum weighted with the values. All can be kept up to date block by block: when m grows to
    m′, both sums are multiplied by exp(m − m′). (#blocks)
    """
    _near(_played(remote, case).y, _expected(case))


@property_check(
    BLOCKWISE,
    points=2,
    case=qkv(causal=False, block=True, backward=True),
    examples=25,
    hint="Keep to operations that autograd can follow; nothing in place on what it needs.",
    steps=hints.BLOCKS_GRADIENTS,
)
def blocks_gradients(remote: Remote, case: QKV) -> None:
    """The gradients of q, k and v are right through the blocks

    In blocks it is the same function, so it has the same gradients, in whatever order the sums are
    taken. (#blocks)
    """
    _with_gradients(remote, case)


@property_check(
    BLOCKWISE,
    points=2,
    case=qkv(causal=False, block=True, scale=LARGE, backward=True),
    examples=25,
    hint="Subtract the running maximum before every exp. It starts at −inf, not at 0.",
    steps=hints.BLOCKS_LARGE_SCORES,
)
def blocks_large_scores(remote: Remote, case: QKV) -> None:
    """Scores of ±100,000 in any block neither overflow nor vanish

    No score exceeds m, the largest so far, so no exponential exceeds 1; and that largest one adds
    exactly 1 to the total, which therefore is never 0. (#blocks)
    """
    _with_gradients(remote, case)


@property_check(
    BLOCKWISE,
    points=1,
    case=st.builds(
        Typed, qkv(causal=False, block=True), st.sampled_from(sorted(DTYPES)), st.booleans()
    ),
    examples=25,
    hint=LAYOUT,
    steps=hints.LAYOUT,
)
def blocks_any_dtype_and_layout(remote: Remote, case: Typed) -> None:
    """Any dtype stays what it is, in any memory layout

    Models compute in bfloat16 to save time and memory, and many tensors are views of others. The
    result comes in the dtype of the input, as exact as that allows, however it lies in memory.
    (#your-turn)
    """
    _keeps_its_dtype(remote, case)


@property_check(
    BLOCKWISE,
    points=1,
    case=st.just(Elsewhere("blockwise")),
    examples=1,
    hint="Make the sums where q is: q.new_zeros, torch.zeros_like, or device=q.device.",
    steps=hints.BLOCKS_ANY_DEVICE,
    needs=["blockwise.blocks_match_the_formula"],
)
def blocks_any_device(remote: Remote, case: Elsewhere) -> None:
    """It would run on a GPU, too

    PyTorch does not mix devices, and a tensor made without saying where is on the CPU. So what is
    to run on a GPU makes masks and sums where its input is. (#your-turn)
    """
    remote(driver.elsewhere, case.sizes)


@property_check(
    BLOCKWISE,
    points=2,
    case=st.just(Long(4096, 8, 128)),
    examples=1,
    hint="Never hold scores of all queries against all keys: loop over blocks.",
    steps=hints.MEMORY_IS_LINEAR,
    needs=["blockwise.blocks_match_the_formula"],
)
def memory_is_linear(remote: Remote, case: Long) -> None:
    """Memory grows with T, not with T²

    All scores at once are T² numbers: 64 MiB for one head of 4,096 positions in float32. In blocks
    it is T times a few, so twice the positions take twice the memory, and not four times. (#blocks)
    """
    T, d, block = case.T, case.d, case.block
    calls = [(n, d, block) for n in (2 * block, T // 2, T)]
    _, half, peak = remote.peaks(driver.long, *calls)
    whole = T * T * 4
    if peak > whole // 4:
        fail(
            f"{T:,} positions in blocks of {block} took {peak >> 20} MiB; in float32 all scores "
            f"at once take {whole >> 20} MiB, and a quarter of that is allowed"
        )
    if peak > 3 * half + (1 << 20):
        fail(
            f"{T // 2:,} positions took {half >> 10:,} KiB and twice as many {peak >> 10:,} KiB: "
            "more than three times the memory, where twice is expected"
        )
