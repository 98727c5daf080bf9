"""What must hold of the classifier, of its predictions, and of how it is trained."""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson7_mlp import CLASSIFIER, DIGITS, PREDICTIONS, driver, hints, oracle
from grader.lessons.lesson7_mlp.checks.judging import asked
from grader.lessons.lesson7_mlp.checks.model import TOLERANCE
from grader.lessons.lesson7_mlp.strategies.model import ClassifierCase, classifiers
from grader.lessons.lesson7_mlp.strategies.pictures import Drawings, drawings
from grader.lessons.lesson7_mlp.strategies.training import Guess, guesses
from grader.losses import cross_entropy
from grader.nearness import near
from zth.language import tr


@property_check(
    CLASSIFIER,
    points=2,
    case=classifiers(),
    examples=25,
    hint="hidden, tanh, head.",
    steps=hints.SCORES_ARE_RIGHT,
)
def scores_are_right(remote: Remote, case: ClassifierCase) -> None:
    """The right logits for given weights

    A picture is a row of numbers already, so there is nothing to embed: a linear layer, a tanh,
    another linear layer, and a score for each class. (#digits)
    """
    got = remote(driver.classifier, case.config, case.weights, case.x, None).logits
    near(got, oracle.classifier(case.weights, case.x), "logits", tolerance=TOLERANCE)


@property_check(
    CLASSIFIER,
    points=2,
    case=classifiers("loss"),
    examples=20,
    hint="The mean cross-entropy of logits and classes, connected to every weight.",
    steps=hints.LOSS_REACHES_THE_WEIGHTS,
)
def loss_reaches_the_weights(remote: Remote, case: ClassifierCase) -> None:
    """With targets: the mean cross-entropy, and its gradients

    The loss is the mean of −ln of the probability that each example's own class gets: over all
    examples, in nats. Its gradients reach both layers. (#digits)
    """
    got = remote(driver.classifier, case.config, case.weights, case.x, case.targets)

    def forward(named: Named) -> Array:
        return cross_entropy(oracle.classifier(named, case.x), case.targets)

    if got.loss is None:
        fail(tr("given targets, the model must return their loss"))
    expected = float(forward(case.weights))
    close(got.loss, expected, rtol=TOLERANCE, atol=TOLERANCE, what=tr("loss"))
    check_gradients(forward, case.weights, np.array(1.0), got.grads, case.seed, TOLERANCE)


@property_check(
    PREDICTIONS,
    points=1,
    case=guesses(),
    examples=25,
    hint="argmax over the classes, for each example.",
    steps=hints.THE_LIKELIEST_CLASS,
)
def the_likeliest_class(remote: Remote, case: Guess) -> None:
    """The number of the class with the highest score

    The softmax keeps the order of the scores, so the likeliest class is the one with the highest
    logit: which one it is, not how high. One answer for each example. (#digits)
    """
    got = remote(driver.predicted, case.task.run)
    expected = oracle.linear(case.task.run.table, case.task.run.X).argmax(axis=1)
    close(got.classes, expected, rtol=0, atol=0, what=tr("classes"))


@property_check(
    PREDICTIONS,
    points=1,
    case=guesses(),
    examples=10,
    hint="model.eval() before, torch.no_grad() around, and the old mode afterwards.",
    steps=hints.A_QUESTION_LEAVES_NO_TRACE,
)
def predicting_leaves_no_trace(remote: Remote, case: Guess) -> None:
    """Predicts in eval mode, without gradients, mode restored

    In training mode a model with dropout or batch norm answers by chance, or by the company that an
    example is in. Predict in eval mode, and give the model back as it was. (#digits)
    """
    asked(case.task.training, remote(driver.predicted, case.task.run).seen)


@property_check(
    DIGITS,
    points=2,
    case=drawings(),
    examples=1,
    hint="Train the model that you are given, in place, for some hundred steps at least.",
    steps=hints.IT_LEARNS_ITS_PICTURES,
    limit=30.0,
)
def it_learns_its_pictures(remote: Remote, case: Drawings) -> None:
    """Afterwards the model knows the pictures that it was shown

    Four pictures, each 30 times with a little noise, are easy to tell apart: 90 % of them at least
    must be read right by the model that was given, when training is over. (#digits)
    """
    weights = remote(driver.pictures, case.config, case.images, case.labels, case.seed)
    scores = remote(driver.read, case.config, weights, case.images)
    if scores.shape != (len(case.images), case.config.n_classes):
        fail(tr("logits have shape {shape}", shape=scores.shape))
    right = float((scores.argmax(axis=1) == case.labels).mean())
    if right < 0.9:
        message = tr("after training, {right} of the pictures are read right", right=f"{right:.0%}")
        fail(message, expected=tr("at least {share}", share="90%"), actual=f"{right:.0%}")
