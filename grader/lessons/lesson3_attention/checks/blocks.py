"""What must hold of attention in blocks."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, fail, property_check
from grader.lessons.lesson3_attention import BLOCKWISE, driver, hints
from grader.lessons.lesson3_attention.checks.judging import (
    DTYPES,
    LAYOUT,
    keeps_its_dtype,
    matches,
    with_gradients,
)
from grader.lessons.lesson3_attention.strategies.devices import Elsewhere
from grader.lessons.lesson3_attention.strategies.functions import QKV, Long, Typed, qkv
from grader.lessons.lesson3_attention.strategies.numbers import LARGE
from zth.language import tr


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
    matches(remote, case)


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
    with_gradients(remote, case)


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
    with_gradients(remote, case)


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
    keeps_its_dtype(remote, case)


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
    # Two runs differ by some KiB, and must say the same: else the failure would be called flaky.
    if peak > whole // 4:
        message = tr(
            "{count:,} positions in blocks of {block} took more than {peak} MiB; in float32 all "
            "scores at once take {whole} MiB, and a quarter of that is allowed",
            count=T,
            block=block,
            peak=(1 << peak.bit_length() - 1) >> 20,
            whole=whole >> 20,
        )
        fail(message)
    if peak > 3 * half + (1 << 20):
        # What half as many take may once have fitted into what was free already: asked again.
        _, again, once_more = remote.peaks(driver.long, *calls)
        half, peak = max(half, again), min(peak, once_more)
    if peak > 3 * half + (1 << 20):
        message = tr(
            "{count:,} positions took more than three times the memory of half as many, where "
            "twice is expected",
            count=T,
        )
        fail(message)
