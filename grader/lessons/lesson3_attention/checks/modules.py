"""How modules are judged: head, heads one by one, and heads in one product."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.derivatives import Array, Forward, check_gradients
from grader.kit import Remote, close, fail
from grader.lessons.lesson3_attention import driver, oracle
from grader.lessons.lesson3_attention.checks.judging import (
    SAME,
    TOLERANCE,
    looks_back,
    near,
    size,
    sound,
)
from grader.lessons.lesson3_attention.driver import Played
from grader.lessons.lesson3_attention.strategies.modules import Dropped, ModuleCase, ModuleFuture
from zth.language import tr

# A share of 3,000 rows deviates by √(1/4 / 3000) = 0.009 at most: five deviations, and a right
# answer is off by chance once in a million. The nearest wrong one, a dropout too few, is 0.16 off.
SHARE = 0.05
FACTOR = 1e-6  # of what is kept: two or three roundings in float32, 6e-8 each

LONGER = "A row may be shorter than block_size: cut the mask to T."
DROP = "nn.Dropout on the weights after the softmax; in multi-head attention also on the output."
CAUSAL = "Mask before the softmax; position t sees 0 … t, itself among them."
DETACHED = "Nothing on the way may be detached."
LEAK = "Mask with −inf: a large negative number is not small enough for every score."
FAR = "Every earlier position is seen, however far back."


def _forward(case: ModuleCase) -> Forward:
    if case.sizes.kind == "head":
        return oracle.head
    if case.sizes.kind == "multihead":
        return oracle.multihead
    return lambda named: oracle.gpt2(named, case.sizes.n_head)


def played(remote: Remote, case: ModuleCase, x: Array | None = None) -> Played:
    given = case.x if x is None else x
    return remote(driver.module, case.sizes, case.weights, given, case.up)


def formula(case: ModuleCase, x: Array | None = None) -> Array:
    return _forward(case)({"x": case.x if x is None else x, **case.weights})


def match_values(remote: Remote, case: ModuleCase) -> None:
    near(played(remote, case).y, formula(case))


def match_gradients(remote: Remote, case: ModuleCase) -> None:
    got = played(remote, case)
    near(got.y, formula(case))
    point = {"x": case.x, **case.weights}
    check_gradients(_forward(case), point, case.up, got.grads, case.seed, TOLERANCE)


def match_causality(remote: Remote, case: ModuleFuture) -> None:
    c, t = case.module, case.t
    y = sound(played(remote, c).y, c.up.shape)
    other = sound(played(remote, c, case.replaced()).y, c.up.shape)
    close(other[:, :t], y[:, :t], rtol=0, atol=SAME * size(y), what=f"y[:, :{t}]")
    x = c.x.copy()
    x[:, :t] += 5.0
    moved = sound(played(remote, c, x).y, c.up.shape)
    looks_back(y[:, t:], moved[:, t:], formula(c)[:, t:], formula(c, x)[:, t:])


def match_dropout(remote: Remote, case: Dropped) -> None:
    """With one position each weight is 1: dropout sets it to 0 or raises it to 1 / (1 − rate).

    A weight takes its whole row with it; the output's own dropout takes single numbers.
    """
    ones = np.ones((case.rows, 1, 2))
    still = remote(driver.training, replace(case.sizes, dropout=0.0), case.weights, ones)
    close(still, ones, rtol=FACTOR, what=tr("in training mode without dropout, y"))
    y = sound(remote(driver.training, case.sizes, case.weights, ones), ones.shape)
    alone = case.kind == "head"
    kept = 1 - case.rate if alone else (1 - case.rate) ** 2
    _match_zeros(y, case.rate, 1 - kept)
    _match_kept(y, case.rate, 1 / kept)
    _match_rows(y, case.rate if alone else case.rate + (1 - case.rate) * case.rate**2)


def _match_zeros(y: Array, rate: float, expected: float) -> None:
    share = float((y == 0).mean())
    if abs(share - expected) > SHARE:
        message = tr(
            "in training mode with dropout={rate}, {share:.0%} of the results are 0, "
            "expected about {expected:.0%}",
            rate=rate,
            share=share,
            expected=expected,
        )
        fail(message)


def _match_kept(y: Array, rate: float, expected: float) -> None:
    if not np.allclose(y[y != 0], expected, rtol=FACTOR):
        message = tr(
            "what dropout keeps must be divided by 1 − {rate} at each place, here to {result:.4g}",
            rate=rate,
            result=expected,
        )
        fail(message)


def _match_rows(y: Array, expected: float) -> None:
    share = float((y == 0).all(-1).mean())
    if abs(share - expected) > SHARE:
        message = tr(
            "dropout on the weights takes all numbers of a value at once: about {expected:.0%} of "
            "the rows should be all 0, {share:.0%} are",
            expected=expected,
            share=share,
        )
        fail(message)
