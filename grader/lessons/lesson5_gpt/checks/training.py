"""What must hold of the loop that trains a model."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NoReturn

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import TRAINING, driver, oracle
from grader.lessons.lesson5_gpt.checks.batches import LOOP, drawn
from grader.lessons.lesson5_gpt.checks.judging import mode_kept
from grader.lessons.lesson5_gpt.driver import Loop, Run, Trained
from grader.lessons.lesson5_gpt.hints import training as hints
from grader.lessons.lesson5_gpt.strategies.loop import (
    Deaf,
    Distinct,
    Diverging,
    LoopCase,
    LowPrecision,
    Mode,
    Pieces,
    Resumed,
    deaf,
    distinct,
    diverging,
    loops,
    low_precision,
    pieces,
    resumed,
)
from zth.language import tr


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
        message = tr(
            "{count} forward passes, expected {expected}: steps · accumulation, and the evaluations"
            if pauses
            else "{count} forward passes, expected {expected}: steps · accumulation",
            count=len(batches),
            expected=expected,
        )
        fail(message)
    if [step for step, _ in got.evaluations] != pauses:
        fail(tr("on_eval was told at other steps"), expected=pauses, actual=got.evaluations)
    losses, estimates, table = _replayed(c, batches, momentum)
    close(got.losses, losses, rtol=LOOP, atol=LOOP, what=tr("losses"))
    told = [estimate for _, estimate in got.evaluations]
    close(told, estimates, rtol=LOOP, atol=LOOP, what=tr("the estimates"))
    close(got.table, table, rtol=LOOP, atol=LOOP, what=tr("the weights at the end"))


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
    steps=hints.STEPS_ARE_RIGHT,
)
def steps_are_right(remote: Remote, case: LoopCase) -> None:
    """Each step goes against the gradient, by the learning rate

    A step is four things in order: set the rate, forget the old gradients, find the new one, move
    the weights against it. The rate is the schedule's for this step, in every group of the
    optimizer. The check replays the run on the batches that your model saw, and compares losses and
    weights. (#loop)
    """
    _follow(case, _trained(remote, case))


@property_check(
    TRAINING,
    points=2,
    case=loops(accumulation=3, clip=100.0),
    examples=20,
    hint="A step's gradient is the mean over its batches: divide each loss before backward.",
    steps=hints.ACCUMULATES,
)
def accumulates(remote: Remote, case: LoopCase) -> None:
    """Several batches make one step, by the mean of their gradients

    When a batch of the size that you want does not fit, take several small ones before you step.
    backward adds their gradients up, and a large batch would have given their mean: so each loss is
    divided by their number. Then the two ways agree. (#loop)
    """
    _follow(case, _trained(remote, case))


@property_check(
    TRAINING,
    points=2,
    case=loops(clip=0.05),
    examples=20,
    hint="nn.utils.clip_grad_norm_ between backward and step, once a step.",
    steps=hints.CLIPS,
)
def clips(remote: Remote, case: LoopCase) -> None:
    """A gradient whose norm is over clip is scaled down to it

    Now and then a batch has a gradient so long that one step would undo a hundred others. Clipping
    makes it as long as `clip` and keeps its direction: one norm for all parameters, one factor for
    all. A gradient that is short enough stays as it is. (#loop)
    """
    _follow(case, _trained(remote, case))


@property_check(
    TRAINING,
    points=2,
    case=loops(steps=6, warmup=2, eval_every=2, eval_batches=3),
    examples=10,
    hint="Evaluate with estimate_loss every eval_every steps, and go back to training mode.",
    steps=hints.EVALUATES_ON_THE_WAY,
)
def evaluates_on_the_way(remote: Remote, case: LoopCase) -> None:
    """Every eval_every steps, on_eval is told, in eval mode

    A run that says nothing for hours is hard to trust. Every eval_every steps somebody is told how
    many steps are done and how good the model is now. The training goes on as if nobody had asked:
    in training mode, with gradients. (#loop)
    """
    got = _trained(remote, case)
    _follow(case, got)
    modes = ([True] * (2 * case.loop.accumulation) + [False] * 3) * 3
    if got.seen.training != modes:
        message = tr("the model's mode at each forward pass")
        fail(message, expected=modes, actual=got.seen.training)
    if got.seen.grads_on != modes:
        fail(tr("gradients are on in steps, and off in evaluations"))


@property_check(
    TRAINING,
    points=1,
    case=deaf(),
    examples=3,
    hint="on_eval may be None.",
    steps=hints.NOBODY_NEED_LISTEN,
)
def nobody_need_listen(remote: Remote, case: Deaf) -> None:
    """Without on_eval it trains all the same

    on_eval is an offer, not a duty. Who leaves it out gets the same training. (#loop)
    """
    got = _trained(remote, case, Run(listens=False))
    batches = [x for x, mode in zip(got.seen.inputs, got.seen.training, strict=False) if mode]
    if len(batches) != 3 * case.loop.accumulation or len(got.losses) != 3:
        message = tr(
            "{count} forward passes in training mode, and {losses} losses",
            count=len(batches),
            losses=len(got.losses),
        )
        fail(message)


@property_check(
    TRAINING,
    points=2,
    case=resumed(),
    examples=10,
    hint="Seed each step's batches from config.seed and the step.",
    steps=hints.RESUMES,
)
def resumes(remote: Remote, case: Resumed) -> None:
    """A later start: the batches and rates that would have come

    Runs are interrupted. If what a step sees depends on its number alone, a run that goes on at
    step 4 sees what it would have seen; if it depends on how often something was drawn before, it
    begins again with the first batches. (#pieces)
    """
    whole = _inputs(case, _trained(remote, case))
    late = replace(case, start=case.START)
    got = _trained(remote, late)
    _follow(late, got)
    after = whole[case.START * case.loop.accumulation :]
    for i, (mine, theirs) in enumerate(zip(_inputs(late, got), after, strict=False)):
        close(mine, theirs, what=tr("the inputs of batch {i} after the start", i=i))


def _inputs(c: LoopCase, got: Trained) -> list[Array]:
    return [x for x, _ in drawn(c, got.seen)]


@property_check(
    TRAINING,
    points=2,
    case=pieces(),
    examples=20,
    hint="range(start, stop), but the schedule of all steps; begin nothing anew at start.",
    steps=hints.PIECES_MAKE_THE_WHOLE,
)
def pieces_make_the_whole(remote: Remote, case: Pieces) -> None:
    """A run in pieces, from start to stop each, is the whole run

    Cut a run anywhere, and the pieces together are the run: the same losses, the same weights. For
    that, nothing may belong to the call: not the schedule, which spans all steps, not the batches,
    not what the optimizer remembers. (#pieces)
    """
    c, momentum = case.run, case.momentum
    whole = _trained(remote, c, Run(momentum=momentum))
    _follow(c, whole, momentum)
    got = _trained(remote, c, Run(case.bounds, momentum=momentum))
    _follow(c, got, momentum)
    for i, (mine, theirs) in enumerate(zip(_inputs(c, got), _inputs(c, whole), strict=True)):
        close(mine, theirs, what=tr("the inputs of batch {i}", i=i))


@property_check(
    TRAINING,
    points=2,
    case=distinct(steps=4, accumulation=2),
    examples=5,
    hint="One generator a step, seeded from config.seed and the step; all its batches draw on it.",
    steps=hints.EVERY_BATCH_IS_ANOTHER,
)
def every_batch_is_another(remote: Remote, case: Distinct) -> None:
    """No two batches of a run are the same; another seed gives others

    A model that sees the same batch again and again learns it by heart, and its training loss falls
    beautifully. So batches differ within a step and from step to step; and config.seed gives
    another run of the same kind. (#pieces)
    """
    inputs = _inputs(case, _trained(remote, case))
    per_step = case.loop.accumulation
    for i, x in enumerate(inputs):
        for j in range(i):
            if np.array_equal(x, inputs[j]):
                _twice(j // per_step, i // per_step)
    other = replace(case, loop=replace(case.loop, seed=case.loop.seed + 100))
    if np.array_equal(inputs, _inputs(other, _trained(remote, other))):
        fail(tr("runs with different config.seed drew the same batches"))


def _twice(first: int, second: int) -> NoReturn:
    if first == second:
        fail(tr("the same batch was drawn twice, in step {step}", step=first))
    message = tr(
        "the same batch was drawn twice, in steps {first} and {second}", first=first, second=second
    )
    fail(message)


@property_check(
    TRAINING,
    points=1,
    case=st.builds(Mode, st.booleans()),
    examples=2,
    hint="Keep model.training before the first step, as estimate_loss does.",
    steps=hints.THE_MODE_COMES_BACK,
)
def the_mode_comes_back(remote: Remote, case: Mode) -> None:
    """Steps are in training mode; afterwards the model is as it was

    Training mode is what training needs, dropout included; it is not what the caller may have
    chosen. Who leaves things as they were can be called from anywhere. (#loop)
    """
    got = _trained(remote, case.run, Run(training=case.training))
    if not all(got.seen.training):
        fail(tr("the model was in eval mode while it was trained"))
    mode_kept(case.training, got.training_after)


@property_check(
    TRAINING,
    points=1,
    case=low_precision(),
    examples=5,
    hint="torch.autocast(device type, torch.bfloat16, enabled=config.mixed_precision).",
    steps=hints.MIXED_PRECISION_IS_A_FLAG,
)
def mixed_precision_is_a_flag(remote: Remote, case: LowPrecision) -> None:
    """mixed_precision puts forward passes under autocast

    bfloat16 has half the bytes and the range of float32, with fewer digits; products in it are much
    faster on GPUs. autocast decides for each operation what may be taken in bfloat16. Without the
    flag, nothing may change. (#mixed)
    """
    if not all(_trained(remote, case).seen.low_precision):
        fail(tr("mixed_precision=True: the model did not run under torch.autocast in bfloat16"))
    plain = replace(case, loop=replace(case.loop, mixed_precision=False))
    if any(_trained(remote, plain).seen.low_precision):
        fail(tr("mixed_precision=False: the model ran under torch.autocast"))


@property_check(
    TRAINING,
    points=1,
    case=diverging(),
    examples=6,
    hint="Check each loss before its step, by math.isfinite; say which step it was.",
    steps=hints.DIVERGENCE_IS_NAMED,
)
def divergence_is_named(remote: Remote, case: Diverging) -> None:
    """A loss that is not finite is an error that names the step

    NaN spreads: a loss of NaN makes every gradient NaN, and one step makes every weight NaN. A run
    that goes on after that wastes hours. An error before the step, with its number, says where to
    look, and leaves the weights as they were. (#loop)
    """
    got = _trained(remote, case.case, case.run)
    if not got.error:
        message = tr(
            "the loss of step {step} was {loss}, and there was no ValueError",
            step=case.step,
            loss=case.loss,
        )
        fail(message)
    if str(case.step) not in got.error:
        message = tr(
            "the error must name step {step}: {text}", step=case.step, text=repr(got.error)
        )
        fail(message)
    if not np.isfinite(got.table).all():
        fail(tr("the weights are no longer finite: a step was taken"))
