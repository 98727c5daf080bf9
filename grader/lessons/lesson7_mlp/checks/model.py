"""What must hold of windows and of the language model."""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson7_mlp import MLP_LM, WINDOWS, driver, hints, oracle
from grader.lessons.lesson7_mlp.strategies.model import LmCase, Rows, Slot, lms, rows, slots
from grader.nearness import near
from zth.language import tr

# Weights are in float64, but a right model may compute in float32 (u = 6e-8). Hidden inputs sum up
# to 17 products of about 1, up to 40 in size, so that they are off by 40 u at most and typically by
# a tenth of it; the head weighs up to five of these, by about 1. That is 200 u = 1.2e-5 at most;
# eight times as much is allowed. Measured with float32 throughout, 1,000 cases: 4e-7 of the largest
# logit, and 7e-7 in the loss.
TOLERANCE = 1e-4


@property_check(
    WINDOWS,
    points=2,
    case=rows(),
    examples=30,
    hint="context − 1 zeros in front of each row; then every run of context tokens.",
    steps=hints.EACH_POSITION_HAS_ITS_WINDOW,
)
def each_position_has_its_window(remote: Remote, case: Rows) -> None:
    """A position sees itself and what is just before it, in order

    The last number of a window is the token of its own position, which is known; the token after it
    is the answer, and must not be there. Where a window reaches back before its row, there is
    nothing, which is token 0. Each row stands for itself. (#data)
    """
    got = remote(driver.windows, case.idx, case.context)
    close(got, oracle.windows(case.idx, case.context), rtol=0, atol=0, what=tr("windows"))


def _logits(case: LmCase) -> Array:
    return oracle.mlp(case.weights, case.idx, case.config.context)


@property_check(
    MLP_LM,
    points=3,
    case=lms(),
    examples=30,
    hint="Embed each window, flatten its last two dimensions; hidden, tanh, lm_head.",
    steps=hints.LOGITS_ARE_RIGHT,
)
def logits_are_right(remote: Remote, case: LmCase) -> None:
    """The right logits at every position, for given weights

    The weights are given, so there is one right answer: the vectors of a window's tokens side by
    side, oldest first, through a linear layer, a tanh, and another linear layer. After every
    position, since each of them is asked for the next token. (#model)
    """
    got = remote(driver.lm, case.config, case.weights, case.idx, None).logits
    near(got, _logits(case), "logits", tolerance=TOLERANCE)


def _judged(remote: Remote, case: LmCase) -> None:
    """Logits and loss."""
    got = remote(driver.lm, case.config, case.weights, case.idx, case.targets)
    near(got.logits, _logits(case), "logits", tolerance=TOLERANCE)
    if got.loss is None:
        fail(tr("given targets, the model must return their loss"))
    expected = oracle.mlp_loss(case.weights, case.idx, case.targets, case.config.context)
    close(got.loss, float(expected), rtol=TOLERANCE, atol=TOLERANCE, what=tr("loss"))


@property_check(
    MLP_LM,
    points=2,
    case=lms("loss"),
    examples=25,
    hint="Cross-entropy of all positions of all rows, as targets come; the mean, in nats.",
    steps=hints.LOSS_IS_THE_MEAN,
)
def loss_is_the_mean(remote: Remote, case: LmCase) -> None:
    """With targets: the mean cross-entropy, and the same logits

    targets[b, t] is the token that follows idx[b, t], so logits and targets are in step already.
    The loss is the mean of −ln softmax(logits)[target] over all B · T positions. (#model)
    """
    _judged(remote, case)


@property_check(
    MLP_LM,
    points=1,
    case=lms("loss", last=True),
    examples=20,
    hint="Targets of shape (B,) belong to the last position of each row; logits stay (B, T, V).",
    steps=hints.ONE_TARGET_A_ROW,
)
def one_target_a_row(remote: Remote, case: LmCase) -> None:
    """With one target a row: the loss of the last position

    `build_dataset` has one target for each context, the token that comes after all of it. That is
    what the model says at the last position of the row; what it says at the others has no target
    here, and does not count. The logits are the same as ever. (#model)
    """
    _judged(remote, case)


@property_check(
    MLP_LM,
    points=2,
    case=lms("gradients"),
    examples=20,
    hint="Does the loss reach the table, through every place of the window?",
    steps=hints.GRADIENTS_ARE_RIGHT,
)
def gradients_are_right(remote: Remote, case: LmCase) -> None:
    """The gradients of the loss, down to the embeddings

    A row of the table gets the sum of what arrives at all places where its token stands, in every
    window that it is in. Where something on the way is detached, or computed outside of PyTorch,
    the table would stay as it began. (#embedding)
    """
    got = remote(driver.lm, case.config, case.weights, case.idx, case.targets)

    def forward(named: Named) -> Array:
        return oracle.mlp_loss(named, case.idx, case.targets, case.config.context)

    check_gradients(forward, case.weights, np.array(1.0), got.grads, case.seed, TOLERANCE)


@property_check(
    MLP_LM,
    points=2,
    case=slots(),
    examples=15,
    hint="batchnorm(n_hidden), once; what it makes stands between the hidden layer and the tanh.",
    steps=hints.BATCHNORM_IS_A_SLOT,
)
def batchnorm_is_a_slot(remote: Remote, case: Slot) -> None:
    """batchnorm= is called with n_hidden, and stands before the tanh

    The next lesson's batch norm keeps what enters the tanh from becoming too large. Where it is
    given, the model makes one, for n_hidden numbers, and has every hidden vector go through it. The
    check puts in a part that is easy to recognise: it turns the sign round, doubles, and shifts.
    (#model)
    """
    c = case.lm
    got = remote(driver.slotted, c.config, c.weights, c.idx, case.slope, case.shift)
    if got.sizes != [c.config.n_hidden]:
        message = tr("batchnorm must be called once, with n_hidden")
        fail(message, expected=[c.config.n_hidden], actual=got.sizes)
    expected = oracle.mlp(c.weights, c.idx, c.config.context, case.slope, case.shift)
    near(got.logits, expected, "logits", tolerance=TOLERANCE)
