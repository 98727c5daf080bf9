"""What must hold of the loop that trains a model: batches, evaluation, steps."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import BATCHES, EVALUATION, TRAINING, driver, oracle
from grader.lessons.lesson5_gpt.driver import Loop, Run, Seen, Trained
from grader.lessons.lesson5_gpt.strategies.loop import (
    BatchCase,
    LoopCase,
    Pieces,
    batches,
    loops,
    pieces,
)

# --- batches ------------------------------------------------------------------------------------


def _batch(remote: Remote, case: BatchCase) -> tuple[Array, Array]:
    return remote(driver.batch, case.tokens, case.batch_size, case.block_size, case.seed)


@property_check(
    BATCHES, points=2, case=batches(), hint="The target of a token is the token that follows it."
)
def targets_follow(remote: Remote, case: BatchCase) -> None:
    """Rows are windows of the text; targets are one further on"""
    x, y = _batch(remote, case)
    shape = (case.batch_size, case.block_size)
    if x.shape != shape or y.shape != shape:
        fail(f"inputs {x.shape} and targets {y.shape}, expected {shape} for both")
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
    hint="Draw from the generator that you are given.",
)
def the_generator_decides(remote: Remote, case: BatchCase) -> None:
    """The same generator gives the same batch, another one another"""
    case = replace(case, batch_size=20, length=case.block_size + 50)
    first, again = _batch(remote, case)[0], _batch(remote, case)[0]
    if not np.array_equal(first, again):
        fail("two generators of the same seed gave different batches")
    if np.array_equal(first, _batch(remote, replace(case, seed=case.seed + 1))[0]):
        fail("generators of different seeds gave the same batch")


@property_check(
    BATCHES,
    case=st.integers(1, 5),
    examples=3,
    advisory=True,
    hint="A window needs block_size + 1 tokens.",
)
def a_short_text_is_refused(remote: Remote, block_size: int) -> None:
    """Beyond the lecture: a text without a whole window is a ValueError"""
    name = remote(driver.batch_error, np.arange(block_size), block_size)
    if name != "ValueError":
        fail(f"{block_size} tokens hold no window of {block_size} + 1: {name or 'no error'}")


# --- evaluation ---------------------------------------------------------------------------------


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
    got = remote(driver.estimate, c.table, c.tokens, c.loop, mode)
    if len(got.seen.inputs) != c.loop.eval_batches:
        fail(f"{len(got.seen.inputs)} batches were drawn, expected {c.loop.eval_batches}")
    if any(got.seen.training):
        fail("the model was in training mode while it was evaluated")
    if any(got.seen.grads_on):
        fail("gradients were on: evaluate under torch.no_grad()")
    if got.training_after is not mode:
        names = {True: "training", False: "eval"}
        fail(f"the model was in {names[mode]} mode before, and in {names[not mode]} mode after")
    close(got.table, c.table, rtol=0, atol=0, what="the model's weights")
    pairs = zip(got.seen.inputs, got.seen.targets, strict=True)
    losses = [oracle.bigram_gradient(c.table, x, y)[0] for x, y in pairs]
    close(got.loss, sum(losses) / len(losses), rtol=1e-6, what="the estimate")


# --- training -----------------------------------------------------------------------------------


def _trained(remote: Remote, c: LoopCase) -> Trained:
    run = Run([(c.start, None)])
    return remote(driver.training, c.table, c.tokens, c.loop, run, 0.0, -1)


def _rate(step: int, loop: Loop) -> float:
    """The schedule as the stub states it."""
    if step < loop.warmup:
        return loop.learning_rate * (step + 1) / loop.warmup
    done = (step - loop.warmup) / max(1, loop.steps - loop.warmup)
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return loop.min_lr + fall * (loop.learning_rate - loop.min_lr)


def _replayed(c: LoopCase, seen: Seen, momentum: float = 0.0) -> tuple[list[float], Array]:
    """The losses and the table that gradient descent gives on the batches that were seen."""
    table, losses, speed = c.table.copy(), [], np.zeros(c.table.shape)
    batch = iter(zip(seen.inputs, seen.targets, strict=True))
    for step in range(c.start, c.loop.steps):
        found = [oracle.bigram_gradient(table, *next(batch)) for _ in range(c.loop.accumulation)]
        losses.append(sum(loss for loss, _ in found) / len(found))
        gradient = np.asarray(sum(g for _, g in found)) / len(found)
        norm = float(np.sqrt((gradient**2).sum()))
        if norm > c.loop.clip:
            gradient = gradient * (c.loop.clip / (norm + 1e-6))
        speed = momentum * speed + gradient
        table = table - _rate(step, c.loop) * speed
    return losses, table


def _count(c: LoopCase, seen: Seen) -> None:
    expected = (c.loop.steps - c.start) * c.loop.accumulation
    if len(seen.inputs) != expected:
        fail(f"{len(seen.inputs)} forward passes, expected {expected}: steps · accumulation")


@property_check(
    TRAINING,
    points=4,
    case=loops(accumulation=1, clip=100.0),
    hint="Per step: learning rate, zero_grad, forward, backward, optimizer.step.",
)
def steps_are_right(remote: Remote, case: LoopCase) -> None:
    """Each step goes against the gradient, by the learning rate"""
    got = _trained(remote, case)
    _count(case, got.seen)
    losses, table = _replayed(case, got.seen)
    close(got.losses, losses, rtol=1e-6, atol=1e-9, what="losses")
    close(got.table, table, rtol=1e-6, atol=1e-9, what="the weights at the end")


@property_check(
    TRAINING,
    points=2,
    case=loops(accumulation=3, clip=100.0),
    examples=20,
    hint="A step's gradient is the mean over its batches: divide each loss before backward.",
)
def accumulates(remote: Remote, case: LoopCase) -> None:
    """Several batches make one step, by the mean of their gradients"""
    got = _trained(remote, case)
    _count(case, got.seen)
    losses, table = _replayed(case, got.seen)
    close(got.losses, losses, rtol=1e-6, atol=1e-9, what="losses")
    close(got.table, table, rtol=1e-6, atol=1e-9, what="the weights at the end")


@property_check(
    TRAINING,
    points=2,
    case=loops(clip=0.05),
    examples=20,
    hint="nn.utils.clip_grad_norm_ between backward and step, once a step.",
)
def clips(remote: Remote, case: LoopCase) -> None:
    """A gradient whose norm is over clip is scaled down to it"""
    got = _trained(remote, case)
    _count(case, got.seen)
    table = _replayed(case, got.seen)[1]
    close(got.table, table, rtol=1e-4, atol=1e-7, what="the weights at the end")


@property_check(
    TRAINING,
    points=2,
    case=loops(steps=6, warmup=2),
    examples=10,
    hint="Evaluate with estimate_loss every eval_every steps, and go back to training mode.",
)
def evaluates_on_the_way(remote: Remote, case: LoopCase) -> None:
    """Every eval_every steps, on_eval is told, in eval mode"""
    c = replace(case, loop=replace(case.loop, eval_every=2, eval_batches=3))
    got = _trained(remote, c)
    if [step for step, _ in got.evaluations] != [2, 4, 6]:
        fail("on_eval was told at other steps", expected=[2, 4, 6], actual=got.evaluations)
    modes = ([True] * (2 * c.loop.accumulation) + [False] * 3) * 3
    if got.seen.training != modes:
        fail("the model's mode at each forward pass", expected=modes, actual=got.seen.training)
    if any(g != t for g, t in zip(got.seen.grads_on, got.seen.training, strict=True)):
        fail("gradients are on in steps, and off in evaluations")


@property_check(
    TRAINING,
    points=2,
    case=loops(steps=6, accumulation=2),
    examples=10,
    hint="Seed each step's batches from config.seed and the step.",
)
def resumes(remote: Remote, case: LoopCase) -> None:
    """A later start: the batches and rates that would have come"""
    whole = _trained(remote, case)
    late = replace(case, start=4)
    got = _trained(remote, late)
    _count(late, got.seen)
    for i, (mine, theirs) in enumerate(
        zip(got.seen.inputs, whole.seen.inputs[4 * case.loop.accumulation :], strict=True)
    ):
        close(mine, theirs, what=f"the inputs of batch {i} after the start")
    close(got.table, _replayed(late, got.seen)[1], rtol=1e-4, atol=1e-7, what="the weights")


@property_check(
    TRAINING,
    points=2,
    case=pieces(),
    examples=20,
    hint="range(start, stop), but the schedule of all steps; begin nothing anew at start.",
)
def pieces_make_the_whole(remote: Remote, case: Pieces) -> None:
    """A run in pieces, from start to stop each, is the whole run"""
    c, momentum = case.run, 0.9
    whole = remote(driver.training, c.table, c.tokens, c.loop, Run([(0, None)]), momentum, -1)
    got = remote(driver.training, c.table, c.tokens, c.loop, Run(case.bounds), momentum, -1)
    _count(c, got.seen)
    _count(c, whole.seen)
    for i, (mine, theirs) in enumerate(zip(got.seen.inputs, whole.seen.inputs, strict=True)):
        close(mine, theirs, what=f"the inputs of batch {i}")
    losses, table = _replayed(c, got.seen, momentum)
    close(got.losses, losses, rtol=1e-6, atol=1e-9, what="the losses of all pieces")
    close(got.table, table, rtol=1e-4, atol=1e-7, what="the weights at the end")


@property_check(
    TRAINING,
    points=1,
    case=st.booleans(),
    examples=2,
    hint="Keep model.training before the first step, as estimate_loss does.",
)
def the_mode_comes_back(remote: Remote, mode: bool) -> None:
    """train leaves the model in the mode in which it was"""
    loop = Loop(steps=3, batch_size=2, block_size=2, eval_every=2)
    c = LoopCase(loop, 3, seed=1)
    got = remote(driver.training, c.table, c.tokens, loop, Run([(0, None)], mode), 0.0, -1)
    if got.training_after is not mode:
        names = {True: "training", False: "eval"}
        fail(f"the model was in {names[mode]} mode before, and in {names[not mode]} mode after")


@property_check(
    TRAINING,
    points=1,
    case=loops(mixed_precision=True),
    examples=5,
    hint="torch.autocast(device type, torch.bfloat16, enabled=config.mixed_precision).",
)
def mixed_precision_is_a_flag(remote: Remote, case: LoopCase) -> None:
    """mixed_precision puts forward passes under autocast"""
    if not all(_trained(remote, case).seen.low_precision):
        fail("mixed_precision=True: the model ran outside torch.autocast")
    plain = replace(case, loop=replace(case.loop, mixed_precision=False))
    if any(_trained(remote, plain).seen.low_precision):
        fail("mixed_precision=False: the model ran under torch.autocast")


@property_check(
    TRAINING,
    points=1,
    case=st.integers(0, 4),
    examples=5,
    hint="Check each loss before its step; say which step it was.",
)
def divergence_is_named(remote: Remote, step: int) -> None:
    """A loss that is not finite is an error that names the step"""
    loop = Loop(steps=6, batch_size=2, block_size=2)
    c = LoopCase(loop, 3, seed=step)
    got = remote(driver.training, c.table, c.tokens, loop, Run([(0, None)]), 0.0, step)
    if not got.error:
        fail(f"the loss of step {step} was NaN, and there was no ValueError")
    if str(step) not in got.error:
        fail(f"the error must name step {step}: {got.error!r}")
    if not np.isfinite(got.table).all():
        fail("the weights have become NaN: a step was taken")
