"""What must hold of batches, and of the loss that is estimated from some."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import BATCHES, EVALUATION, driver, oracle
from grader.lessons.lesson5_gpt.driver import Estimated, Seen
from grader.lessons.lesson5_gpt.strategies.loop import BatchCase, LoopCase, batches, distinct, loops

# Losses and their mean may be in float32 (u = 6e-8), and so may the gradient's norm and the factors
# that come of both; torch's own clipping adds 1e-6 to the norm. A run has up to 6 steps with a rate
# of up to 0.5 and gradients of up to 1, which momentum may add up to 5: a few u of these is 2e-6,
# and 1e-6 / 0.05 of steps that are clipped to 0.05 is 3e-6 in all.
LOOP = 1e-5
MODES = {True: "training", False: "eval"}

# --- batches ------------------------------------------------------------------------------------


def _batch(remote: Remote, case: BatchCase) -> tuple[Array, Array]:
    """Inputs and targets; fails unless both are (batch_size, block_size)."""
    x, y = remote(driver.batch, case.tokens, case.batch_size, case.block_size, case.seed)
    shape = (case.batch_size, case.block_size)
    if x.shape != shape or y.shape != shape:
        fail(f"inputs {x.shape} and targets {y.shape}, expected {shape} for both")
    return x, y


@property_check(
    BATCHES, points=2, case=batches(), hint="The target of a token is the token that follows it."
)
def targets_follow(remote: Remote, case: BatchCase) -> None:
    """Rows are windows of the text; targets are one further on"""
    x, y = _batch(remote, case)
    close(x, x[:, :1] + np.arange(case.block_size), what="inputs")
    close(y, x + 1, what="targets")


@property_check(
    BATCHES,
    points=2,
    case=st.integers(1, 5),
    examples=5,
    hint="How many windows of block_size + 1 tokens does the text have? Draw among just these.",
)
def every_window_is_drawn(remote: Remote, block_size: int) -> None:
    """Every window is drawn about equally often"""
    case = BatchCase(block_size + 8, 4000, block_size, seed=block_size)
    counts = Counter(_batch(remote, case)[0][:, 0].tolist())
    expected = case.batch_size / 8
    for start in range(8):
        if abs(counts[start] - expected) > 6 * math.sqrt(expected):
            fail(f"window {start} of 0 … 7 came {counts[start]} times, expected about {expected:g}")


@property_check(
    BATCHES,
    points=1,
    case=batches(),
    examples=10,
    hint="Draw from the generator that you are given; drawing moves it on.",
)
def the_generator_decides(remote: Remote, case: BatchCase) -> None:
    """The same generator state gives the same batch, another one another"""
    c = replace(case, batch_size=20, length=case.block_size + 50)
    first, again = _batch(remote, c)[0], _batch(remote, c)[0]
    if not np.array_equal(first, again):
        fail("two generators of the same seed gave different batches")
    if np.array_equal(first, _batch(remote, replace(c, seed=c.seed + 1))[0]):
        fail("generators of different seeds gave the same batch")
    drawn = remote(driver.batches, c.tokens, c.batch_size, c.block_size, c.seed, 2)
    if len(drawn) != 2 or np.array_equal(drawn[0][0], drawn[1][0]):
        fail("the same generator gave the same batch twice, one after the other")


@property_check(
    BATCHES,
    case=st.tuples(st.integers(1, 5), st.integers(0, 5)),
    examples=8,
    advisory=True,
    hint="A window needs block_size + 1 tokens.",
)
def a_short_text_is_refused(remote: Remote, case: tuple[int, int]) -> None:
    """Beyond the lecture: a text without a whole window is a ValueError"""
    block_size, length = case[0], min(case)
    name = remote(driver.batch_error, np.arange(length), block_size)
    if name != "ValueError":
        fail(f"{length} tokens hold no window of {block_size} + 1: {name or 'no error'}")


# --- evaluation ---------------------------------------------------------------------------------


def drawn(c: LoopCase, seen: Seen) -> list[tuple[Array, Array]]:
    """The batches that a model saw; fails unless each is of the size asked for, and from the text.

    Fails where all of several are the same, too.
    """
    size, T = (c.loop.batch_size, c.loop.block_size), c.loop.block_size
    notes = seen.targets, seen.training, seen.grads_on, seen.low_precision
    if any(len(note) != len(seen.inputs) for note in notes):
        fail("the model's notes do not fit together")
    windows = {tuple(w) for w in np.lib.stride_tricks.sliding_window_view(c.tokens, T + 1).tolist()}
    for x, y in zip(seen.inputs, seen.targets, strict=True):
        if x.shape != size or y.shape != size:
            fail(f"the model was given inputs {x.shape} and targets {y.shape}, expected {size}")
        rows = np.concatenate([x, y[:, -1:]], axis=1)
        if not np.array_equal(x[:, 1:], y[:, :-1]) or not windows.issuperset(
            map(tuple, rows.tolist())
        ):
            fail("the model was given rows and targets that no get_batch takes from the text")
    return [(x.astype(int), y.astype(int)) for x, y in zip(seen.inputs, seen.targets, strict=True)]


def _estimated(remote: Remote, c: LoopCase, mode: bool) -> Estimated:
    return remote(driver.estimate, c.table, c.tokens, c.loop, mode)


@property_check(
    EVALUATION,
    points=3,
    case=st.tuples(loops(eval_batches=4), st.booleans()),
    examples=20,
    hint="model.eval(), no gradients, the mean over eval_batches, and the old mode at the end.",
)
def estimates_the_loss(remote: Remote, case: tuple[LoopCase, bool]) -> None:
    """The mean loss, in eval mode, without gradients, mode restored"""
    c, mode = case
    got = _estimated(remote, c, mode)
    batches = drawn(c, got.seen)
    if len(got.seen.inputs) != c.loop.eval_batches:
        fail(f"{len(got.seen.inputs)} batches were drawn, expected {c.loop.eval_batches}")
    if any(got.seen.training):
        fail("the model was in training mode while it was evaluated")
    if any(got.seen.grads_on):
        fail("gradients were on: evaluate under torch.no_grad()")
    if got.training_after is not mode:
        fail(f"the model was in {MODES[mode]} mode before, and in {MODES[not mode]} mode after")
    close(got.table, c.table, rtol=0, atol=0, what="the model's weights")
    losses = [oracle.bigram_gradient(c.table, x, y)[0] for x, y in batches]
    close(got.loss, sum(losses) / len(losses), rtol=LOOP, what="the estimate")


@property_check(
    EVALUATION,
    points=1,
    case=distinct(eval_batches=3),
    examples=5,
    hint="Hand the generator on to get_batch.",
)
def the_generator_draws(remote: Remote, case: LoopCase) -> None:
    """Its batches differ, and come from the generator that is given"""
    first, again = (drawn(case, _estimated(remote, case, True).seen) for _ in range(2))
    inputs = [x for x, _ in first]
    if not np.array_equal(inputs, [x for x, _ in again]):
        fail("two generators of the same seed gave different batches")
    if all(np.array_equal(x, inputs[0]) for x in inputs):
        fail(f"all {len(inputs)} batches were the same")
