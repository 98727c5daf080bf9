"""What must hold of attention, judged in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson3_attention import (
    ATTENTION,
    BLOCKWISE,
    HEAD,
    MULTIHEAD,
    SDPA,
    driver,
    oracle,
)
from grader.lessons.lesson3_attention.driver import Played, Sizes
from grader.lessons.lesson3_attention.strategies import QKV, ModuleCase, modules, qkv

RTOL, ATOL = 1e-8, 1e-10


class As:
    """A case in a dtype and, where `strided`, with inputs that are not contiguous."""

    def __init__(self, qkv: QKV, dtype: str, strided: bool) -> None:
        self.qkv, self.dtype, self.strided = qkv, dtype, strided

    def snippet(self) -> str:
        code = self.qkv.snippet().replace("torch.float64", f"torch.{self.dtype}")
        if self.strided:
            lines = code.split("\n")
            lines.insert(-1, "q, k, v = (t.mT.contiguous().mT for t in (q, k, v))")
            code = "\n".join(lines)
        return code


def _played(remote: Remote, case: QKV) -> Played:
    return remote(driver.attend, case.q, case.k, case.v, case.causal, case.up)


def _qkv_forward(case: QKV) -> Callable[[Named], Array]:
    return lambda p: oracle.attention(p["q"], p["k"], p["v"], case.causal)


def _match(got: Played, forward: Callable[[Named], Array], point: Named, up: Array) -> None:
    close(got.y, forward(point), rtol=RTOL, atol=ATOL, what="y")
    check_gradients(forward, point, up, got.grads, seed=up.size)


# --- scaled dot-product attention ---------------------------------------------------------------


@property_check(
    SDPA,
    points=3,
    case=qkv(causal=False),
    hint="Divide by the square root of the size of a key, before the softmax over the keys.",
)
def matches_the_formula(remote: Remote, case: QKV) -> None:
    """Without a mask: softmax(q kᵀ / √d) v"""
    close(
        _played(remote, case).y,
        oracle.attention(case.q, case.k, case.v, causal=False),
        rtol=RTOL,
        atol=ATOL,
        what="y",
    )


@property_check(
    SDPA,
    points=3,
    case=qkv(causal=True),
    hint="The queries are the last Tq of Tk positions: query i sees keys 0 … i + Tk − Tq.",
)
def causal_matches_the_formula(remote: Remote, case: QKV) -> None:
    """With the causal mask, aligned at the bottom right"""
    close(
        _played(remote, case).y,
        oracle.attention(case.q, case.k, case.v, causal=True),
        rtol=RTOL,
        atol=ATOL,
        what="y",
    )


@property_check(
    SDPA,
    points=3,
    case=qkv(backward=True),
    hint="Every step from q, k and v to y must be one that autograd can follow.",
)
def gradients(remote: Remote, case: QKV) -> None:
    """The gradients of q, k and v are right"""
    point = {"q": case.q, "k": case.k, "v": case.v}
    _match(_played(remote, case), _qkv_forward(case), point, case.up)


@property_check(
    SDPA,
    points=2,
    case=qkv(causal=True, square=True),
    hint="A mask of −inf before the softmax leaves weights of exactly 0.",
)
def past_ignores_the_future(remote: Remote, case: QKV) -> None:
    """No position is moved by a later one"""
    y = _played(remote, case).y
    for t in range(1, case.Tk):
        k, v = case.k.copy(), case.v.copy()
        k[..., t:, :], v[..., t:, :] = 7.0, 1e6
        other = remote(driver.attend, case.q, k, v, True, case.up).y
        close(other[..., :t, :], y[..., :t, :], rtol=0, atol=1e-9, what=f"y[…, :{t}, :]")


@property_check(
    SDPA,
    points=2,
    case=qkv(causal=False),
    hint="Without a mask, attention does not know where a key stands.",
)
def order_is_free(remote: Remote, case: QKV) -> None:
    """Without the mask, the order of keys means nothing"""
    order = np.random.default_rng(case.seed).permutation(case.Tk)
    k, v = case.k[..., order, :], case.v[..., order, :]
    y = _played(remote, case).y
    moved = remote(driver.attend, case.q, k, v, False, case.up).y
    close(moved, y, rtol=1e-9, atol=1e-10, what="y")
    turned = remote(driver.attend, case.q[..., ::-1, :], case.k, case.v, False, case.up).y
    close(turned, y[..., ::-1, :], rtol=1e-9, atol=1e-10, what="y")


@property_check(
    SDPA,
    points=2,
    case=qkv(),
    hint="Each query's weights are a softmax over the keys it sees.",
)
def weights_sum_to_one(remote: Remote, case: QKV) -> None:
    """Weights sum to 1: values of 1 give results of 1"""
    ones = np.ones_like(case.v)
    got = remote(driver.attend, case.q, case.k, ones, case.causal, case.up)
    close(got.y, np.ones_like(case.up), rtol=1e-9, atol=0, what="y")


@property_check(
    SDPA,
    points=1,
    case=qkv(),
    hint="Softmax does not change when all scores of a row grow by the same number.",
)
def shifting_all_keys(remote: Remote, case: QKV) -> None:
    """Adding the same vector to every key changes nothing"""
    shift = np.random.default_rng(case.seed).normal(size=case.d)
    moved = remote(driver.attend, case.q, case.k + shift, case.v, case.causal, case.up).y
    close(moved, _played(remote, case).y, rtol=1e-7, atol=1e-9, what="y")


@property_check(
    SDPA,
    points=2,
    case=qkv(scale=300.0),
    hint="Mask with −inf: a large negative number is not small enough for every score.",
)
def large_scores(remote: Remote, case: QKV) -> None:
    """Scores of ±10,000 neither overflow nor leak"""
    expected = oracle.attention(case.q, case.k, case.v, case.causal)
    close(_played(remote, case).y, expected, rtol=1e-6, atol=1e-8, what="y")


DTYPES = {"float32": 2e-5, "float64": 1e-9, "bfloat16": 5e-2}


@property_check(
    SDPA,
    points=2,
    case=st.builds(As, qkv(), st.sampled_from(sorted(DTYPES)), st.booleans()),
    hint="Make new tensors with the dtype of q, and do not ask for memory in one piece (view).",
)
def any_dtype_and_layout(remote: Remote, case: As) -> None:
    """Any dtype stays what it is, in any memory layout"""
    c = case.qkv
    y = remote(driver.attend_as, c.q, c.k, c.v, c.causal, case.dtype, case.strided)
    tolerance = DTYPES[case.dtype] * max(1.0, float(np.abs(c.v).max()))
    expected = oracle.attention(c.q, c.k, c.v, c.causal)
    close(y, expected, rtol=DTYPES[case.dtype], atol=tolerance, what="y")


# --- modules ------------------------------------------------------------------------------------


def _forward(case: ModuleCase) -> Callable[[Named], Array]:
    if case.sizes.kind == "head":
        return oracle.head
    if case.sizes.kind == "multihead":
        return oracle.multihead
    return lambda named: oracle.gpt2(named, case.sizes.n_head)


def _module(remote: Remote, case: ModuleCase, x: Array | None = None) -> Played:
    given = case.x if x is None else x
    return remote(driver.module, case.sizes, case.weights, given, case.up)


def _values(remote: Remote, case: ModuleCase) -> None:
    expected = _forward(case)({"x": case.x, **case.weights})
    close(_module(remote, case).y, expected, rtol=RTOL, atol=ATOL, what="y")


def _gradients(remote: Remote, case: ModuleCase) -> None:
    _match(_module(remote, case), _forward(case), {"x": case.x, **case.weights}, case.up)


def _causal(remote: Remote, case: ModuleCase) -> None:
    y = _module(remote, case).y
    for t in range(1, case.T):
        x = case.x.copy()
        x[:, t:] += 5.0
        got = _module(remote, case, x).y[:, :t]
        close(got, y[:, :t], rtol=0, atol=1e-9, what=f"y[:, :{t}]")


def _eval(remote: Remote, case: ModuleCase) -> None:
    """Dropout is off in eval mode, however high its rate."""
    _values(remote, replace(case, sizes=replace(case.sizes, dropout=0.9)))


def _shapes(remote: Remote, case: ModuleCase, expected: dict[str, tuple[int, ...]]) -> None:
    got = remote(driver.as_built, case.sizes, case.x)
    wanted = {name: list(shape) for name, shape in expected.items()}
    wanted["y"] = [case.B, case.T, case.width]
    if got != wanted:
        fail(
            "the parameters, or the output, have other names or shapes", expected=wanted, actual=got
        )


def _drops(remote: Remote, kind: str, rate: float, places: int) -> None:
    """With T = 1 each weight is 1: dropout sets it to 0 or raises it to 1 / (1 − rate).

    `places` tells how many dropouts an element passes on its way.
    """
    size, rows = 2, 3000
    sizes = Sizes(kind, size, 1, size, 1, dropout=rate, bias=False)
    case = ModuleCase(sizes, rows, 1, seed=1)
    eye = np.eye(size)
    weights: Named = {name: np.zeros(w.shape) for name, w in case.weights.items()}
    for name in weights:
        if name.endswith("value.weight") or name in ("proj.weight", "c_proj.weight"):
            weights[name] = eye
        elif name == "c_attn.weight":
            weights[name] = np.concatenate([eye, eye, eye])
    y = remote(driver.training, sizes, weights, np.ones((rows, 1, size)))
    if y.shape != (rows, 1, size):
        fail(f"y has shape {y.shape}, expected {(rows, 1, size)}")
    kept = (1 - rate) ** places
    share, raised = float((y == 0).mean()), 1 / kept
    if abs(share - (1 - kept)) > 0.06:
        fail(
            f"in training mode with dropout={rate}, {share:.0%} of the results are 0, "
            f"expected about {1 - kept:.0%}"
        )
    if not np.allclose(y[y != 0], raised, rtol=1e-9):
        fail(
            f"what dropout keeps must be raised by 1 / (1 − {rate}) at each place, to {raised:.4g}"
        )
    if kind == "head" and not np.array_equal(y[..., 0], y[..., 1]):
        fail("dropout in a head drops weights, and with one its whole value, not single numbers")


RATES = st.sampled_from([0.2, 0.5])
LONGER = "A row may be shorter than block_size: cut the mask to T."
DROP = "nn.Dropout on the weights after the softmax; in multi-head attention also on the output."
CAUSAL = "Mask before the softmax; position t sees 0 … t, itself among them."


@property_check(
    HEAD, points=3, case=modules("head"), hint="Which of the three is scaled? " + LONGER
)
def head_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights"""
    _values(remote, case)


@property_check(
    HEAD, points=2, case=modules("head", backward=True), hint="Nothing on the way may be detached."
)
def head_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights"""
    _gradients(remote, case)


@property_check(HEAD, points=1, case=modules("head", longer=True), examples=15, hint=CAUSAL)
def head_is_causal(remote: Remote, case: ModuleCase) -> None:
    """No position is moved by a later one"""
    _causal(remote, case)


@property_check(HEAD, points=1, case=modules("head"), examples=10, hint=DROP)
def head_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode"""
    _eval(remote, case)


@property_check(HEAD, points=1, case=RATES, examples=2, hint=DROP)
def head_drops(remote: Remote, rate: float) -> None:
    """In training mode, weights are dropped, the others raised"""
    _drops(remote, "head", rate, places=1)


@property_check(
    MULTIHEAD,
    points=3,
    case=modules("multihead"),
    hint="Concatenate the heads along the last dimension, in order, then project.",
)
def multihead_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights"""
    _values(remote, case)


@property_check(
    MULTIHEAD,
    points=2,
    case=modules("multihead", backward=True),
    hint="Nothing on the way may be detached.",
)
def multihead_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights"""
    _gradients(remote, case)


@property_check(
    MULTIHEAD,
    points=1,
    case=modules("head", longer=True),
    examples=15,
    hint="Keep the heads in `heads`, an nn.ModuleList, and let each be your Head.",
    needs=["head.head_matches_the_formula"],
)
def one_head_is_a_head(remote: Remote, case: ModuleCase) -> None:
    """With one head and an identity as `proj`, it is a Head"""
    s = replace(case.sizes, kind="multihead", n_embd=case.sizes.head_size)
    alone = replace(case, sizes=replace(s, kind="head"))
    weights = {f"heads.0.{name}": w for name, w in alone.weights.items()}
    weights |= {"proj.weight": np.eye(s.head_size), "proj.bias": np.zeros(s.head_size)}
    many = remote(driver.module, s, weights, alone.x, alone.up)
    one = remote.of(HEAD)(driver.module, alone.sizes, alone.weights, alone.x, alone.up)
    close(many.y, one.y, rtol=1e-9, atol=1e-10, what="y")


@property_check(
    MULTIHEAD, points=1, case=modules("multihead", longer=True), examples=15, hint=CAUSAL
)
def multihead_is_causal(remote: Remote, case: ModuleCase) -> None:
    """No position is moved by a later one"""
    _causal(remote, case)


@property_check(MULTIHEAD, points=1, case=modules("multihead"), examples=10, hint=DROP)
def multihead_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode"""
    _eval(remote, case)


@property_check(MULTIHEAD, points=1, case=RATES, examples=2, hint=DROP)
def multihead_drops(remote: Remote, rate: float) -> None:
    """In training mode, dropout on the weights and after `proj`"""
    _drops(remote, "multihead", rate, places=2)


@property_check(
    ATTENTION,
    points=2,
    case=modules("attention"),
    examples=15,
    hint="c_attn is one Linear(C, 3C), c_proj one Linear(C, C); with a bias if config says so.",
)
def names_and_shapes(remote: Remote, case: ModuleCase) -> None:
    """GPT-2's parameters, by name and shape"""
    _shapes(remote, case, {name: w.shape for name, w in case.weights.items()})


@property_check(
    ATTENTION,
    points=4,
    case=modules("attention"),
    hint="Split c_attn's output in three, view each as (B, T, nh, hs), and swap T and nh.",
)
def attention_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights"""
    _values(remote, case)


@property_check(
    ATTENTION,
    points=3,
    case=modules("attention", backward=True),
    hint="Nothing on the way may be detached.",
)
def attention_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights"""
    _gradients(remote, case)


@property_check(
    ATTENTION, points=2, case=modules("attention", longer=True), examples=15, hint=CAUSAL
)
def attention_is_causal(remote: Remote, case: ModuleCase) -> None:
    """No position is moved by a later one"""
    _causal(remote, case)


@property_check(ATTENTION, points=1, case=modules("attention"), examples=10, hint=DROP)
def attention_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode"""
    _eval(remote, case)


@property_check(ATTENTION, points=2, case=RATES, examples=2, hint=DROP)
def attention_drops(remote: Remote, rate: float) -> None:
    """In training mode, dropout on the weights and after `c_proj`"""
    _drops(remote, "attention", rate, places=2)


@property_check(
    ATTENTION,
    points=1,
    case=st.tuples(modules("attention"), st.sampled_from(["float32", "bfloat16"])),
    examples=10,
    hint="Masks and constants must not change the dtype.",
)
def attention_dtype(remote: Remote, case: tuple[ModuleCase, str]) -> None:
    """Float32 and bfloat16 stay what they are"""
    c, dtype = case
    y = remote(driver.module_as, c.sizes, c.weights, c.x, dtype)
    if y.shape != c.up.shape:
        fail(f"y has shape {y.shape}, expected {c.up.shape}")


# --- in blocks ----------------------------------------------------------------------------------


@property_check(
    BLOCKWISE,
    points=4,
    case=qkv(causal=False, block=True),
    hint="When a new block brings a larger maximum, what was summed so far must shrink with it.",
)
def blocks_match_the_formula(remote: Remote, case: QKV) -> None:
    """Blocks of any size give what the formula gives"""
    got = remote(driver.blocks, case.q, case.k, case.v, case.block, case.up)
    expected = oracle.attention(case.q, case.k, case.v, causal=False)
    close(got.y, expected, rtol=RTOL, atol=ATOL, what="y")


@property_check(
    BLOCKWISE,
    points=2,
    case=qkv(causal=False, block=True, backward=True),
    examples=25,
    hint="Keep to operations that autograd can follow; nothing in place on what it needs.",
)
def blocks_gradients(remote: Remote, case: QKV) -> None:
    """The gradients of q, k and v are right through the blocks"""
    got = remote(driver.blocks, case.q, case.k, case.v, case.block, case.up)
    point = {"q": case.q, "k": case.k, "v": case.v}
    _match(got, _qkv_forward(case), point, case.up)


@property_check(
    BLOCKWISE,
    points=2,
    case=qkv(causal=False, block=True, scale=100.0),
    examples=25,
    hint="Subtract the running maximum before every exp.",
)
def blocks_large_scores(remote: Remote, case: QKV) -> None:
    """Scores of ±10,000 in any block neither overflow nor vanish"""
    got = remote(driver.blocks, case.q, case.k, case.v, case.block, case.up)
    expected = oracle.attention(case.q, case.k, case.v, causal=False)
    close(got.y, expected, rtol=1e-6, atol=1e-8, what="y")


@property_check(
    BLOCKWISE,
    points=2,
    case=st.just(4096),
    examples=1,
    hint="Never hold scores of all queries against all keys: loop over blocks of both.",
    needs=["blockwise.blocks_match_the_formula"],
)
def memory_is_linear(remote: Remote, T: int) -> None:
    """Memory grows with T, not with T²"""
    d, block, whole = 8, 128, T * T * 4
    _, peak = remote.peaks(driver.long, (block * 2, d, block), (T, d, block))
    if peak > whole // 4:
        fail(
            f"{T:,} positions in blocks of {block} took {peak >> 20} MiB; in float32 all scores "
            f"at once take {whole >> 20} MiB, and a quarter of that is allowed"
        )
