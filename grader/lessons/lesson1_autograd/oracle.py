"""The right answers, from a forward pass alone.

A program is run on complex numbers: with a tiny imaginary step h added to one leaf, the imaginary
part of the result, divided by h, is the derivative to rounding error, since nothing is subtracted
(W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", 1998).
So no rule of differentiation stands here that could be wrong in the same way as a learner's.
"""

from __future__ import annotations

import cmath
import math
import operator
import random
from collections.abc import Callable, Sequence

from grader.lessons.lesson1_autograd.driver import Shape, Step

H = 1e-30
_BINARY: dict[str, Callable[[complex, complex], complex]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": lambda base, exponent: _power(base, exponent.real),
}


def apply(step: Step, nodes: Sequence[complex]) -> complex:
    """What a step makes of the nodes before it."""
    a = nodes[step.a]
    if step.op == "neg":
        return -a
    if step.op == "relu":
        return a if a.real > 0 else 0j
    if step.op in ("tanh", "exp", "log"):
        function: Callable[[complex], complex] = getattr(cmath, step.op)
        return function(a)
    if step.b is None:
        assert step.number is not None
        other = complex(step.number)
    else:
        other = nodes[step.b]
    left, right = (other, a) if step.reflected else (a, other)
    return _BINARY[step.op](left, right)


def _power(base: complex, exponent: float) -> complex:
    """Repeated multiplication for a small natural exponent, so that a negative base is exact."""
    if exponent == int(exponent) and 0 <= exponent <= 16:
        return math.prod([base] * int(exponent), start=1 + 0j)
    return complex(base**exponent)


def run(leaves: Sequence[complex], steps: Sequence[Step]) -> list[complex]:
    """All nodes of a program: the leaves, then one for each step."""
    nodes = list(leaves)
    for step in steps:
        nodes.append(apply(step, nodes))
    return nodes


def data(leaves: Sequence[float], steps: Sequence[Step]) -> list[float]:
    """The numbers of all nodes."""
    return [z.real for z in run([complex(x) for x in leaves], steps)]


def gradient(leaves: Sequence[float], steps: Sequence[Step]) -> list[float]:
    """The derivatives of the last node by each leaf."""
    return derivative(lambda zs: run(zs, steps)[-1], leaves)


def derivative(f: Callable[[list[complex]], complex], at: Sequence[float]) -> list[float]:
    """The derivatives of an analytic function of several numbers, by the complex step."""
    found = []
    for i in range(len(at)):
        point = [complex(x, H if i == j else 0.0) for j, x in enumerate(at)]
        found.append(f(point).imag / H)
    return found


# --- networks -----------------------------------------------------------------------------------


def sizes(shape: Shape) -> list[tuple[int, int, bool]]:
    """(inputs, neurons, relu or not) of each layer."""
    nouts = [1] if shape.kind == "neuron" else list(shape.nouts)
    nins = [shape.nin, *nouts[:-1]]
    last = len(nouts) - 1
    inner = shape.kind == "mlp"
    return [
        (nin, nout, i != last if inner else shape.nonlin)
        for i, (nin, nout) in enumerate(zip(nins, nouts, strict=True))
    ]


def count(shape: Shape) -> int:
    """How many parameters there are."""
    return sum((nin + 1) * nout for nin, nout, _ in sizes(shape))


def forward(shape: Shape, weights: Sequence[complex], x: Sequence[complex]) -> list[complex]:
    """The outputs; the parameters in order: layer, neuron, then weights and bias."""
    return _forward(shape, weights, x)[0]


def margin(shape: Shape, weights: Sequence[float], x: Sequence[float]) -> float:
    """How far the input nearest to a relu's corner is from it; infinite where there is no relu."""
    return _forward(shape, [complex(w) for w in weights], [complex(v) for v in x])[1]


def _forward(
    shape: Shape, weights: Sequence[complex], x: Sequence[complex]
) -> tuple[list[complex], float]:
    left = iter(weights)
    x, nearest = list(x), math.inf
    for _, nout, nonlin in sizes(shape):
        sums = []
        for _ in range(nout):
            total = 0j
            for v in x:
                total += next(left) * v
            sums.append(total + next(left))
        if nonlin:
            nearest = min([nearest, *(abs(s.real) for s in sums)])
            sums = [s if s.real > 0 else 0j for s in sums]
        x = sums
    return x, nearest


def weighted(
    shape: Shape, weights: Sequence[complex], x: Sequence[complex], upstream: Sequence[float]
) -> complex:
    """The outputs' sum, weighted with `upstream`."""
    out = forward(shape, weights, x)
    return sum((o * u for o, u in zip(out, upstream, strict=True)), start=0j)


def error(
    shape: Shape, weights: Sequence[complex], xs: Sequence[Sequence[float]], ts: Sequence[float]
) -> complex:
    """The mean squared error of the first output."""
    outs = [forward(shape, weights, [complex(v) for v in x])[0] for x in xs]
    return sum(((o - t) ** 2 for o, t in zip(outs, ts, strict=True)), start=0j) / len(ts)


def descend(
    shape: Shape,
    weights: Sequence[float],
    xs: Sequence[Sequence[float]],
    ts: Sequence[float],
    rate: float,
    steps: int,
) -> tuple[list[float], float]:
    """The losses before each of `steps` steps and after them; the least margin met on the way."""
    at = list(weights)
    losses, nearest = [], math.inf
    for _ in range(steps + 1):
        losses.append(error(shape, [complex(w) for w in at], xs, ts).real)
        nearest = min([nearest, *(margin(shape, at, x) for x in xs)])
        slope = derivative(lambda zs: error(shape, zs, xs, ts), at)
        at = [w - rate * g for w, g in zip(at, slope, strict=True)]
    return losses, nearest


# --- two moons ----------------------------------------------------------------------------------


def moons(seed: int, n: int, noise: float = 0.08) -> tuple[list[tuple[float, float]], list[int]]:
    """n points, alternately of two interleaving half circles, and their labels, 1 and −1.

    Centred on the origin, about 6 wide and 3 high.
    """
    draw = random.Random(seed)
    points, labels = [], []
    for i in range(n):
        angle = draw.uniform(0.0, math.pi)
        x, y = math.cos(angle), math.sin(angle)
        if i % 2:
            x, y = 1.0 - x, 0.5 - y
        x, y = x + draw.gauss(0.0, noise), y + draw.gauss(0.0, noise)
        points.append((2.0 * x - 1.0, 2.0 * y - 0.5))
        labels.append(-1 if i % 2 else 1)
    return points, labels
