"""What must hold of initialisation."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson8_normalization import GPT2_INIT, KAIMING, driver
from grader.lessons.lesson8_normalization.hints import starts as hints
from grader.lessons.lesson8_normalization.oracle import GAINS
from grader.lessons.lesson8_normalization.strategies.starts import (
    REFUSED,
    Model,
    Refused,
    Twice,
    Weight,
    models,
    twice,
    weights,
)
from zth.language import tr

# What n independent numbers deviate: their mean by std / √n, their standard deviation by a share of
# 1 / √(2n), their fourth moment by √(96 / n) · std⁴ (of normal ones). Six of these happen twice in
# 10⁹ draws. With 20,000 numbers that is 3 % of the size; the gains of tanh and ReLU are 18 % apart.
SIGMAS = 6.0


def drawn(a: Array, std: float, what: str) -> None:
    """Fails unless these look like independent numbers of N(0, std²)."""
    if not np.isfinite(a).all():
        fail(tr("some numbers of {what} are not finite", what=what))
    found, slack = float(np.sqrt((a**2).mean())), SIGMAS / math.sqrt(2 * a.size)
    if abs(found - std) > slack * std:
        message = tr(
            "the standard deviation of {what} is {found}, expected about {std}",
            what=what,
            found=f"{found:.4g}",
            std=f"{std:.4g}",
        )
        fail(message)
    if abs(float(a.mean())) > SIGMAS * std / math.sqrt(a.size):
        message = tr(
            "the mean of {what} is {found}, expected about 0", what=what, found=f"{a.mean():.4g}"
        )
        fail(message)


def normal(a: Array, what: str) -> None:
    """Fails unless the fourth moment is that of a normal distribution: 3; of a uniform one 1.8."""
    found = float((a**4).mean() / (a**2).mean() ** 2)
    if abs(found - 3) > SIGMAS * math.sqrt(96 / a.size):
        fail(tr("{what} is not normally distributed", what=what))


@property_check(
    KAIMING,
    points=3,
    case=weights(),
    examples=12,
    hint="The standard deviation is gain / √fan_in. Which dimension of a weight are the inputs?",
    steps=hints.KAIMING_KEEPS_THE_SIZE,
)
def kaiming_keeps_the_size(remote: Remote, case: Weight) -> None:
    """Weights from N(0, gain² / fan_in)

    An output is a sum over fan_in inputs, so its variance is fan_in times that of a weight, and the
    nonlinearity behind it takes some away again. With this standard deviation, what comes out of a
    layer is about as large as what went in, and fifty layers neither blow it up nor let it die.
    (#initialization)
    """
    got = remote(driver.kaiming, list(case.shape), case.nonlinearity, case.seed).weight
    if got.shape != case.shape:
        fail(tr("the weight has shape {got}, expected {due}", got=got.shape, due=case.shape))
    drawn(got, GAINS[case.nonlinearity] / math.sqrt(case.fan_in), tr("the weight"))
    normal(got, tr("the weight"))


@property_check(
    KAIMING,
    points=1,
    case=twice(),
    examples=10,
    hint="All that is random comes from the generator that is passed.",
    steps=hints.THE_GENERATOR_DECIDES,
)
def the_generator_decides(remote: Remote, case: Twice) -> None:
    """Equal generators give equal weights; the same one, used again, gives others

    A run that cannot be repeated cannot be examined. What a generator gives depends on its state
    alone, and each draw moves it on. (#initialization)
    """
    w = case.weight
    got = remote(driver.kaiming, list(w.shape), w.nonlinearity, w.seed)
    close(got.equal, got.weight, rtol=0, atol=0, what=tr("the weight from an equal generator"))
    if np.array_equal(got.next, got.weight):
        fail(tr("the same generator, used again, gives the same weight: it has not moved on"))


@property_check(
    KAIMING,
    points=1,
    case=st.sampled_from(REFUSED),
    examples=6,
    hint="A gain that nobody knows, and a weight without inputs, are a ValueError.",
    steps=hints.WHAT_IS_UNKNOWN_IS_REFUSED,
)
def what_is_unknown_is_refused(remote: Remote, case: Refused) -> None:
    """No gain, or no fan_in: a ValueError

    A word that is misspelt, "Tanh" or "gelu", should not quietly start a network badly.
    (#initialization)
    """
    error = remote(driver.kaiming_error, list(case.shape), case.nonlinearity)
    refused(error)


def refused(error: str) -> None:
    """Fails unless what was raised is a ValueError."""
    if error != "ValueError":
        fail(
            tr("this must be refused with a ValueError"),
            expected="ValueError",
            actual=error or tr("no error"),
        )


def size(name: str, n_layer: int) -> float:
    """The standard deviation with which a matrix of GPT-2 starts."""
    return 0.02 / math.sqrt(2 * n_layer) if ".c_proj.w" in name else 0.02


@property_check(
    GPT2_INIT,
    points=3,
    case=models(),
    examples=12,
    hint="Linear layers and embeddings, wherever they are; and the c_proj are smaller.",
    steps=hints.STARTS_AS_GPT_2_DOES,
)
def starts_as_gpt_2_does(remote: Remote, case: Model) -> None:
    """N(0, 0.02²), biases 0, c_proj smaller by √(2 n_layer), all else as it was

    2 n_layer projections add to the residual stream, and the variances of what they add sum up;
    smaller by the root of their number, their sum has the size of a single one. Gains of norms are
    no weights of this kind: at 0.02 nothing would come through. (#initialization)
    """
    one, equal = remote(driver.gpt2, case.n_layer, case.n_embd, case.seed)
    for name, a in one.items():
        if a.ndim == 2:
            drawn(a, size(name, case.n_layer), name)
        else:
            untouched = "ln_" in name or name == "temperature"
            close(a, np.full(a.shape, driver.GAIN if untouched else 0.0), what=name)
        close(equal[name], a, rtol=0, atol=0, what=tr("{name}, drawn again", name=name))
