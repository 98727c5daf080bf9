"""What must hold of the whole network's gradients, and of the model that trains by them."""

from __future__ import annotations

from grader.kit import Remote, close, property_check
from grader.lessons.lesson9_backprop import BY_HAND, MANUAL, driver, hints, oracle
from grader.lessons.lesson9_backprop.driver import Whole
from grader.lessons.lesson9_backprop.judging import FLOOR, IN_FLOAT32, TOLERANCE, agree
from grader.lessons.lesson9_backprop.strategies.whole import (
    Batch,
    Rows,
    Settled,
    batches,
    rows,
    settled,
)
from grader.nearness import near

# After 100 batches of which each counts for a tenth, 3e-5 is left of what there was before them.
SETTLED = 1e-2


def _whole(remote: Remote, case: Batch) -> Whole:
    return remote(driver.whole, case.p, case.Xb, case.Yb, case.dtype)


@property_check(
    BY_HAND,
    points=1,
    case=batches(),
    hint="forward gives the logits; the loss is their mean cross-entropy.",
    steps=hints.THE_LOSS,
)
def the_loss(remote: Remote, case: Batch) -> None:
    """The loss is the mean cross-entropy of the batch

    What is differentiated must be right first: the mean over the batch of −log p of the token that
    followed. (#by-hand)
    """
    close(_whole(remote, case).loss, float(case.loss({})), rtol=TOLERANCE, what="the loss")


@property_check(
    BY_HAND,
    points=6,
    case=batches(),
    hint="From the loss to C, one layer after another: each gives what the one before it needs.",
    steps=hints.EVERY_PARAMETER,
)
def every_parameter(remote: Remote, case: Batch) -> None:
    """The gradient of every parameter, to 1e-6

    All the pieces in a row, from the last layer to the first. Parameters are judged in this order,
    so that the first wrong one shows where to look: what comes after it on the way back is built
    upon it. (#by-hand)
    """
    agree(oracle.PARAMETERS, _whole(remote, case).grads, case.shapes, case.loss, case.seed)


@property_check(
    BY_HAND,
    points=2,
    case=batches(any_dtype=True),
    examples=20,
    hint="A tensor that you make takes its dtype from another one: zeros_like, not zeros.",
    steps=hints.ANY_DTYPE,
    needs=["byhand.every_parameter"],
)
def any_dtype(remote: Remote, case: Batch) -> None:
    """In float32 too

    Networks are trained in float32, and checked in float64, where a wrong formula cannot hide
    behind rounding. The gradient comes in the dtype of its parameter. (#your-turn)
    """
    exact = case.dtype == "float64"
    tolerance, floor = (TOLERANCE, FLOOR) if exact else (IN_FLOAT32, IN_FLOAT32)
    got = _whole(remote, case).grads
    agree(oracle.PARAMETERS, got, case.shapes, case.loss, case.seed, tolerance, floor)


@property_check(
    MANUAL,
    points=2,
    case=rows(),
    examples=25,
    hint="model.py came complete: is yours as it came? zth diff lesson9.",
    steps=hints.AUTOGRAD_IS_TOLD,
    needs=["byhand.every_parameter"],
)
def autograd_is_told(remote: Remote, case: Rows) -> None:
    """loss.backward() hands your gradients to every parameter

    Autograd knows nothing of what happens inside a Function: it asks its backward for the gradients
    of what went in, given that of what came out. So any optimizer can train by yours. (#your-turn)
    """
    args = case.config, case.p, case.idx, case.targets, case.weight
    got = remote(driver.model, *args)
    near(got.logits, case.logits({}), "logits", tolerance=TOLERANCE)
    close(got.loss, float(case.loss({})), rtol=TOLERANCE, what="the loss")
    agree(oracle.PARAMETERS, got.grads, case.shapes, case.loss, case.seed)


@property_check(
    MANUAL,
    points=1,
    case=settled(),
    examples=5,
    hint="Keep a running mean of each batch's mean and variance; in eval mode, use those.",
    steps=hints.RUNNING,
    needs=["manual.autograd_is_told"],
)
def running_statistics(remote: Remote, case: Settled) -> None:
    """In eval mode, batch norm goes by what it saw in training

    A model in use may get a single row, which has no mean to speak of. So training keeps a running
    mean of what the batches had, and eval mode goes by that: then no row's answer depends on its
    neighbours. (#your-turn)
    """
    got = remote(driver.evaluated, case.config, case.p, case.idx, case.targets, 100)
    near(got, case.evaluated(), "logits", tolerance=SETTLED)
