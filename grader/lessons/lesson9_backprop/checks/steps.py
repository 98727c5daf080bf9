"""What must hold of the gradients of single steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.derivatives import Array, Named
from grader.kit import Remote, property_check
from grader.lessons.lesson9_backprop import (
    EMBEDDING,
    LINEAR,
    LOSS_STEPS,
    NORM_STEPS,
    TANH,
    driver,
    hints,
    oracle,
)
from grader.lessons.lesson9_backprop.judging import agree
from grader.lessons.lesson9_backprop.strategies.steps import (
    Columns,
    Logits,
    Looked,
    Product,
    Squashed,
    columns,
    logits,
    looked,
    products,
    squashed,
)


@property_check(
    EMBEDDING,
    points=2,
    case=looked(),
    hint="Where did each row of C go? Every place sends its gradient back, and they add up.",
    steps=hints.ROWS_ADD_UP,
)
def rows_add_up(remote: Remote, case: Looked) -> None:
    """Each row of C gets the sum of what flows back to its places

    To look a token up is to copy its row. A row that was copied to several places moves the loss
    through each of them, so its gradient is the sum over all; a row that nobody asked for gets
    zeros. (#embedding)
    """
    given = {"demb": case.demb, "Xb": case.Xb, "C": case.C}
    got = remote(driver.gradients, given, ["C"], case.strided)

    def forward(moved: Named) -> Array:
        return np.asarray(((case.C + moved["C"])[case.Xb] * case.demb).sum())

    agree(["C"], got, {"C": case.C.shape}, forward, case.seed)


@property_check(
    LINEAR,
    points=3,
    case=products(),
    hint="Three products, and only one way in which their shapes fit together.",
    steps=hints.THREE_GRADIENTS,
)
def three_gradients(remote: Remote, case: Product) -> None:
    """dx, dW and db of a linear layer

    Each number of `x @ W` is a sum of products, and each factor's gradient is the other factor,
    times what flows back. Written for all at once, that is dout Wᵀ and xᵀ dout; and the bias, which
    every row got a copy of, gets the sum over the rows. (#linear)
    """
    arrays = case.arrays
    got = remote(driver.gradients, arrays, ["x", "W", "b"], case.strided)
    shapes = {"x": arrays["x"].shape, "W": arrays["W"].shape, "b": (case.fan_out,)}

    def forward(moved: Named) -> Array:
        x, W = (arrays[name] + moved.get(name, 0.0) for name in ("x", "W"))
        return np.asarray(((x @ W + moved.get("b", 0.0)) * arrays["dout"]).sum())

    agree(shapes, got, shapes, forward, case.seed)


@property_check(
    TANH,
    points=2,
    case=squashed(),
    hint="What is the derivative of tanh, written with tanh itself?",
    steps=hints.FROM_THE_RESULT,
)
def from_the_result(remote: Remote, case: Squashed) -> None:
    """What flows back, times 1 − h²

    The slope of tanh at x is 1 − tanh(x)², so the result is all that is needed: where h is near 1
    or −1, next to nothing flows back. (#tanh)
    """
    given = {"dh": case.dh, "h": np.tanh(case.hpreact)}
    got = remote(driver.gradients, given, ["hpreact"], False)

    def forward(moved: Named) -> Array:
        return np.asarray((np.tanh(case.hpreact + moved["hpreact"]) * case.dh).sum())

    agree(["hpreact"], got, {"hpreact": case.dh.shape}, forward, case.seed)


# --- cross-entropy ------------------------------------------------------------------------------


def _of_loss(remote: Remote, case: Logits, names: Sequence[str]) -> None:
    """The gradients of these values on the way from the logits to the loss."""
    got = remote(driver.steps, case.values, case.Yb, case.strided)
    shapes = {name: a.shape for name, a in case.values.items()}

    def forward(moved: Named) -> Array:
        return oracle.cross_entropy(moved, case.logits, case.Yb)["loss"]

    agree(names, got, shapes, forward, case.seed)


@property_check(
    LOSS_STEPS,
    points=2,
    case=logits(),
    hint="Which of the logprobs does the loss look at, and how much does each of them count?",
    steps=hints.FROM_THE_LOSS,
)
def from_the_loss(remote: Remote, case: Logits) -> None:
    """dlogprobs and dprobs

    The loss is minus the mean of n of the logprobs, one a row: each of those gets −1/n, and all
    others 0. The logarithm passes on what arrives, divided by its argument. (#cross-entropy)
    """
    _of_loss(remote, case, oracle.LOSS_STEPS[:2])


@property_check(
    LOSS_STEPS,
    points=3,
    case=logits(),
    hint="A number that was copied along a row gets a sum along the row.",
    steps=hints.THROUGH_THE_SUM,
    needs=["crossentropy_steps.from_the_loss"],
)
def through_the_sum(remote: Remote, case: Logits) -> None:
    """dcounts_sum_inv, dcounts_sum and dcounts

    The inverse of a row's sum was copied along the row, so its gradient is summed along it. And
    each count was used twice: in its probability, and in the sum. Both ways back are added up.
    (#cross-entropy)
    """
    _of_loss(remote, case, oracle.LOSS_STEPS[2:5])


@property_check(
    LOSS_STEPS,
    points=3,
    case=logits(),
    hint="exp is its own derivative. Where did the largest logit of a row go?",
    steps=hints.TO_THE_LOGITS,
    needs=["crossentropy_steps.through_the_sum"],
)
def to_the_logits(remote: Remote, case: Logits) -> None:
    """dnorm_logits, dlogit_maxes and dlogits

    The largest logit is taken off for the sake of exp alone: the loss does not change with it, so
    its gradient is 0 but for rounding. That it comes out as 0, from a sum of numbers that are not,
    says that all before was right. (#cross-entropy)
    """
    _of_loss(remote, case, oracle.LOSS_STEPS[5:])


# --- batch norm ---------------------------------------------------------------------------------


def _of_norm(remote: Remote, case: Columns, names: Sequence[str]) -> None:
    """The gradients of these values on the way from hprebn to hpreact."""
    values = {name: a for name, a in case.values.items() if name != "hpreact"}
    got = remote(driver.steps, values, case.dhpreact, case.strided)
    shapes = {name: a.shape for name, a in values.items()}
    agree(names, got, shapes, case.loss, case.seed)


@property_check(
    NORM_STEPS,
    points=2,
    case=columns(),
    hint="Gain and bias are (1, H): which axis were they copied along?",
    steps=hints.GAIN_AND_BIAS,
)
def gain_and_bias(remote: Remote, case: Columns) -> None:
    """dbnbias, dbngain and dbnraw

    One gain and one bias a column serve all n rows, so each gets a sum over the rows, of the shape
    (1, H) that it has. (#batchnorm)
    """
    _of_norm(remote, case, oracle.NORM_STEPS[:3])


@property_check(
    NORM_STEPS,
    points=3,
    case=columns(),
    hint="The derivative of v to the power −½ is −½ times v to the power −3/2.",
    steps=hints.THROUGH_THE_VARIANCE,
    needs=["batchnorm_steps.gain_and_bias"],
)
def through_the_variance(remote: Remote, case: Columns) -> None:
    """dbnvar_inv, dbnvar and dbndiff2

    The variance is a sum of n squares, divided by n − 1: on the way back each square gets the same,
    1/(n − 1) of what arrives. (#batchnorm)
    """
    _of_norm(remote, case, oracle.NORM_STEPS[3:6])


@property_check(
    NORM_STEPS,
    points=3,
    case=columns(),
    hint="Two ways lead back to bndiff, and two to hprebn.",
    steps=hints.THROUGH_THE_MEAN,
    needs=["batchnorm_steps.through_the_variance"],
)
def through_the_mean(remote: Remote, case: Columns) -> None:
    """dbndiff, dbnmeani and dhprebn

    The difference from the mean was used for the result and for the variance, and the input for the
    difference and for the mean. So in the end each row's gradient depends on all rows: batch norm
    ties the examples of a batch together. (#batchnorm)
    """
    _of_norm(remote, case, oracle.NORM_STEPS[6:])
