"""What must hold of clipping and of the schedule."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import strategies as st

from grader.kit import Remote, apart, close, fail, property_check
from grader.lessons.lesson4_optimizer import CLIPPING, SCHEDULE, driver, oracle
from grader.lessons.lesson4_optimizer.driver import Clipped
from grader.lessons.lesson4_optimizer.strategies.single import Norm, Schedule, norms, schedules

# A norm of up to 16 numbers may be taken in float32 (u = 6e-8), whatever their dtype: 16 squares
# add up to 8 u, their root halves that, and a factor adds u, 3e-7 in all. torch's own clipping
# divides by norm + 1e-6, and what is scaled has a norm of 0.5 at least: 2e-6. The schedule is plain
# floats (u = 1.1e-16): a dozen operations, 1e-14 of the peak even where 1 + cos nearly cancels.
NORM, FACTOR, RATE = 1e-6, 1e-5, 1e-9

# --- clipping -----------------------------------------------------------------------------------


def _clipped(remote: Remote, case: Norm) -> Clipped:
    got = remote(driver.clip, case.grads, case.allowed, case.generator)
    if [g is None for g in got.grads] != [g is None for g in case.grads]:
        fail("other parameters have gradients now than before")
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
)
def the_norm_is_returned(remote: Remote, case: Norm) -> None:
    """The norm of all gradients together, as it was before"""
    got = _clipped(remote, case)
    close(got.norm, oracle.total_norm(case.grads), rtol=NORM, what="the norm")


@property_check(
    CLIPPING,
    examples=25,
    points=3,
    case=norms(ratio=(0.5, 0.1, 0.9), few=2),
    hint="One factor for all of them, max_norm / norm: the direction stays.",
)
def long_ones_are_scaled(remote: Remote, case: Norm) -> None:
    """Over max_norm: all are scaled down by one factor"""
    got = _clipped(remote, case)
    _grads(case, got, case.allowed / oracle.total_norm(case.grads), rtol=FACTOR)


@property_check(
    CLIPPING,
    examples=25,
    points=2,
    case=norms(norm=(0.5, 0.1, 30.0), ratio=(1.5, 3.0, 100.0)),
    hint="Clipping only ever scales down.",
)
def short_ones_stay(remote: Remote, case: Norm) -> None:
    """Under max_norm: not one digit changes"""
    got = _clipped(remote, case)
    close(got.norm, oracle.total_norm(case.grads), rtol=NORM, what="the norm")
    _grads(case, got, 1.0, rtol=0)


@property_check(
    CLIPPING,
    examples=25,
    points=2,
    case=norms(missing=True, ratio=(0.5, 2.0), few=0),
    hint="Parameters without a gradient are passed over, and so is an empty list.",
)
def missing_ones_do_not_count(remote: Remote, case: Norm) -> None:
    """Parameters without a gradient, and no parameters at all"""
    got, norm = _clipped(remote, case), oracle.total_norm(case.grads)
    close(got.norm, norm, rtol=NORM, what="the norm")
    _grads(case, got, min(1.0, case.allowed / norm) if norm else 1.0, rtol=FACTOR)


@property_check(
    CLIPPING,
    points=1,
    case=norms().map(lambda case: replace(case, norm=0.0, allowed=1.0)),
    examples=10,
    hint="A norm of 0 must not divide.",
    needs=["clipping.the_norm_is_returned"],
)
def zeros_stay(remote: Remote, case: Norm) -> None:
    """Gradients of zeros stay zeros"""
    got = _clipped(remote, case)
    close(got.norm, 0.0, what="the norm")
    _grads(case, got, 1.0, rtol=0)


@property_check(
    CLIPPING,
    points=1,
    case=st.builds(lambda case, dtype: replace(case, dtype=dtype), norms(), st.just("float32")),
    examples=20,
    hint="Scale each gradient in place (mul_), and it keeps its dtype.",
)
def clips_float32(remote: Remote, case: Norm) -> None:
    """In float32"""
    got = _clipped(remote, case)
    close(got.norm, oracle.total_norm(case.grads), rtol=NORM, what="the norm")
    _grads(case, got, case.allowed / oracle.total_norm(case.grads), rtol=FACTOR)


@property_check(
    CLIPPING,
    points=1,
    case=st.builds(
        lambda case, bad: replace(case, bad=bad), norms(), st.sampled_from([math.inf, math.nan])
    ),
    examples=10,
    hint="Return the norm as it is, infinite or NaN: the caller decides.",
)
def what_is_not_finite_is_told(remote: Remote, case: Norm) -> None:
    """A norm that is infinite or NaN is returned as such"""
    norm = _clipped(remote, case).norm
    if math.isfinite(norm):
        fail(f"the gradients hold {case.bad}, and the norm returned is {norm:g}")


# --- the schedule -------------------------------------------------------------------------------


def _follows(remote: Remote, case: Schedule) -> None:
    got = remote(driver.schedule, case.at, case.steps, case.warmup, case.peak, case.floor)
    if len(got) != len(case.at):
        fail(f"{len(got)} rates came back, expected {len(case.at)}")
    for step, rate in zip(case.at, got, strict=True):
        right = oracle.cosine(step, case.steps, case.warmup, case.peak, case.floor or 0.0)
        if not abs(rate - right) <= RATE * case.peak:
            fail(
                f"at step {step} the rate is {apart(rate, right)}",
                expected=right,
                actual=rate,
                where=f"step {step}",
            )


@property_check(
    SCHEDULE,
    examples=25,
    points=2,
    case=schedules("rise"),
    hint="Step 0 is the first: it has peak / warmup already, and step warmup − 1 has peak.",
)
def warms_up(remote: Remote, case: Schedule) -> None:
    """The warm-up: a straight line that reaches the peak"""
    _follows(remote, case)


@property_check(
    SCHEDULE,
    examples=25,
    points=3,
    case=schedules("fall"),
    hint="(1 + cos(π · done)) / 2 goes from 1 to 0 while done goes from 0 to 1.",
)
def falls_along_a_cosine(remote: Remote, case: Schedule) -> None:
    """Then half a cosine from the peak to the floor"""
    _follows(remote, case)


@property_check(
    SCHEDULE,
    examples=25,
    points=1,
    case=schedules("after"),
    hint="From step `steps` on, the rate is the floor; a cosine alone would rise again.",
    needs=["schedule.falls_along_a_cosine"],
)
def stays_at_the_floor(remote: Remote, case: Schedule) -> None:
    """At the end, and after it: the floor"""
    _follows(remote, case)


@property_check(
    SCHEDULE,
    points=1,
    case=schedules("all", warmup=(0, 0)),
    examples=20,
    hint="Without a warm-up there is nothing to divide by.",
)
def needs_no_warmup(remote: Remote, case: Schedule) -> None:
    """No warm-up: the cosine from the start"""
    _follows(remote, case)


@property_check(
    SCHEDULE,
    points=1,
    case=schedules("all", fall=(0, 0)),
    examples=20,
    hint="With warmup = steps the cosine has no length: do not divide by it.",
)
def may_be_all_warmup(remote: Remote, case: Schedule) -> None:
    """Nothing but warm-up: the peak, then the floor"""
    _follows(remote, case)
