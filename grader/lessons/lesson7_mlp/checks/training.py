"""What must hold of training, of the sweep, and of the loss of a split."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson7_mlp import CHOICE, DESCENT, SPLIT_LOSS, SWEEP, driver, hints, oracle
from grader.lessons.lesson7_mlp.checks.judging import (
    all_new,
    asked,
    batches,
    mode_kept,
    repeated,
)
from grader.lessons.lesson7_mlp.driver import Swept, Trained
from grader.lessons.lesson7_mlp.strategies.training import (
    Batches,
    Choice,
    Descent,
    Sweeping,
    Whole,
    choices,
    descents,
    long_sweeps,
    many_batches,
    sweeps,
    wholes,
)
from grader.losses import cross_entropy
from zth.language import tr

# The model is in float64, but a loss may be kept in float32, whose unit roundoff is 6e-8, and so
# may a rate, as logspace gives it: ten to a power of 3 or less is off by 7 u = 4e-7 of itself. Six
# steps with rates up to 10 carry that into losses of up to 30 or so; twenty times that is allowed.
# Measured with rates and losses in float32, 1,000 cases: 9e-8.
TOLERANCE = 1e-5
DRAWN = ["minibatches.rows_belong_together"]  # train and sweep draw their batches with it


def _trained(remote: Remote, case: Descent, other: int = 0) -> Trained:
    run = replace(case.task.run, other=other)
    got = remote(driver.trained, run, case.lr, case.steps, case.batch_size)
    if len(got.losses) != case.steps:
        message = tr(
            "{count} losses came back, expected one for each of {steps} steps",
            count=len(got.losses),
            steps=case.steps,
        )
        fail(message)
    return got


def _followed(remote: Remote, case: Descent) -> None:
    """Fails unless losses and weights are those of the batches that the model saw."""
    got = _trained(remote, case)
    seen = batches(case.task.run, got.seen, case.batch_size, case.steps)
    losses, table = oracle.descend(case.task.run.table, seen, case.rates)
    close(got.losses, losses, rtol=TOLERANCE, atol=TOLERANCE, what=tr("losses"))
    close(got.seen.table, table, rtol=TOLERANCE, atol=TOLERANCE, what=tr("the weights at the end"))


@property_check(
    DESCENT,
    points=3,
    case=descents(st.just(1) | st.just(2)),
    examples=25,
    hint="Old gradients away, backward, then p ← p − lr · p.grad for each p that has one.",
    steps=hints.STEPS_ARE_RIGHT,
    needs=DRAWN,
)
def steps_are_right(remote: Remote, case: Descent) -> None:
    """Each step goes against the gradient of its batch, by lr

    A step draws a batch, finds the loss, and moves every weight against its gradient by lr times
    its size. backward adds to the gradients that are there, so the old ones go first. The check
    replays the run on the batches that the model saw, and compares losses and weights. (#batches)
    """
    _followed(remote, case)


@property_check(
    DESCENT,
    points=1,
    case=descents(st.integers(3, 7)),
    examples=20,
    hint="step < steps / 2: lr. After that: lr / 10.",
    steps=hints.THE_RATE_FALLS,
    needs=["descent.steps_are_right"],
)
def the_rate_falls(remote: Remote, case: Descent) -> None:
    """The second half of the steps is taken at a tenth of the rate

    Near a minimum, the noise of the batches keeps the weights moving about, the farther the larger
    the rate is. With a tenth of it they settle. Of 5 steps, the steps 0, 1 and 2 are before the
    half, 3 and 4 after it. (#rate)
    """
    _followed(remote, case)


@property_check(
    DESCENT,
    points=1,
    case=many_batches(),
    examples=5,
    hint="One minibatch a step, from the generator that came in.",
    steps=hints.EVERY_STEP_HAS_ITS_BATCH,
    needs=DRAWN,
)
def every_step_has_its_batch(remote: Remote, case: Batches) -> None:
    """Every step has a batch of its own, drawn by the generator; in training mode

    A mean over a few examples points roughly in the right direction, and the next few correct it:
    with the same batch at every step there would be nothing to correct. The generator that is given
    decides, so that a run can be repeated. (#batches)
    """
    first, again = (_trained(remote, case, other) for other in (0, 1))
    all_new(batches(case.task.run, first.seen, case.batch_size, case.steps))
    repeated(first.seen, again.seen)
    if not all(first.seen.training):
        fail(tr("the model was in eval mode while it was trained"))


# --- the sweep ----------------------------------------------------------------------------------


def _swept(remote: Remote, case: Sweeping, other: int = 0) -> Swept:
    run = replace(case.run, other=other)
    return remote(driver.swept, run, case.low, case.high, case.steps, case.batch_size)


@property_check(
    SWEEP,
    points=3,
    case=sweeps(),
    examples=25,
    hint="Rates by equal factors, low and high included; at each: the loss, then one step.",
    steps=hints.ONE_STEP_AT_EACH_RATE,
    needs=DRAWN,
)
def one_step_at_each_rate(remote: Remote, case: Sweeping) -> None:
    """Rates rise by equal factors, with one step at each

    What counts is how many times larger a rate is, so the exponent goes up in equal steps. At each
    rate one batch is drawn, its loss noted, and one step taken; the next loss shows what came of
    it. (#rate)
    """
    got = _swept(remote, case)
    close(got.rates, case.rates, rtol=TOLERANCE, atol=0, what=tr("rates"))
    seen = batches(case.run, got.seen, case.batch_size, case.steps)
    losses, _ = oracle.descend(case.run.table, seen, case.rates)
    close(got.losses, losses, rtol=TOLERANCE, atol=TOLERANCE, what=tr("losses"))


SWEPT = ["sweep.one_step_at_each_rate"]


@property_check(
    SWEEP,
    points=1,
    case=long_sweeps(),
    examples=5,
    hint="One minibatch a rate, from the generator that came in.",
    steps=hints.EVERY_RATE_HAS_ITS_BATCH,
    needs=SWEPT,
)
def every_rate_has_its_batch(remote: Remote, case: Sweeping) -> None:
    """Every rate is tried on a batch of its own, drawn by the generator

    With one batch for all rates, the sweep would show how fast the model learns that batch by
    heart, and like large rates too well. And with the generator that is given, a sweep can be
    repeated. (#rate)
    """
    first, again = (_swept(remote, case, other) for other in (0, 1))
    all_new(batches(case.run, first.seen, case.batch_size, case.steps))
    repeated(first.seen, again.seen)


@property_check(
    SWEEP,
    points=1,
    case=sweeps(),
    examples=10,
    hint="copy.deepcopy(model), and its own parameters; or put the old weights back.",
    steps=hints.THE_MODEL_STAYS,
    needs=SWEPT,
)
def the_model_stays(remote: Remote, case: Sweeping) -> None:
    """The model comes out as it went in

    A sweep ends with rates that are far too large, and leaves weights that are good for nothing. It
    is a question, and the training that follows starts from where it would have started. (#rate)
    """
    got = _swept(remote, case)
    close(got.seen.table, case.run.table, rtol=0, atol=0, what=tr("the model's weights"))
    mode_kept(case.run.training, got.seen.training_after)


@property_check(
    SWEEP,
    points=1,
    case=sweeps(diverging=True),
    examples=10,
    hint="math.isfinite(loss), before the loss is noted.",
    steps=hints.IT_STOPS_WHERE_IT_DIVERGES,
    needs=SWEPT,
)
def it_stops_where_it_diverges(remote: Remote, case: Sweeping) -> None:
    """It ends before the first loss that is not finite

    A loss of NaN makes every weight NaN, and all that follows: there is nothing more to see. The
    lists hold what came before it, as many rates as losses, perhaps none. (#rate)
    """
    got = _swept(remote, case)
    for name, numbers in ((tr("rates"), got.rates), (tr("losses"), got.losses)):
        if len(numbers) != case.bad or not all(math.isfinite(x) for x in numbers):
            message = tr(
                "the loss of pass {bad} is NaN: the {name} must be {bad} finite numbers",
                name=name,
                bad=case.bad,
            )
            fail(message, actual=numbers)


@property_check(
    CHOICE,
    points=2,
    case=choices(),
    examples=40,
    hint="Smooth, correct for the start at 0, find the lowest, take a third of its rate.",
    steps=hints.A_THIRD_OF_THE_LOWEST,
)
def a_third_of_the_lowest(remote: Remote, case: Choice) -> None:
    """A third of the rate where the smoothed loss is lowest

    The loss of one batch is low by luck; a running mean forgets luck slowly. It starts at 0, so its
    first values are too small, exactly by the factor 1 − sⁱ. At the lowest point steps are at their
    limit, and somewhat before it is where to train. (#rate)
    """
    got = remote(driver.chosen, case.rates, list(case.losses), case.smoothing)
    smooth = oracle.smoothed(case.losses, 0.95 if case.smoothing is None else case.smoothing)
    # Where two are equally low but for rounding, either may be the lowest.
    lowest = [case.rates[i] / 3 for i in np.flatnonzero(smooth <= smooth.min() + 1e-12)]
    nearest = min(lowest, key=lambda rate: abs(rate - got))
    close(got, nearest, rtol=1e-9, what=tr("the rate"))


@property_check(
    CHOICE,
    case=st.just(Choice((), None)),
    examples=1,
    advisory=True,
    hint="Raise a ValueError where there are no rates.",
)
def nothing_to_choose_from(remote: Remote, _: Choice) -> None:
    """Beyond the lecture: a sweep without rates is a ValueError

    Where the very first loss was not finite, a sweep is empty. The rate was not at fault there; the
    model or the data was, and a clear word about it is worth more than a number. (#rate)
    """
    if (name := remote(driver.choice_error)) != "ValueError":
        fail(tr("a sweep without rates: {what}", what=name or tr("no error")))


# --- the loss of a split ------------------------------------------------------------------------


@property_check(
    SPLIT_LOSS,
    points=2,
    case=wholes(),
    examples=30,
    hint="Weigh the mean of each batch by its size, and divide by the number of examples.",
    steps=hints.EVERY_EXAMPLE_COUNTS,
)
def every_example_counts(remote: Remote, case: Whole) -> None:
    """The mean over all examples, each counted once

    A split is too large for one pass, so it goes by batches, and the last one is what is left. The
    mean of the batches' means would count its few examples for more. (#splits)
    """
    got = remote(driver.whole, case.task.run, case.batch_size)
    run = case.task.run
    expected = float(cross_entropy(oracle.linear(run.table, run.X), run.Y))
    close(got.loss, expected, rtol=TOLERANCE, what=tr("the loss"))
    most = 1000 if case.batch_size is None else case.batch_size
    sizes = [len(x) for x in got.seen.inputs if x.ndim]
    if max(sizes, default=0) > most:
        message = tr(
            "the model was given {count} examples at a time, {most} are allowed",
            count=max(sizes),
            most=most,
        )
        fail(message)
    close(got.seen.table, run.table, rtol=0, atol=0, what=tr("the model's weights"))


@property_check(
    SPLIT_LOSS,
    points=1,
    case=wholes(),
    examples=10,
    hint="model.eval() before, torch.no_grad() around, and the old mode afterwards.",
    steps=hints.A_QUESTION_LEAVES_NO_TRACE,
)
def a_question_leaves_no_trace(remote: Remote, case: Whole) -> None:
    """In eval mode, without gradients, mode restored

    A loss is asked for in the middle of training. It is to be that of the model as it will be used,
    in eval mode; gradients are not needed, and without them no activations are kept. And training
    goes on afterwards as if nobody had asked. (#splits)
    """
    got = remote(driver.whole, case.task.run, case.batch_size)
    asked(case.task.training, got.seen)
