"""What must hold of batch normalisation."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson8_normalization import BATCHNORM, driver, oracle
from grader.lessons.lesson8_normalization.checks.starts import refused
from grader.lessons.lesson8_normalization.driver import Passed
from grader.lessons.lesson8_normalization.hints import norms as hints
from grader.lessons.lesson8_normalization.strategies.batches import (
    Lonely,
    New,
    Passes,
    far,
    sequences,
    trained,
)
from grader.nearness import near
from grader.norms import OFFSET, TOLERANCE
from zth.language import tr


def played(remote: Remote, case: Passes) -> list[Passed]:
    return remote(driver.batchnorm, case.weights, case.settings, case.batches)


def _point(case: Passes, i: int) -> Named:
    return {"x": case.batches[i].x, **case.weights}


@property_check(
    BATCHNORM,
    points=3,
    case=trained(1.0, 3e-3),
    hint="Mean and variance of each channel are over all dimensions but the last, divided by n.",
    steps=hints.BATCH_IS_NORMALISED,
)
def batch_is_normalised(remote: Remote, case: Passes) -> None:
    """In training: mean 0 and variance 1 for each channel, over all dimensions but the last

    However large the weights before it are, each channel comes out with mean 0 and variance 1 over
    the rows of the batch, then stretched and moved by what the model has learned. In (B, T, C)
    every token is a row. eps, as it was passed, is added to the variance, under the root: for
    numbers of about 0.003 it decides. (#batchnorm)
    """
    (got,) = played(remote, case)
    near(got.y, oracle.batch_norm(_point(case, 0), case.due_eps), tolerance=TOLERANCE)


@property_check(
    BATCHNORM,
    points=1,
    case=far(),
    examples=20,
    hint="E[x²] − E[x]² loses its digits where the mean is large: subtract the mean first.",
    steps=hints.BATCH_SURVIVES_AN_OFFSET,
)
def batch_survives_an_offset(remote: Remote, case: Passes) -> None:
    """In float32, inputs around 4096 keep their digits

    On paper the mean of (x − mean)² and E[x²] − E[x]² are the same. In float32 both terms of the
    second are near 16.8 million, and their difference is mostly rounding. (#batchnorm)
    """
    y = remote(driver.batchnorm_in_float32, case.weights, case.batches[0].x)
    near(y, oracle.batch_norm(_point(case, 0), case.due_eps), tolerance=OFFSET)


@property_check(
    BATCHNORM,
    points=2,
    case=trained(1.0, backward=True),
    hint="The mean and the variance depend on x too.",
    steps=hints.BATCH_GRADIENTS,
)
def batch_gradients(remote: Remote, case: Passes) -> None:
    """In training: the gradients of x, gain and bias

    A row moves the mean and the variance of the batch, and through them the result of every other
    row. So its gradient has three parts: straight through, by the mean, by the variance. In lesson
    9 you derive them by hand. (#batchnorm)
    """
    (got,) = played(remote, case)

    def forward(named: Named) -> Array:
        return oracle.batch_norm(named, case.due_eps)

    near(got.y, forward(_point(case, 0)), tolerance=TOLERANCE)
    up = case.batches[0].up
    check_gradients(forward, _point(case, 0), up, got.grads, case.seed, TOLERANCE)


def _follows(got: list[Passed], case: Passes) -> Named:
    """Fails unless the running statistics are right after every pass; returns the last ones."""
    running = case.running()
    for i, (passed, batch) in enumerate(zip(got, case.batches, strict=True), start=1):
        if batch.training:
            running = oracle.followed(running, batch.x, case.due_momentum)
        for name, due in running.items():
            what = tr("{name} after pass {i}", name=name, i=i)
            near(passed.running[name], due, what, tolerance=TOLERANCE)
    return running


@property_check(
    BATCHNORM,
    points=3,
    case=sequences(),
    hint="momentum is the share of the new; the running variance is the one of n − 1.",
    steps=hints.RUNNING_STATISTICS_FOLLOW,
)
def running_statistics_follow(remote: Remote, case: Passes) -> None:
    """In training: running mean and variance move towards the batch's

    Later, one row must get one answer, whatever stands beside it. So in training each batch leaves
    a trace: (1 − momentum) of the old and momentum of the new. The variance is an estimate for rows
    to come, so it is divided by n − 1, which is right on average. (#running)
    """
    got = played(remote, case)
    _follows(got, case)
    for i, passed in enumerate(got):
        due = oracle.batch_norm(_point(case, i), case.due_eps)
        near(passed.y, due, tr("y of pass {i}", i=i + 1), tolerance=TOLERANCE)


@property_check(
    BATCHNORM,
    points=3,
    case=sequences(ends=True),
    needs=("batchnorm.running_statistics_follow",),
    hint="In eval mode the running statistics take the places of the batch's, and stay.",
    steps=hints.EVAL_USES_THE_RUNNING_ONES,
)
def eval_uses_the_running_ones(remote: Remote, case: Passes) -> None:
    """In eval mode: the running statistics, which no longer change

    What the model says of a row depends on that row alone now, and a batch of one is fine. All that
    is left of the layer is a factor and an offset for each channel, so the gradient of x is the
    upstream one times that factor. (#running)
    """
    got = played(remote, case)
    running = _follows(got, case)

    def forward(named: Named) -> Array:
        return oracle.batch_norm_after(named, running, case.due_eps)

    for i, (passed, batch) in enumerate(zip(got, case.batches, strict=True)):
        if not batch.training:
            point = _point(case, i)
            near(passed.y, forward(point), tr("y of pass {i}", i=i + 1), tolerance=TOLERANCE)
            check_gradients(forward, point, batch.up, passed.grads, case.seed, TOLERANCE)


@property_check(
    BATCHNORM,
    points=1,
    case=st.sampled_from([Lonely((1, 3)), Lonely((1, 1, 2)), Lonely((1, 1))]),
    examples=6,
    hint="In training, one row has no variance.",
    steps=hints.ONE_ROW_IS_REFUSED,
)
def one_row_is_refused(remote: Remote, case: Lonely) -> None:
    """In training, a batch of one row is a ValueError; in eval mode it is none

    All its deviations would be 0, and the result the bias, whatever the row says: a model would
    train on nothing, without a word. (#batchnorm)
    """
    refused(remote(driver.batchnorm_error, list(case.shape), True))
    if error := remote(driver.batchnorm_error, list(case.shape), False):
        fail(tr("in eval mode, one row must be fine"), expected=tr("no error"), actual=error)


@property_check(
    BATCHNORM,
    points=1,
    case=st.builds(New, st.integers(1, 5)),
    examples=5,
    hint="Two parameters that change nothing at first, and two buffers.",
    steps=hints.BATCHNORM_STARTS_NEUTRAL,
)
def batchnorm_starts_neutral(remote: Remote, case: New) -> None:
    """Gain 1, bias 0; running mean 0 and variance 1, saved and not trained

    Parameters are what the optimizer moves. The running statistics are moved by the batches, so
    they are buffers: they are in the state_dict and go where the model goes, and nothing trains
    them. (#running)
    """
    parameters, running = remote(driver.new_batchnorm, case.dim)
    if sorted(parameters) != ["bias", "weight"]:
        message = tr(
            "a new BatchNorm1d has the parameters {names}, expected {expected}",
            names=sorted(parameters),
            expected=["bias", "weight"],
        )
        fail(message)
    due = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    for name, a in (parameters | running).items():
        close(a, np.full(case.dim, due[name]), what=name)
