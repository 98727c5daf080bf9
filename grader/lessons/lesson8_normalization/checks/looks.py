"""What must hold of the diagnostics."""

from __future__ import annotations

import math

import numpy as np

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson8_normalization import DESCRIBE, OBSERVE, UPDATES, driver, oracle
from grader.lessons.lesson8_normalization.driver import Observed
from grader.lessons.lesson8_normalization.hints import looks as hints
from grader.lessons.lesson8_normalization.strategies.looks import (
    LIMIT,
    Bars,
    Chain,
    Numbers,
    Step,
    bars,
    chains,
    numbers,
    steps,
)
from grader.nearness import near
from zth.language import tr

# What comes from numbers of size 1 by a sum and a root, perhaps in float32, u = 6e-8.
TOLERANCE = 1e-5
# A step of 1e-3 beside numbers near 3 is rounded by 2.4e-4 of itself in float32: 1e-4 in its log10.
LOG = 1e-3


@property_check(
    DESCRIBE,
    points=2,
    case=numbers(),
    hint="The mean; the standard deviation of n − 1; the share of numbers beyond ±limit.",
    steps=hints.NUMBERS_ARE_RIGHT,
)
def numbers_are_right(remote: Remote, case: Numbers) -> None:
    """Mean, standard deviation and saturation of all numbers

    How large a layer's outputs are, and how many of a tanh's lie where it is flat and passes no
    gradient on: three numbers say it, for a tensor of any shape, in one piece or not.
    (#diagnostics)
    """
    got = remote(driver.describe, case.x, 3, case.limit)
    close(got.mean, float(case.x.mean()), rtol=TOLERANCE, atol=TOLERANCE, what="mean")
    close(got.std, float(case.x.std(ddof=1)), rtol=TOLERANCE, atol=TOLERANCE, what="std")
    beyond = float((np.abs(case.x) > case.limit).mean())
    close(got.saturation, beyond, rtol=TOLERANCE, what="saturation")


def _density(case: Bars) -> tuple[Array, Array]:
    """Heights and edges: NumPy's, but of whole eighths, and so exact."""
    if case.wide:
        edges = (case.low + case.wide * np.arange(case.bins + 1)) / 8
    else:
        edges = case.low / 8 - 0.5 + np.arange(case.bins + 1) / case.bins
    counts = np.histogram(case.x, bins=edges)[0]
    return counts / (case.x.size * (edges[1] - edges[0])), edges


@property_check(
    DESCRIBE,
    points=2,
    case=bars(),
    hint="The area of all bars is 1, and the greatest number is in the last one.",
    steps=hints.BARS_ARE_RIGHT,
)
def bars_are_right(remote: Remote, case: Bars) -> None:
    """The histogram: edges from the least number to the greatest, an area of 1

    A density can be laid over that of another layer, of another size. The awkward cases are the
    borders: a number on one is in the upper bar, the greatest has no upper bar and is in the last,
    and numbers that are all the same have no width. (#diagnostics)
    """
    got = remote(driver.describe, case.x, case.bins, LIMIT)
    density, edges = _density(case)
    close(got.edges, edges, rtol=TOLERANCE, atol=TOLERANCE, what="edges")
    close(got.density, density, rtol=TOLERANCE, atol=TOLERANCE, what="density")


def _right(got: Observed, case: Chain, times: float) -> None:
    """Fails unless outputs and gradients of the layers of the kind are there, and right."""
    outputs, gradients = oracle.chain(case.network, times)
    last = "1" if case.kind == "Tanh" else "0"
    due = sorted(name for name in outputs if name.endswith(last))
    if sorted(got.outputs) != due:
        message = tr(
            "the modules are {names}, expected {expected}",
            names=sorted(got.outputs),
            expected=due,
        )
        fail(message)
    for name in due:
        what = tr("the output of {name}", name=name)
        near(got.outputs[name], outputs[name], what, tolerance=TOLERANCE)
        what = tr("the gradient at {name}", name=name)
        near(got.gradients[name], gradients[name], what, tolerance=TOLERANCE)


@property_check(
    OBSERVE,
    points=3,
    case=chains(),
    hint="A forward hook sees the output; the loss has a gradient at that very tensor.",
    steps=hints.SEES_OUTPUTS_AND_GRADIENTS,
)
def sees_outputs_and_gradients(remote: Remote, case: Chain) -> None:
    """Outputs of the modules of a kind, and the gradients of the loss there

    This is what the lecture plots: are the outputs alike in all layers, and do the gradients arrive
    at the first? Here some layers are cut off from the loss, and have the gradient 0, and some do
    not run, and are left out. (#diagnostics)
    """
    once, again = remote(driver.observe, case.network, case.kind)
    _right(once, case, 1.0)
    _right(again, case, 2.0)


@property_check(
    OBSERVE,
    points=2,
    case=chains(),
    examples=15,
    needs=("observe.sees_outputs_and_gradients",),
    hint="Hooks stay until they are removed, and backward() adds to every grad.",
    steps=hints.NO_TRACE_IS_LEFT,
)
def no_trace_is_left(remote: Remote, case: Chain) -> None:
    """The loss is run once; afterwards no hook is left, and no parameter's grad has changed

    Who looks should not change what is seen: the next step of training would take a gradient that
    is twice as large, a second run would move running statistics twice, and hooks that stay, after
    an error too, make each pass slower than the last. (#diagnostics)
    """
    for got in remote(driver.observe, case.network, case.kind):
        if got.runs != 1:
            fail(tr("the loss was run {count} times, expected once", count=got.runs))
        if got.hooks:
            fail(tr("{count} hooks are left in the model", count=got.hooks))
        for name, a in got.grads.items():
            close(a, np.ones(a.shape), rtol=0, atol=0, what=f"{name}.grad")
    if left := remote(driver.observe_failing, case.network):
        fail(tr("{count} hooks are left in the model after the loss raised an error", count=left))


@property_check(
    UPDATES,
    points=2,
    case=steps(),
    examples=20,
    hint="The spread of what a step has changed, by the spread of what was there, in powers of 10.",
    steps=hints.RATIO_IS_RIGHT,
)
def ratio_is_right(remote: Remote, case: Step) -> None:
    """log10 of std(after − before) / std(before)

    How fast a layer learns, beside its own size, whatever the optimizer and the learning rate: a
    step of a thousandth, −3, is about right. Where nothing has moved it is −∞, which can be
    plotted; an error could not. (#diagnostics)
    """
    got = remote(driver.ratio, case.before, case.after)
    moved = (case.after - case.before).std(ddof=1)
    due = math.log10(moved / case.before.std(ddof=1)) if moved else -math.inf
    close(got, due, rtol=0, atol=LOG, what="update_ratio(before, after)")
