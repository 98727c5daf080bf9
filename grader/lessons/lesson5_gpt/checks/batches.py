"""What must hold of batches, and of the loss that is estimated from some."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import BATCHES, EVALUATION, driver, oracle
from grader.lessons.lesson5_gpt.checks.judging import mode_kept
from grader.lessons.lesson5_gpt.driver import Estimated, Seen
from grader.lessons.lesson5_gpt.hints import training as hints
from grader.lessons.lesson5_gpt.strategies.batches import (
    BatchCase,
    NoWindow,
    Redrawn,
    Windows,
    batches,
    eight_windows,
    no_windows,
    redrawn,
)
from grader.lessons.lesson5_gpt.strategies.loop import (
    Estimate,
    LoopCase,
    distinct_estimates,
    estimates,
)
from zth.language import tr

# Losses and their mean may be in float32 (u = 6e-8), and so may the gradient's norm and the factors
# that come of both; torch's own clipping adds 1e-6 to the norm. A run has up to 6 steps with a rate
# of up to 0.5 and gradients of up to 1, which momentum may add up to 5: a few u of these is 2e-6,
# and 1e-6 / 0.05 of steps that are clipped to 0.05 is 3e-6 in all: twice that is allowed. Measured
# with losses and norms in float32 and torch's clipping, 200 cases: 1e-7. The nearest known mistakes
# are off by 4e-4 (a weight decay of its own) and 2e-2.
LOOP = 1e-5

# --- batches ------------------------------------------------------------------------------------


def _batch(remote: Remote, case: BatchCase, seed: int | None = None) -> tuple[Array, Array]:
    """Inputs and targets; fails unless both are (batch_size, block_size)."""
    seed = case.seed if seed is None else seed
    x, y = remote(driver.batch, case.tokens, case.batch_size, case.block_size, seed)
    shape = (case.batch_size, case.block_size)
    if x.shape != shape or y.shape != shape:
        message = tr(
            "inputs {inputs} and targets {targets}, expected {shape} for both",
            inputs=x.shape,
            targets=y.shape,
            shape=shape,
        )
        fail(message)
    return x, y


@property_check(
    BATCHES,
    points=2,
    case=batches(),
    hint="The target of a token is the token that follows it.",
    steps=hints.TARGETS_FOLLOW,
)
def targets_follow(remote: Remote, case: BatchCase) -> None:
    """Rows are windows of the text; targets are one further on

    A row of T tokens is T exercises at once: after each of its tokens, which one follows? So the
    targets are the same window, one token on. In the texts of this check every token occurs once,
    which shows where each came from. (#batches)
    """
    x, y = _batch(remote, case)
    close(x, x[:, :1] + np.arange(case.block_size), what=tr("inputs"))
    close(y, x + 1, what=tr("targets"))


@property_check(
    BATCHES,
    points=2,
    case=eight_windows(),
    examples=5,
    hint="How many windows of block_size + 1 tokens does the text have? Draw among just these.",
    steps=hints.EVERY_WINDOW_IS_DRAWN,
)
def every_window_is_drawn(remote: Remote, case: Windows) -> None:
    """Every window is drawn about equally often

    If a window can never come, the model never sees its last token as a target; in a long text
    nobody notices. Here the text has eight windows, and of 4,000 draws each should get about 500,
    give or take 22 or so. More than six times that is no chance. (#batches)
    """
    counts = Counter(_batch(remote, case)[0][:, 0].tolist())
    expected = case.batch_size / 8
    for start in range(8):
        if abs(counts[start] - expected) > 6 * math.sqrt(expected):
            message = tr(
                "window {start} of 0 … 7 came {count} times, expected about {expected}",
                start=start,
                count=counts[start],
                expected=f"{expected:g}",
            )
            fail(message)


@property_check(
    BATCHES,
    points=1,
    case=redrawn(),
    examples=10,
    hint="Draw from the generator that you are given; drawing moves it on.",
    steps=hints.THE_GENERATOR_DECIDES,
)
def the_generator_decides(remote: Remote, case: Redrawn) -> None:
    """The same generator state gives the same batch, another one another

    A generator is where chance comes from. Two in the same state give the same numbers, and each
    draw moves one on. So who holds the generator can repeat a batch, and a run can be repeated to
    the last bit. (#batches)
    """
    first, again = _batch(remote, case)[0], _batch(remote, case)[0]
    if not np.array_equal(first, again):
        fail(tr("two generators of the same seed gave different batches"))
    if np.array_equal(first, _batch(remote, case, case.seed + 1)[0]):
        fail(tr("generators of different seeds gave the same batch"))
    asked = case.tokens, case.batch_size, case.block_size, case.seed, 2
    drawn = remote(driver.batches, *asked)
    if len(drawn) != 2 or np.array_equal(drawn[0][0], drawn[1][0]):
        fail(tr("the same generator gave the same batch twice, one after the other"))


@property_check(
    BATCHES,
    case=no_windows(),
    examples=8,
    advisory=True,
    hint="A window needs block_size + 1 tokens.",
)
def a_short_text_is_refused(remote: Remote, case: NoWindow) -> None:
    """Beyond the lecture: a text without a whole window is a ValueError

    A row of block_size tokens and the target of its last one make block_size + 1. A text that is
    shorter has no window at all, and a clear word about it is worth more than what torch.randint
    says of an empty range. (#batches)
    """
    name = remote(driver.batch_error, case.tokens, case.block_size)
    if name != "ValueError":
        message = tr(
            "{length} tokens hold no window of {block_size} + 1: {what}",
            length=case.length,
            block_size=case.block_size,
            what=name or tr("no error"),
        )
        fail(message)


# --- evaluation ---------------------------------------------------------------------------------


def drawn(c: LoopCase, seen: Seen) -> list[tuple[Array, Array]]:
    """The batches that a model saw; fails unless each is of the size asked for, and from the text.

    Fails where all of several are the same, too.
    """
    size, T = (c.loop.batch_size, c.loop.block_size), c.loop.block_size
    notes = seen.targets, seen.training, seen.grads_on, seen.low_precision
    if any(len(note) != len(seen.inputs) for note in notes):
        fail(tr("the model's notes do not fit together"))
    windows = {tuple(w) for w in np.lib.stride_tricks.sliding_window_view(c.tokens, T + 1).tolist()}
    for x, y in zip(seen.inputs, seen.targets, strict=True):
        if x.shape != size or y.shape != size:
            message = tr(
                "the model was given inputs {inputs} and targets {targets}, expected {size}",
                inputs=x.shape,
                targets=y.shape,
                size=size,
            )
            fail(message)
        rows = np.concatenate([x, y[:, -1:]], axis=1)
        if not np.array_equal(x[:, 1:], y[:, :-1]) or not windows.issuperset(
            map(tuple, rows.tolist())
        ):
            fail(tr("the model was given rows and targets that no get_batch takes from the text"))
    return [(x.astype(int), y.astype(int)) for x, y in zip(seen.inputs, seen.targets, strict=True)]


def _estimated(remote: Remote, case: Estimate) -> Estimated:
    c = case.run
    return remote(driver.estimate, c.table, c.tokens, c.loop, case.training)


@property_check(
    EVALUATION,
    points=3,
    case=estimates(),
    examples=20,
    hint="model.eval(), no gradients, the mean over eval_batches, and the old mode at the end.",
    steps=hints.ESTIMATES_THE_LOSS,
)
def estimates_the_loss(remote: Remote, case: Estimate) -> None:
    """The mean loss, in eval mode, without gradients, mode restored

    The loss of one batch jumps about; the mean of several does so less. It is to be the loss of the
    model as it will be used, so without dropout. Gradients are not needed, and without them no
    activations are kept. And an estimate is a question: it leaves no trace in the model.
    (#evaluation)
    """
    c, got = case.run, _estimated(remote, case)
    batches = drawn(c, got.seen)
    if len(batches) != c.loop.eval_batches:
        message = tr(
            "{count} batches were drawn, expected {expected}",
            count=len(batches),
            expected=c.loop.eval_batches,
        )
        fail(message)
    if any(got.seen.training):
        fail(tr("the model was in training mode while it was evaluated"))
    if any(got.seen.grads_on):
        fail(tr("gradients were on: evaluate under torch.no_grad()"))
    mode_kept(case.training, got.training_after)
    close(got.table, c.table, rtol=0, atol=0, what=tr("the model's weights"))
    losses = [oracle.bigram_gradient(c.table, x, y)[0] for x, y in batches]
    close(got.loss, sum(losses) / len(losses), rtol=LOOP, what=tr("the estimate"))


@property_check(
    EVALUATION,
    points=1,
    case=distinct_estimates(),
    examples=5,
    hint="Hand the generator on to get_batch.",
    steps=hints.THE_GENERATOR_DRAWS,
)
def the_generator_draws(remote: Remote, case: Estimate) -> None:
    """Its batches differ, and come from the generator that is given

    Several batches say more than one only if they differ. And whoever passes a generator can ask
    the same question of two models: the same batches for both, and the difference is the models'.
    (#evaluation)
    """
    first, again = (drawn(case.run, _estimated(remote, case).seen) for _ in range(2))
    inputs = [x for x, _ in first]
    if not np.array_equal(inputs, [x for x, _ in again]):
        fail(tr("two generators of the same seed gave different batches"))
    if all(np.array_equal(x, inputs[0]) for x in inputs):
        fail(tr("all {count} batches were the same", count=len(inputs)))
