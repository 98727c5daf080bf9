"""What must hold of the loop that trains a model."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import TRAINING, driver, oracle
from grader.lessons.lesson5_gpt.checks.batches import LOOP, MODES, drawn
from grader.lessons.lesson5_gpt.driver import Loop, Run, Trained
from grader.lessons.lesson5_gpt.strategies.loop import LoopCase, Pieces, distinct, loops, pieces


def _trained(remote: Remote, c: LoopCase, run: Run | None = None) -> Trained:
    return remote(driver.training, c.table, c.tokens, c.loop, run or Run([(c.start, None)]))


def _rate(step: int, loop: Loop) -> float:
    """The schedule as the stub states it."""
    if step < loop.warmup:
        return loop.learning_rate * (step + 1) / loop.warmup
    done = (step - loop.warmup) / max(1, loop.steps - loop.warmup)
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return loop.min_lr + fall * (loop.learning_rate - loop.min_lr)


def _follow(c: LoopCase, got: Trained, momentum: float = 0.0) -> None:
    """Fails unless losses, estimates and weights are those of the batches that the model saw."""
    batches = drawn(c, got.seen)
    steps = range(c.start, c.loop.steps)
    pauses = [s + 1 for s in steps if c.loop.eval_every and (s + 1) % c.loop.eval_every == 0]
    expected = len(steps) * c.loop.accumulation + len(pauses) * c.loop.eval_batches
    if len(batches) != expected:
        what = "steps · accumulation" + (", and the evaluations" if pauses else "")
        fail(f"{len(batches)} forward passes, expected {expected}: {what}")
    if [step for step, _ in got.evaluations] != pauses:
        fail("on_eval was told at other steps", expected=pauses, actual=got.evaluations)
    losses, estimates, table = _replayed(c, batches, momentum)
    close(got.losses, losses, rtol=LOOP, atol=LOOP, what="losses")
    close([e for _, e in got.evaluations], estimates, rtol=LOOP, atol=LOOP, what="the estimates")
    close(got.table, table, rtol=LOOP, atol=LOOP, what="the weights at the end")


def _replayed(
    c: LoopCase, batches: list[tuple[Array, Array]], momentum: float
) -> tuple[list[float], list[float], Array]:
    """The losses, the estimates and the table that gradient descent gives on these batches."""
    table, losses, estimates, speed = c.table.copy(), [], [], np.zeros(c.table.shape)
    batch = iter(batches)
    for step in range(c.start, c.loop.steps):
        found = [oracle.bigram_gradient(table, *next(batch)) for _ in range(c.loop.accumulation)]
        losses.append(sum(loss for loss, _ in found) / len(found))
        gradient = np.asarray(sum(g for _, g in found)) / len(found)
        norm = float(np.sqrt((gradient**2).sum()))
        if norm > c.loop.clip:
            gradient = gradient * (c.loop.clip / (norm + 1e-6))
        speed = momentum * speed + gradient
        table = table - _rate(step, c.loop) * speed
        if c.loop.eval_every and (step + 1) % c.loop.eval_every == 0:
            seen = [next(batch) for _ in range(c.loop.eval_batches)]
            estimates.append(sum(oracle.bigram_gradient(table, *b)[0] for b in seen) / len(seen))
    return losses, estimates, table


@property_check(
    TRAINING,
    points=4,
    case=loops(accumulation=1, clip=100.0),
    hint="Per step: learning rate, zero_grad, forward, backward, optimizer.step.",
)
def steps_are_right(remote: Remote, case: LoopCase) -> None:
    """Each step goes against the gradient, by the learning rate"""
    _follow(case, _trained(remote, case))


@property_check(
    TRAINING,
    points=2,
    case=loops(accumulation=3, clip=100.0),
    examples=20,
    hint="A step's gradient is the mean over its batches: divide each loss before backward.",
)
def accumulates(remote: Remote, case: LoopCase) -> None:
    """Several batches make one step, by the mean of their gradients"""
    _follow(case, _trained(remote, case))


@property_check(
    TRAINING,
    points=2,
    case=loops(clip=0.05),
    examples=20,
    hint="nn.utils.clip_grad_norm_ between backward and step, once a step.",
)
def clips(remote: Remote, case: LoopCase) -> None:
    """A gradient whose norm is over clip is scaled down to it"""
    _follow(case, _trained(remote, case))


@property_check(
    TRAINING,
    points=2,
    case=loops(steps=6, warmup=2, eval_every=2, eval_batches=3),
    examples=10,
    hint="Evaluate with estimate_loss every eval_every steps, and go back to training mode.",
)
def evaluates_on_the_way(remote: Remote, case: LoopCase) -> None:
    """Every eval_every steps, on_eval is told, in eval mode"""
    got = _trained(remote, case)
    _follow(case, got)
    modes = ([True] * (2 * case.loop.accumulation) + [False] * 3) * 3
    if got.seen.training != modes:
        fail("the model's mode at each forward pass", expected=modes, actual=got.seen.training)
    if got.seen.grads_on != modes:
        fail("gradients are on in steps, and off in evaluations")


@property_check(
    TRAINING,
    points=1,
    case=loops(steps=3, eval_every=2),
    examples=3,
    hint="on_eval may be None.",
)
def nobody_need_listen(remote: Remote, case: LoopCase) -> None:
    """Without on_eval it trains all the same"""
    got = _trained(remote, case, Run(listens=False))
    batches = [x for x, mode in zip(got.seen.inputs, got.seen.training, strict=False) if mode]
    if len(batches) != 3 * case.loop.accumulation or len(got.losses) != 3:
        fail(f"{len(batches)} forward passes in training mode, and {len(got.losses)} losses")


@property_check(
    TRAINING,
    points=2,
    case=loops(steps=6, accumulation=2),
    examples=10,
    hint="Seed each step's batches from config.seed and the step.",
)
def resumes(remote: Remote, case: LoopCase) -> None:
    """A later start: the batches and rates that would have come"""
    whole = _inputs(case, _trained(remote, case))
    late = replace(case, start=4)
    got = _trained(remote, late)
    _follow(late, got)
    after = whole[4 * case.loop.accumulation :]
    for i, (mine, theirs) in enumerate(zip(_inputs(late, got), after, strict=False)):
        close(mine, theirs, what=f"the inputs of batch {i} after the start")


def _inputs(c: LoopCase, got: Trained) -> list[Array]:
    return [x for x, _ in drawn(c, got.seen)]


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
    whole = _trained(remote, c, Run(momentum=momentum))
    _follow(c, whole, momentum)
    got = _trained(remote, c, Run(case.bounds, momentum=momentum))
    _follow(c, got, momentum)
    for i, (mine, theirs) in enumerate(zip(_inputs(c, got), _inputs(c, whole), strict=True)):
        close(mine, theirs, what=f"the inputs of batch {i}")


@property_check(
    TRAINING,
    points=2,
    case=distinct(steps=4, accumulation=2),
    examples=5,
    hint="One generator a step, seeded from config.seed and the step; all its batches draw on it.",
)
def every_batch_is_another(remote: Remote, case: LoopCase) -> None:
    """No two batches of a run are the same; another seed gives others"""
    inputs = _inputs(case, _trained(remote, case))
    per_step = case.loop.accumulation
    for i, x in enumerate(inputs):
        for j in range(i):
            if np.array_equal(x, inputs[j]):
                first, second = divmod(j, per_step)[0], divmod(i, per_step)[0]
                where = f"in step {i}" if first == second else f"in steps {first} and {second}"
                fail(f"the same batch was drawn twice, {where}")
    other = replace(case, loop=replace(case.loop, seed=case.loop.seed + 100))
    if np.array_equal(inputs, _inputs(other, _trained(remote, other))):
        fail("runs with different config.seed drew the same batches")


@property_check(
    TRAINING,
    points=1,
    case=st.booleans(),
    examples=2,
    hint="Keep model.training before the first step, as estimate_loss does.",
)
def the_mode_comes_back(remote: Remote, mode: bool) -> None:
    """Steps are in training mode; afterwards the model is as it was"""
    c = LoopCase(Loop(steps=3, batch_size=2, block_size=2), 3, seed=1)
    got = _trained(remote, c, Run(training=mode))
    if not all(got.seen.training):
        fail("the model was in eval mode while it was trained")
    if got.training_after is not mode:
        fail(f"the model was in {MODES[mode]} mode before, and in {MODES[not mode]} mode after")


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
        fail("mixed_precision=True: the model did not run under torch.autocast in bfloat16")
    plain = replace(case, loop=replace(case.loop, mixed_precision=False))
    if any(_trained(remote, plain).seen.low_precision):
        fail("mixed_precision=False: the model ran under torch.autocast")


@property_check(
    TRAINING,
    points=1,
    case=st.tuples(st.integers(0, 4), st.sampled_from([math.nan, math.inf, -math.inf])),
    examples=6,
    hint="Check each loss before its step, by math.isfinite; say which step it was.",
)
def divergence_is_named(remote: Remote, case: tuple[int, float]) -> None:
    """A loss that is not finite is an error that names the step"""
    step, loss = case
    c = LoopCase(Loop(steps=6, batch_size=2, block_size=2), 3, seed=step)
    got = _trained(remote, c, Run(bad_pass=step, bad_loss=loss))
    if not got.error:
        fail(f"the loss of step {step} was {loss}, and there was no ValueError")
    if str(step) not in got.error:
        fail(f"the error must name step {step}: {got.error!r}")
    if not np.isfinite(got.table).all():
        fail("the weights are no longer finite: a step was taken")
