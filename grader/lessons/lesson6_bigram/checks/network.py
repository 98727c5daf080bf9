"""What must hold of the bigram model as a network, and of its training."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson6_bigram import BIGRAM, DESCENT, driver, hints, oracle
from grader.lessons.lesson6_bigram.cases import Model, New, Steps, descents, models
from grader.losses import cross_entropy
from grader.nearness import near
from zth.language import tr

# W is in float32 (u = 6e-8), as models are trained, and up to 4 here: a product with a one-hot
# vector leaves it as it is, softmax and logarithm move results by a few u of 4 and of the sum of up
# to 6 terms, a mean over 15 positions by 15 u, and 4 steps of a rate of 5 move W by 20 of these at
# most: 2e-5 in all. Measured, 400 cases each: losses, with large logits too, 2e-7, and W 4e-7.
TOLERANCE = 2e-5
LARGE = 1000.0


@property_check(
    BIGRAM,
    points=3,
    case=models(),
    hint="one_hot(idx) @ W: token a picks row a of W, at every position.",
    steps=hints.LOGITS_ARE_ROWS,
)
def logits_are_rows(remote: Remote, case: Model) -> None:
    """The logits after token a are row a of W

    A one-hot vector times a matrix is one of its rows: the linear layer looks up. So each position
    has the logits of its own token, whatever stands around it, and nothing else plays a part.
    Without targets there is no loss. (#network)
    """
    got = remote(driver.bigram, case.config, case.W, case.idx, None)
    near(got.logits, case.W[case.idx], "logits", tolerance=TOLERANCE)


def _loss(remote: Remote, case: Model) -> Named:
    """The gradients; fails unless logits and loss are right."""
    got = remote(driver.bigram, case.config, case.W, case.idx, case.targets)
    near(got.logits, case.W[case.idx], "logits", tolerance=TOLERANCE)
    if got.loss is None:
        fail(tr("given targets, the model must return their loss"))
    expected = float(cross_entropy(case.W[case.idx], case.targets))
    close(got.loss, expected, rtol=TOLERANCE, atol=TOLERANCE, what=tr("loss"))
    return got.grads


@property_check(
    BIGRAM,
    points=2,
    case=models("loss"),
    hint="Cross-entropy of the logits with the targets as they come: mean, in nats.",
    steps=hints.LOSS_IS_THE_MEAN,
    needs=("bigram.logits_are_rows",),
)
def loss_is_the_mean(remote: Remote, case: Model) -> None:
    """With targets: the mean cross-entropy, and the same logits

    It is the likelihood of before: −ln of what the model gave to the token that came, and the mean
    of it over all rows and all positions. (#network)
    """
    _loss(remote, case)


@property_check(
    BIGRAM,
    points=2,
    case=models("gradient"),
    examples=20,
    hint="Is W an nn.Parameter, and does everything between it and the loss stay in torch?",
    steps=hints.GRADIENT_ARRIVES,
    needs=("bigram.logits_are_rows",),
)
def gradient_arrives(remote: Remote, case: Model) -> None:
    """The gradient of the loss reaches W

    Where a token was, its row learns: what the model expects, less what was there, as a share of
    all positions. Rows of tokens that were not there have a gradient of 0. (#network)
    """
    grads = _loss(remote, case)

    def forward(named: Named) -> Array:
        return cross_entropy(named["W"][case.idx], case.targets)

    check_gradients(forward, {"W": case.W}, np.array(1.0), grads, case.seed, TOLERANCE)


@property_check(
    BIGRAM,
    points=1,
    case=models("loss", scale=LARGE),
    examples=20,
    hint="exp(1000) is infinite. F.cross_entropy subtracts the largest logit first.",
    steps=hints.LARGE_LOGITS,
    needs=("bigram.loss_is_the_mean",),
)
def large_logits_are_no_trouble(remote: Remote, case: Model) -> None:
    """The loss is finite however large W is

    exp overflows in float32 beyond 88, and falls to 0 below −104; ln of either is infinite. The
    logarithm of softmax needs neither: subtract the largest logit, and the logarithm of the sum of
    what is left. (#network)
    """
    _loss(remote, case)


@property_check(
    BIGRAM,
    points=1,
    case=st.builds(New, st.integers(2, 30), st.sampled_from([1, 8])),
    examples=5,
    hint="One nn.Parameter, W, of vocab_size rows and columns, all zeros.",
    steps=hints.STARTS_WITHOUT_AN_OPINION,
)
def starts_without_an_opinion(remote: Remote, case: New) -> None:
    """A new model has W, all zeros, and nothing else

    Equal logits are equal probabilities, so the loss starts at ln V, that of a model that knows
    nothing. The problem has a single valley: from wherever one starts, one arrives. (#network)
    """
    got = remote(driver.built, case.config)
    if list(got) != ["W"]:
        message = tr("the model's parameters are {names}, expected W alone", names=sorted(got))
        fail(message)
    close(got["W"], np.zeros((case.V, case.V)), rtol=0, atol=0, what="W")


# --- training -----------------------------------------------------------------------------------


def _descends(remote: Remote, case: Steps) -> None:
    got = remote(driver.trained, case.W, case.text.tokens, case.settings, case.steps, case.old)
    losses, W = oracle.descend(case.W, case.text.tokens, case.steps, case.rate, case.penalty)
    close(got.losses, losses, rtol=TOLERANCE, atol=TOLERANCE, what=tr("the losses"))
    near(got.W, W, "W", tolerance=TOLERANCE)


@property_check(
    DESCENT,
    points=3,
    case=descents(penalised=False),
    hint="All pairs of the text at once: loss, backward, W − learning_rate · gradient; repeat.",
    steps=hints.STEPS_DOWN_THE_GRADIENT,
)
def steps_down_the_gradient(remote: Remote, case: Steps) -> None:
    """Each step: W less the gradient of the mean loss, times the learning rate

    The loss is that of all pairs of neighbours in the text, so every step has the true gradient and
    nothing is left to chance. Each loss that is returned is that before its step. (#network)
    """
    _descends(remote, case)


@property_check(
    DESCENT,
    points=2,
    case=descents(penalised=True),
    hint="loss + penalty · mean(W²), before backward.",
    steps=hints.THE_PENALTY_PULLS,
    needs=("descent.steps_down_the_gradient",),
)
def the_penalty_pulls(remote: Remote, case: Steps) -> None:
    """The penalty counts, in the loss and in its gradient

    The mean of W² is smallest where W is 0, and there all tokens are equally likely: the penalty
    pulls where smoothing pulls, and its strength plays the part of the pseudo-counts. (#network)
    """
    _descends(remote, case)


@property_check(
    DESCENT,
    points=1,
    case=descents(penalised=False, stale=True),
    examples=20,
    hint="backward adds to the gradient that is there; clear it before each.",
    steps=hints.OLD_GRADIENTS,
    needs=("descent.steps_down_the_gradient",),
)
def old_gradients_do_not_count(remote: Remote, case: Steps) -> None:
    """A gradient from before the first step does not count

    Whoever evaluated a loss before may have left a gradient in the model. backward adds to it, so
    it must be cleared before the first step as before all others. (#network)
    """
    _descends(remote, case)
