"""Small networks: what they hold, and passes through them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st

from grader.lessons.lesson1_autograd import oracle
from grader.lessons.lesson1_autograd.driver import Shape
from grader.lessons.lesson1_autograd.strategies.numbers import CORNER


@dataclass(frozen=True)
class Net:
    """A network, its parameters in order, an input, and how much each output counts."""

    shape: Shape
    weights: tuple[float, ...]
    x: tuple[float, ...]
    upstream: tuple[float, ...]
    values: bool

    def snippet(self) -> str:
        inputs = [f"Value({v!r})" if self.values else repr(v) for v in self.x]
        if len(self.upstream) == 1:
            result, show = "y", "print(y.data)"
        else:
            terms = " + ".join(f"y[{i}] * {u!r}" for i, u in enumerate(self.upstream))
            result, show = f"({terms})", "print([o.data for o in y])"
        lines = [
            *filled(self.shape, self.weights),
            f"x = [{', '.join(inputs)}]",
            "y = model(x)",
            show,
            f"{result}.backward()",
            "print([p.grad for p in model.parameters()])",
        ]
        if self.values:
            lines.append("print([v.grad for v in x])")
        return network(self.shape, lines, values=self.values)


def network(shape: Shape, lines: Sequence[str], values: bool = False) -> str:
    """A whole snippet on a network of this shape."""
    imports = [f"from lesson1_autograd.mlp import {shape.call().partition('(')[0]}"]
    if values:
        imports.append("from lesson1_autograd.value import Value")
    return "\n".join([*imports, "", *lines, ""])


def filled(shape: Shape, weights: Sequence[float]) -> list[str]:
    """The lines that build a model and set its parameters."""
    return [
        f"model = {shape.call()}",
        f"for p, w in zip(model.parameters(), {list(weights)}):",
        "    p.data = w",
    ]


def quarters(draw: random.Random, n: int, half_width: int = 8) -> tuple[float, ...]:
    """n multiples of 1/4, none of them 0."""
    ks = [draw.randint(1, half_width) * draw.choice((1, -1)) for _ in range(n)]
    return tuple(k / 4 for k in ks)


def parameters(draw: random.Random, shape: Shape) -> tuple[float, ...]:
    """Weights in quarters; the biases off the grid, so that no sum falls on relu's corner."""
    made: list[float] = []
    for nin, nout, _ in oracle.sizes(shape):
        for _ in range(nout):
            made += [*quarters(draw, nin), quarters(draw, 1, 4)[0] + 0.1]
    return tuple(round(w, 4) for w in made)


@st.composite
def shapes(draw: st.DrawFn, kind: str) -> Shape:
    """A small network. Hidden layers have at least two neurons (micrograd needs them to).

    `kind` is "neuron", "layer", "mlp", or "bottleneck": an MLP with a hidden layer of one.
    """
    nin = draw(st.integers(1, 4))
    if kind == "bottleneck":
        return Shape("mlp", nin, [draw(st.integers(1, 3)), 1, draw(st.integers(1, 2))])
    if kind == "mlp":
        hidden = draw(st.lists(st.integers(2, 4), max_size=2))
        return Shape("mlp", nin, [*hidden, draw(st.integers(1, 3))])
    nonlin = draw(st.booleans())
    if kind == "neuron":
        return Shape("neuron", nin, [], nonlin)
    return Shape("layer", nin, [draw(st.integers(1, 4))], nonlin)


@st.composite
def nets(draw: st.DrawFn, kind: str) -> Net:
    """A network with parameters and an input, no sum of it near relu's corner."""
    shape = draw(shapes(kind))
    rng = random.Random(draw(st.integers(0, 999)))
    weights, x = parameters(rng, shape), quarters(rng, shape.nin)
    assume(oracle.margin(shape, weights, x) > CORNER)
    due = oracle.sizes(shape)[-1][1]
    up = (1.0,) if due == 1 else quarters(rng, due)
    return Net(shape, weights, x, up, draw(st.booleans()))


@dataclass(frozen=True)
class New:
    """A newly made network."""

    shape: Shape
    seed: int

    def snippet(self) -> str:
        lines = [f"model = {self.shape.call()}", "parameters = model.parameters()"]
        show = ["print(len(parameters), [p.data for p in parameters])"]
        seeded = ["import random", "", f"random.seed({self.seed})"]
        return network(self.shape, [*seeded, *lines, *show])


@dataclass(frozen=True)
class OneHot:
    """A linear neuron, one of whose parameters is 1 and all others 0."""

    x: tuple[float, ...]
    hot: int

    @property
    def shape(self) -> Shape:
        return Shape("neuron", len(self.x), [], nonlin=False)

    @property
    def weights(self) -> list[float]:
        return [float(i == self.hot) for i in range(len(self.x) + 1)]

    def snippet(self) -> str:
        lines = filled(self.shape, self.weights)
        return network(self.shape, [*lines, f"print(model({list(self.x)}).data)"])


@st.composite
def one_hots(draw: st.DrawFn) -> OneHot:
    n = draw(st.integers(1, 4))
    x = tuple(float(i + 2) for i in range(n))
    return OneHot(x, draw(st.integers(0, n)))


@dataclass(frozen=True)
class Zeroing(Net):
    """Two passes, with zero_grad() between them."""

    def snippet(self) -> str:
        lines = [
            *filled(self.shape, self.weights),
            "for _ in range(2):",
            "    model.zero_grad()",
            "    print([p.grad for p in model.parameters()])",
            f"    y = model({list(self.x)})",
            "    (sum(y[1:], y[0]) if isinstance(y, list) else y).backward()",
            "    print([p.grad for p in model.parameters()])",
        ]
        return network(self.shape, lines)


def zeroing(net: Net) -> Zeroing:
    """The same network, for two passes."""
    return Zeroing(net.shape, net.weights, net.x, net.upstream, net.values)


@dataclass(frozen=True)
class Descent:
    """Some steps of gradient descent on a handful of points."""

    shape: Shape
    weights: tuple[float, ...]
    xs: tuple[tuple[float, ...], ...]
    ts: tuple[float, ...]
    rate: float
    steps: int

    def snippet(self) -> str:
        lines = [
            *filled(self.shape, self.weights),
            f"xs = {[list(x) for x in self.xs]}",
            f"ts = {list(self.ts)}",
            f"for _ in range({self.steps + 1}):",
            "    loss = Value(0.0)",
            "    for x, t in zip(xs, ts):",
            "        error = model(x) + -t",
            "        loss = loss + error * error * (1 / len(ts))",
            "    print(loss.data)",
            "    model.zero_grad()",
            "    loss.backward()",
            "    for p in model.parameters():",
            f"        p.data -= {self.rate} * p.grad",
        ]
        return network(self.shape, lines, values=True)


@st.composite
def descents(draw: st.DrawFn) -> Descent:
    """Three small steps with a network of one hidden layer."""
    nin, hidden = draw(st.integers(1, 2)), draw(st.integers(2, 3))
    shape = Shape("mlp", nin, [hidden, 1])
    rng = random.Random(draw(st.integers(0, 999)))
    weights = tuple(w / 2 for w in parameters(rng, shape))
    n = draw(st.integers(1, 3))
    xs, ts = tuple(quarters(rng, nin, 4) for _ in range(n)), quarters(rng, n, 4)
    case = Descent(shape, weights, xs, ts, 0.05, 3)
    assume(oracle.descend(shape, weights, xs, ts, case.rate, case.steps)[1] > 1e-4)
    return case
