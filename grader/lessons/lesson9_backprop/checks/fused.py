"""What must hold of the gradients in one expression."""

from __future__ import annotations

from grader.derivatives import Array, Named
from grader.kit import Remote, property_check
from grader.lessons.lesson9_backprop import LOSS_FUSED, NORM_FUSED, driver, hints
from grader.lessons.lesson9_backprop.judging import agree
from grader.lessons.lesson9_backprop.strategies.steps import Columns, Logits, columns, logits
from grader.losses import cross_entropy


def _fused(remote: Remote, case: Logits) -> None:
    given = {"logits": case.logits, "Yb": case.Yb}
    got = remote(driver.gradients, given, ["logits"], case.strided)

    def forward(moved: Named) -> Array:
        return cross_entropy(case.logits + moved["logits"], case.Yb)

    agree(["logits"], got, {"logits": case.logits.shape}, forward, case.seed)


@property_check(
    LOSS_FUSED,
    points=3,
    case=logits(file="fused"),
    hint="What pushes a logit up, and what pushes it down? Two terms, over n.",
    steps=hints.IN_ONE_EXPRESSION,
)
def in_one_expression(remote: Remote, case: Logits) -> None:
    """dlogits at once: the probabilities, less 1 at the target, over n

    All eight steps come down to this: each logit is pushed down by its probability, and that of the
    target pulled up by 1. In a row the forces sum to 0, and they vanish where the model is sure and
    right. (#fused)
    """
    _fused(remote, case)


@property_check(
    LOSS_FUSED,
    points=2,
    case=logits((1e3, 1e5), file="fused"),
    examples=20,
    hint="exp(1000) is infinite: which softmax does not mind?",
    steps=hints.LARGE_LOGITS,
    needs=["crossentropy_fused.in_one_expression"],
)
def large_logits(remote: Remote, case: Logits) -> None:
    """Logits of ±100,000 make no infinity and no NaN

    A softmax that takes the largest logit off first has no exp above 1. And nothing is divided by a
    probability here, which may well be 0, as in the steps. (#fused)
    """
    _fused(remote, case)


@property_check(
    NORM_FUSED,
    points=4,
    case=columns(file="fused"),
    hint="Take off the mean of what arrives, and its slope along the normalized input.",
    steps=hints.NORM_IN_ONE,
)
def norm_in_one_expression(remote: Remote, case: Columns) -> None:
    """dhprebn at once, from bnraw, bnvar_inv and the gain

    Batch norm gives the same for an input that is moved or stretched as a whole. So nothing of what
    flows back may move or stretch it: the mean over the rows is taken off, and the part that lies
    along the normalized input. The rest is scaled as the input was. (#fused)
    """
    given = {"dhpreact": case.dhpreact} | {
        name: case.values[name] for name in ("bnraw", "bnvar_inv", "bngain")
    }
    got = remote(driver.gradients, given, ["hprebn"], case.strided)
    agree(["hprebn"], got, {"hprebn": case.hprebn.shape}, case.loss, case.seed)
