"""What must hold of the hierarchy, and of WaveNet."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson10_wavenet import HIERARCHY, WAVENET, driver, hints
from grader.lessons.lesson10_wavenet.checks.judging import TOLERANCE, moves_exactly
from grader.lessons.lesson10_wavenet.strategies.models import (
    SLOTS,
    ModelElsewhere,
    MovedTokens,
    NewModel,
    Waves,
    Windowed,
    moved_tokens,
    waves,
    windowed,
)
from grader.losses import cross_entropy
from grader.nearness import near
from zth.language import tr

# --- the hierarchy ------------------------------------------------------------------------------

LEVELS = "Embed; then, level by level: flatten, linear, tanh; at the end lm_head."


@property_check(
    HIERARCHY,
    points=3,
    case=windowed(),
    hint=LEVELS,
    steps=hints.HIERARCHY_MATCHES_THE_FORMULA,
)
def hierarchy_matches_the_formula(remote: Remote, case: Windowed) -> None:
    """The right logits for a window, for given weights

    Eight characters become four pairs, two groups of four, one of eight. Each level has its own
    matrix, which all its groups share: what makes a pair of letters is the same wherever they
    stand. (#hierarchy)
    """
    got = remote(driver.hierarchy, case.config, case.weights, case.idx, case.up)
    near(got.y, case.logits(case.weights), "logits", tolerance=TOLERANCE)


TREE = ["hierarchy.hierarchy_matches_the_formula"]


@property_check(
    HIERARCHY,
    points=2,
    case=windowed(shown="gradients"),
    examples=20,
    hint="Is every level made in __init__ and used in forward, with nothing detached between?",
    steps=hints.HIERARCHY_GRADIENTS,
    needs=TREE,
)
def hierarchy_gradients(remote: Remote, case: Windowed) -> None:
    """The gradients of every level, and of the embedding

    The same matrix works in every group of its level, so its gradient is a sum over the groups. A
    token that stands in the window twice gets its vector's gradient from both places. (#hierarchy)
    """
    got = remote(driver.hierarchy, case.config, case.weights, case.idx, case.up)
    check_gradients(case.logits, case.weights, case.up, got.grads, case.seed, TOLERANCE)


@property_check(
    HIERARCHY,
    points=1,
    case=windowed("batchnorm"),
    examples=15,
    hint="batchnorm(n_hidden), once for each level, between the linear layer and its tanh.",
    steps=hints.HIERARCHY_HAS_NORMS,
    needs=TREE,
)
def hierarchy_has_norms(remote: Remote, case: Windowed) -> None:
    """Given a batchnorm, each level has one before its tanh, and no bias

    A batch normalization subtracts the mean of each channel, and with it any bias that was added
    just before; it has a bias of its own. In front of the tanh it keeps the sums where the tanh has
    slope. The check gives a stand-in that multiplies each channel by a gain. (#hierarchy)
    """
    got = remote(driver.hierarchy, case.config, case.weights, case.idx, case.up)
    near(got.y, case.logits(case.weights), "logits", tolerance=TOLERANCE)


# --- WaveNet ------------------------------------------------------------------------------------

PAST = "What stands before the row is token 0, embedded: not a vector of zeros."
RIGHT = ["wavenet.wavenet_is_the_hierarchy"]


@property_check(WAVENET, points=4, case=waves(), hint=PAST, steps=hints.WAVENET_IS_THE_HIERARCHY)
def wavenet_is_the_hierarchy(remote: Remote, case: Waves) -> None:
    """At each position it says what the hierarchy says of the window that ends there

    A window and the next share all but one character, and most of the groups on every level. The
    convolution computes each group once, for all windows that it is in. Before the first token of a
    row there is token 0, the newline that ends a name: the model sees its embedding there, as the
    hierarchy would. (#model)
    """
    got = remote(driver.wavenet, case.config, case.weights, case.idx, None)
    near(got.logits, case.logits(case.weights), "logits", tolerance=TOLERANCE)


@property_check(
    WAVENET,
    points=2,
    case=moved_tokens(),
    examples=15,
    hint="Level i reaches back by (n − 1) · n**i. Together: the context, itself counted.",
    steps=hints.WAVENET_MOVES_EXACTLY,
)
def wavenet_moves_exactly(remote: Remote, case: MovedTokens) -> None:
    """Its logits move with the last `context` tokens, each of them, and with no other

    The check changes one token after another and looks where the logits move: at its own position
    and the context − 1 after it. If they moved before it, the model would see what it is to
    predict; if they stayed somewhere behind it, its dilations would leave holes. (#receptive-field)
    """
    w = case.waves
    got = remote(driver.wavenet, w.config, w.weights, case.rows, None).logits
    shape = (*case.rows.shape, w.config.vocab_size)
    if got.shape != shape:
        message = tr(
            "{what} has shape {actual}, expected {expected}",
            what="logits",
            actual=got.shape,
            expected=shape,
        )
        fail(message)
    moves_exactly(
        got,
        case.moves,
        lambda s: tr("token {place}", place=s),
        lambda t: tr("the logits at {place}", place=t),
    )


@property_check(
    WAVENET,
    points=1,
    case=waves(shown="loss"),
    examples=15,
    hint="Cross-entropy with the targets as they come: they are shifted already. Mean, in nats.",
    steps=hints.LOSS_IS_THE_MEAN,
    needs=RIGHT,
)
def loss_is_the_mean(remote: Remote, case: Waves) -> None:
    """With targets: the mean cross-entropy, and the same logits

    Each of the T positions of each row is one prediction, and all count alike. targets[b, t] is
    what follows idx[b, t]. (#model)
    """
    got = remote(driver.wavenet, case.config, case.weights, case.idx, case.targets)
    expected = case.logits(case.weights)
    near(got.logits, expected, "logits", tolerance=TOLERANCE)
    if got.loss is None:
        fail(tr("given targets, the model must return their loss"))
    loss = float(cross_entropy(expected, case.targets))
    close(got.loss, loss, rtol=TOLERANCE, atol=TOLERANCE, what=tr("loss"))


@property_check(
    WAVENET,
    points=2,
    case=waves(shown="gradients"),
    examples=15,
    hint="The loss of every position must reach every level, and token 0 before the row.",
    steps=hints.WAVENET_GRADIENTS,
    needs=["wavenet.loss_is_the_mean"],
)
def wavenet_gradients(remote: Remote, case: Waves) -> None:
    """The gradients of the loss, through the whole model

    A kernel works at every position, so its gradient sums over all. The padding is token 0, and the
    vector of token 0 learns from it, as it would in the hierarchy. (#model)
    """
    got = remote(driver.wavenet, case.config, case.weights, case.idx, case.targets)

    def forward(named: Named) -> Array:
        return cross_entropy(case.logits(named), case.targets)

    check_gradients(forward, case.weights, np.array(1.0), got.grads, case.seed, TOLERANCE)


@property_check(
    WAVENET,
    points=2,
    case=waves(slots=SLOTS),
    examples=20,
    hint="convolution(C, H, n, dilation=…, bias=…) and batchnorm(H), once for each level.",
    steps=hints.PARTS_ARE_SLOTS,
    needs=RIGHT,
)
def parts_are_slots(remote: Remote, case: Waves) -> None:
    """batchnorm= and convolution= are used, together or alone

    A slot takes a factory, and calls it once for each level, so that no two share weights. Given a
    batchnorm, it stands before each tanh, and the convolutions have no bias. With that, anybody's
    convolution can be trained in your model, and yours in anybody's. The check gives stand-ins: a
    gain for each channel, and a convolution that calls its weight `taps`. (#model)
    """
    got = remote(driver.wavenet, case.config, case.weights, case.idx, None)
    near(got.logits, case.logits(case.weights), "logits", tolerance=TOLERANCE)


@property_check(
    WAVENET,
    points=1,
    case=st.sampled_from([NewModel(27), NewModel(65)]),
    examples=2,
    hint="A model that knows nothing loses ln V. What makes yours so sure of itself?",
    steps=hints.A_NEW_MODEL_KNOWS_NOTHING,
    needs=["wavenet.loss_is_the_mean"],
)
def a_new_model_knows_nothing(remote: Remote, case: NewModel) -> None:
    """At the start, the loss is about ln V

    Before it has seen anything, every next token should be about as likely as any other, which
    costs ln V nats. A larger loss is confidence without reason: training first has to unlearn it.
    (#model)
    """
    idx, targets = case.tokens[:, :-1], case.tokens[:, 1:]
    loss = remote(driver.new_loss, case.config, idx, targets)
    even = math.log(case.vocab_size)
    if loss is None or not abs(loss - even) < 0.5:
        message = tr(
            "a new model has a loss of {loss} on random tokens; ln {V} is {even}",
            loss="None" if loss is None else f"{loss:.3g}",
            V=case.vocab_size,
            even=f"{even:.3g}",
        )
        fail(message)


@property_check(
    WAVENET,
    points=1,
    case=st.just(ModelElsewhere()),
    examples=1,
    hint="What you put before the row must be where the tokens are: F.pad makes it there.",
    steps=hints.WAVENET_RUNS_ANYWHERE,
    needs=RIGHT,
)
def wavenet_runs_anywhere(remote: Remote, case: ModelElsewhere) -> None:
    """It would run on a GPU, too

    PyTorch refuses to join tensors of two devices, and a tensor that you make is on the CPU unless
    you say otherwise. The check runs your model on PyTorch's device without numbers. (#model)
    """
    remote(driver.wavenet_elsewhere, case.config)
