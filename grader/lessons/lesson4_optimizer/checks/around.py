"""What must hold of clipping and of the schedule."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import strategies as st

from grader.kit import Remote, apart, close, fail, property_check
from grader.lessons.lesson4_optimizer import CLIPPING, SCHEDULE, driver, oracle
from grader.lessons.lesson4_optimizer.driver import Clipped
from grader.lessons.lesson4_optimizer.hints import around as hints
from grader.lessons.lesson4_optimizer.strategies.single import Norm, Schedule, norms, schedules
from zth.language import tr

# A norm of up to 16 numbers may be taken in float32 (u = 6e-8), whatever their dtype: 16 squares
# add up to 8 u, their root halves that, and a factor adds u, 3e-7 in all. torch's own clipping
# divides by norm + 1e-6, and what is scaled has a norm of 0.5 at least: 2e-6. The schedule is plain
# floats (u = 1.1e-16): a dozen operations, 1e-14 of the peak even where 1 + cos nearly cancels.
NORM, FACTOR, RATE = 1e-6, 1e-5, 1e-9

# --- clipping -----------------------------------------------------------------------------------


def _clipped(remote: Remote, case: Norm) -> Clipped:
    got = remote(driver.clip, case.grads, case.allowed, case.generator)
    if [g is None for g in got.grads] != [g is None for g in case.grads]:
        fail(tr("other parameters have gradients now than before"))
    return got


def _grads(case: Norm, got: Clipped, factor: float, rtol: float) -> None:
    """Fails unless each gradient is what it was, times the factor."""
    for i, (g, was) in enumerate(zip(got.grads, case.grads, strict=True)):
        if g is not None and was is not None:
            close(g, factor * was, rtol=rtol, atol=0, what=f"p{i}.grad", dtype=case.dtype)


@property_check(
    CLIPPING,
    examples=25,
    points=2,
    case=norms(ratio=(0.5, 2.0)),
    hint="The root of the sum of all squares, of all gradients together.",
    steps=hints.THE_NORM,
)
def the_norm_is_returned(remote: Remote, case: Norm) -> None:
    """The norm of all gradients together, as it was before

    All gradients together are one long vector, and its length is the root of the sum of all
    squares. As it was before clipping, it tells how training goes: it grows long before the loss
    does. (#around)
    """
    got = _clipped(remote, case)
    close(got.norm, oracle.total_norm(case.grads), rtol=NORM, what=tr("the norm"))


@property_check(
    CLIPPING,
    examples=25,
    points=3,
    case=norms(ratio=(0.5, 0.1, 0.9), few=2),
    hint="One factor for all of them, max_norm / norm: the direction stays.",
    steps=hints.LONG_ONES,
)
def long_ones_are_scaled(remote: Remote, case: Norm) -> None:
    """Over max_norm: all are scaled down by one factor

    A batch with a huge gradient should not undo a hundred steps, so the length is limited. With one
    factor for all numbers the direction stays; tensor by tensor, or number by number, it would
    become another one. (#around)
    """
    got = _clipped(remote, case)
    _grads(case, got, case.allowed / oracle.total_norm(case.grads), rtol=FACTOR)


@property_check(
    CLIPPING,
    examples=25,
    points=2,
    case=norms(norm=(0.5, 0.1, 30.0), ratio=(1.5, 3.0, 100.0)),
    hint="Clipping only ever scales down.",
    steps=hints.SHORT_ONES,
)
def short_ones_stay(remote: Remote, case: Norm) -> None:
    """Under max_norm: not one digit changes

    The limit is for rare accidents. Most gradients are below it, and there clipping must do nothing
    at all. (#around)
    """
    got = _clipped(remote, case)
    close(got.norm, oracle.total_norm(case.grads), rtol=NORM, what=tr("the norm"))
    _grads(case, got, 1.0, rtol=0)


@property_check(
    CLIPPING,
    examples=25,
    points=2,
    case=norms(missing=True, ratio=(0.5, 2.0), few=0),
    hint="Parameters without a gradient are passed over, and so is an empty list.",
    steps=hints.MISSING_ONES,
)
def missing_ones_do_not_count(remote: Remote, case: Norm) -> None:
    """Parameters without a gradient, and no parameters at all

    What has no gradient adds nothing to the norm. Where there is no gradient at all, it is the norm
    of an empty vector, 0. (#around)
    """
    got, norm = _clipped(remote, case), oracle.total_norm(case.grads)
    close(got.norm, norm, rtol=NORM, what=tr("the norm"))
    _grads(case, got, min(1.0, case.allowed / norm) if norm else 1.0, rtol=FACTOR)


@property_check(
    CLIPPING,
    points=1,
    case=norms().map(lambda case: replace(case, norm=0.0, allowed=1.0)),
    examples=10,
    hint="A norm of 0 must not divide.",
    steps=hints.ZERO_NORM,
    needs=["clipping.the_norm_is_returned"],
)
def zeros_stay(remote: Remote, case: Norm) -> None:
    """Gradients of zeros stay zeros

    A norm of 0 is below every limit, so nothing is scaled and nothing divided. (#around)
    """
    got = _clipped(remote, case)
    close(got.norm, 0.0, what=tr("the norm"))
    _grads(case, got, 1.0, rtol=0)


@property_check(
    CLIPPING,
    points=1,
    case=st.builds(lambda case, dtype: replace(case, dtype=dtype), norms(), st.just("float32")),
    examples=20,
    hint="Scale each gradient in place (mul_), and it keeps its dtype.",
    steps=hints.CLIPS_FLOAT32,
)
def clips_float32(remote: Remote, case: Norm) -> None:
    """In float32

    Gradients are float32 in most runs. Scaled in place they stay so, and whoever holds a view of
    them sees them clipped. (#around)
    """
    got = _clipped(remote, case)
    close(got.norm, oracle.total_norm(case.grads), rtol=NORM, what=tr("the norm"))
    _grads(case, got, case.allowed / oracle.total_norm(case.grads), rtol=FACTOR)


@property_check(
    CLIPPING,
    points=1,
    case=st.builds(
        lambda case, bad: replace(case, bad=bad), norms(), st.sampled_from([math.inf, math.nan])
    ),
    examples=10,
    hint="Return the norm as it is, infinite or NaN: the caller decides.",
    steps=hints.NOT_FINITE,
)
def what_is_not_finite_is_told(remote: Remote, case: Norm) -> None:
    """A norm that is infinite or NaN is returned as such

    One infinity in a gradient makes the norm infinite, one NaN makes it NaN. The caller can then
    leave the step out, but only if it is told. (#around)
    """
    norm = _clipped(remote, case).norm
    if math.isfinite(norm):
        fail(
            tr(
                "the gradients hold {bad}, and the norm returned is {norm:g}",
                bad=case.bad,
                norm=norm,
            )
        )


# --- the schedule -------------------------------------------------------------------------------


def _follows(remote: Remote, case: Schedule) -> None:
    got = remote(driver.schedule, case.at, case.steps, case.warmup, case.peak, case.floor)
    if len(got) != len(case.at):
        fail(tr("{n} rates came back, expected {due}", n=len(got), due=len(case.at)))
    for step, rate in zip(case.at, got, strict=True):
        right = oracle.cosine(step, case.steps, case.warmup, case.peak, case.floor or 0.0)
        if not abs(rate - right) <= RATE * case.peak:
            fail(
                tr("at step {step} the rate is {rate}", step=step, rate=apart(rate, right)),
                expected=right,
                actual=rate,
                where=tr("step {step}", step=step),
            )


@property_check(
    SCHEDULE,
    examples=25,
    points=2,
    case=schedules("rise"),
    hint="Step 0 is the first: it has peak / warmup already, and step warmup − 1 has peak.",
    steps=hints.WARMS_UP,
)
def warms_up(remote: Remote, case: Schedule) -> None:
    """The warm-up: a straight line that reaches the peak

    In the first steps Adam's v̂ rests on a few squares, and steps are full size in directions that
    are mostly noise. So the rate rises in a straight line. Step 0 is a step like any other, and
    gets peak / warmup. (#around)
    """
    _follows(remote, case)


@property_check(
    SCHEDULE,
    examples=25,
    points=3,
    case=schedules("fall"),
    hint="(1 + cos(π · done)) / 2 goes from 1 to 0 while done goes from 0 to 1.",
    steps=hints.FALLS,
)
def falls_along_a_cosine(remote: Remote, case: Schedule) -> None:
    """Then half a cosine from the peak to the floor

    At the end, steps of full size only jump around the minimum. Half a cosine brings the rate from
    the peak to the floor, gently at both ends. (#around)
    """
    _follows(remote, case)


@property_check(
    SCHEDULE,
    examples=25,
    points=1,
    case=schedules("after"),
    hint="From step `steps` on, the rate is the floor; a cosine alone would rise again.",
    steps=hints.STAYS,
    needs=["schedule.falls_along_a_cosine"],
)
def stays_at_the_floor(remote: Remote, case: Schedule) -> None:
    """At the end, and after it: the floor

    A cosine rises again after half a period. Whoever trains a little longer than planned wants the
    floor. (#around)
    """
    _follows(remote, case)


@property_check(
    SCHEDULE,
    points=1,
    case=schedules("all", warmup=(0, 0)),
    examples=20,
    hint="Without a warm-up there is nothing to divide by.",
    steps=hints.NO_WARMUP,
)
def needs_no_warmup(remote: Remote, case: Schedule) -> None:
    """No warm-up: the cosine from the start

    SGD often goes without a warm-up. Then the cosine has the whole run, from its first step.
    (#around)
    """
    _follows(remote, case)


@property_check(
    SCHEDULE,
    points=1,
    case=schedules("all", fall=(0, 0)),
    examples=20,
    hint="With warmup = steps the cosine has no length: do not divide by it.",
    steps=hints.ALL_WARMUP,
)
def may_be_all_warmup(remote: Remote, case: Schedule) -> None:
    """Nothing but warm-up: the peak, then the floor

    A short trial may end within its warm-up, and then there is no room for a cosine. Rates are
    those of the line, and the floor after the end. (#around)
    """
    _follows(remote, case)
