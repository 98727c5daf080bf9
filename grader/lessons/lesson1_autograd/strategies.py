"""What the checks of lesson 1 draw: programs on Values, and passes of small networks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st

from grader.lessons.lesson1_autograd import oracle
from grader.lessons.lesson1_autograd.driver import Number, Shape, Step, name_of, phrase

# Values stay between these, so that any right way to compute them agrees to rounding.
LARGEST, CORNER = 1e4, 1e-2
EXPONENTS: tuple[Number, ...] = (2, 3, -1, 0.5, -2, 1, 0, 2.0, -0.5, 1.5, 5, -3, 0.3)

nice = st.sampled_from(
    (1.0, 2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 1.5, 4.0, -3.0, 0.25, 0.0, -0.0, 10.0, 1e-3, -50.0)
)
hundredths = st.integers(-400, 400).map(lambda k: k / 100)
numbers = nice | hundredths
positive = st.sampled_from((1.0, 2.0, 0.5, 3.0, 4.0, 0.25, 10.0, 50.0)) | st.integers(5, 400).map(
    lambda k: k / 100
)
nonzero = numbers.filter(lambda x: abs(x) >= 0.05)
plain = st.sampled_from((2, 1, 3, -1, 0.5, 2.5, -2, -0.5, 10)) | hundredths.filter(
    lambda x: abs(x) >= 0.05
)


# --- programs -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """Leaves, and the steps made of them; the last node is the result."""

    leaves: tuple[float, ...]
    steps: tuple[Step, ...]

    def lines(self) -> list[str]:
        leaves = [f"{name_of(i)} = Value({x!r})" for i, x in enumerate(self.leaves)]
        first = len(leaves)
        return leaves + [f"{name_of(first + i)} = {phrase(s)}" for i, s in enumerate(self.steps)]

    @property
    def root(self) -> str:
        return name_of(len(self.leaves) + len(self.steps) - 1)

    def names(self) -> list[str]:
        return [name_of(i) for i in range(len(self.leaves))]

    def snippet(self) -> str:
        """The program as a learner would write it."""
        show = [f"print({self.root}.data)", f"{self.root}.backward()", grads(self.names())]
        return source([*self.lines(), *show])


def source(lines: Sequence[str]) -> str:
    """A whole snippet on Values."""
    return "\n".join(["from lesson1_autograd.value import Value", "", *lines, ""])


def grads(names: Sequence[str]) -> str:
    """The line that shows the leaves' gradients."""
    return f"print({', '.join(name + '.grad' for name in names)})"


@st.composite
def upstream(draw: st.DrawFn, leaves: Sequence[float], steps: Sequence[Step]) -> Program:
    """The steps alone; or their result times a leaf, so that a gradient other than 1 arrives."""
    factor = draw(st.sampled_from((None, 3.0, -2.0, 0.5)))
    if factor is None:
        return Program(tuple(leaves), tuple(steps))
    shift = len(leaves)
    moved = [_moved(step, shift) for step in steps]
    last = shift + len(steps)
    return Program((*leaves, factor), (*moved, Step("mul", last, shift)))


def _moved(step: Step, shift: int) -> Step:
    """The step with room made for one more leaf, at index `shift`."""
    a = step.a + (step.a >= shift)
    b = None if step.b is None else step.b + (step.b >= shift)
    return Step(step.op, a, b, step.number, step.reflected)


def binary(op: str, second: st.SearchStrategy[float] = numbers) -> st.SearchStrategy[Program]:
    """One operation on two leaves."""
    step = Step(op, 0, 1)  # type: ignore[arg-type]
    return st.tuples(numbers, second).flatmap(lambda xs: upstream(xs, [step]))


def unary(op: str, of: st.SearchStrategy[float]) -> st.SearchStrategy[Program]:
    """One function of a leaf."""
    step = Step(op, 0)  # type: ignore[arg-type]
    return of.flatmap(lambda x: upstream([x], [step]))


differences = binary("sub") | unary("neg", numbers)
away_from_zero = numbers.filter(lambda x: abs(x) >= CORNER)


@st.composite
def sums(draw: st.DrawFn) -> Program:
    """a + b, or a + b + c: the one check that needs no other operation."""
    leaves = draw(st.lists(numbers, min_size=2, max_size=3))
    steps = [Step("add", 0, 1), Step("add", 3, 2)]
    return Program(tuple(leaves), tuple(steps[: len(leaves) - 1]))


@st.composite
def powers(draw: st.DrawFn) -> Program:
    """A power by a plain number; the base is positive unless the exponent is 1, 2, 3, …"""
    exponent = draw(st.sampled_from(EXPONENTS))
    natural = exponent == int(exponent) and exponent > 0
    base = draw(numbers if natural else positive)
    return draw(upstream([base], [Step("pow", 0, number=exponent)]))


@st.composite
def plain_numbers(draw: st.DrawFn, reflected: bool) -> Program:
    """An operation of a Value and a plain number, which is on the left where `reflected`."""
    op = draw(st.sampled_from(("add", "mul", "sub", "div")))
    step = Step(op, 0, number=draw(plain), reflected=reflected)  # type: ignore[arg-type]
    return draw(upstream([draw(nonzero)], [step]))


@st.composite
def same_twice(draw: st.DrawFn) -> Program:
    """a + a and its like; a may itself be the result of an operation."""
    ops = st.sampled_from(("add", "mul", "sub"))
    steps = []
    node = 0
    if draw(st.booleans()):
        steps.append(Step("add", 0, 0))
        node = 1
    steps.append(Step(draw(ops), node, node))  # type: ignore[arg-type]
    if draw(st.booleans()):
        steps.append(Step(draw(ops), len(steps), node))  # type: ignore[arg-type]
    return draw(upstream([draw(numbers)], steps))


@st.composite
def ladders(draw: st.DrawFn) -> Program:
    """Each node is made of the last one and of one up to three before it, in either order.

    So there are short and long ways to the same node.
    """
    leaves = (draw(hundredths), draw(hundredths))
    nodes = [complex(x) for x in leaves]
    steps: list[Step] = []
    for _ in range(draw(st.integers(3, 7))):
        last = len(nodes) - 1
        pair = last, last - draw(st.integers(1, min(last, 3)))
        a, b = pair if draw(st.booleans()) else pair[::-1]
        choices = [Step("add", a, b), Step("sub", a, b), Step("mul", a, b)]
        steps.append(_pick(draw, choices, nodes))
        nodes.append(oracle.apply(steps[-1], nodes))
    return Program(leaves, tuple(steps))


@st.composite
def programs(draw: st.DrawFn, longest: int = 8) -> Program:
    """Any operations on any nodes. Where the simplest draws fall, each node uses the last one."""
    leaves = tuple(draw(st.lists(numbers, min_size=1, max_size=3)))
    nodes = [complex(x) for x in leaves]
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, longest))):
        last = len(nodes) - 1
        a, b = last - draw(st.integers(0, last)), last - draw(st.integers(0, last))
        steps.append(_pick(draw, _choices(draw, a, b), nodes))
        nodes.append(oracle.apply(steps[-1], nodes))
    assume(max(map(abs, oracle.gradient(leaves, steps))) <= LARGEST)
    return Program(leaves, tuple(steps))


def _choices(draw: st.DrawFn, a: int, b: int) -> list[Step]:
    """All operations on node a, and on node b or a plain number where there are two operands."""
    number = draw(plain)
    exponent = draw(st.sampled_from(EXPONENTS))
    return [
        *(Step(op, a, b) for op in ("add", "mul", "sub", "div")),
        *(Step(op, a, number=number) for op in ("add", "mul", "sub", "div")),
        *(Step(op, a, number=number, reflected=True) for op in ("add", "mul", "sub", "div")),
        *(Step(op, a) for op in ("neg", "relu", "tanh", "exp", "log")),
        Step("pow", a, number=exponent),
    ]


def _pick(draw: st.DrawFn, choices: Sequence[Step], nodes: Sequence[complex]) -> Step:
    """One of the steps that are defined here, and whose result is neither huge nor on a corner."""
    return draw(st.sampled_from([step for step in choices if fits(step, nodes)]))


def fits(step: Step, nodes: Sequence[complex]) -> bool:
    """Whether the step is well defined and well conditioned for these numbers."""
    a = nodes[step.a].real
    if step.op in ("relu", "tanh"):
        return CORNER <= abs(a) <= 20
    if step.op == "exp":
        return abs(a) <= 5
    if step.op == "log":
        return a >= 0.05
    if step.op == "pow":
        exponent = step.number or 0
        natural = exponent == int(exponent) and exponent > 0
        if not (natural or a >= 0.05):
            return False
    if step.op == "div":
        other = nodes[step.b].real if step.b is not None else float(step.number or 0)
        if abs(a if step.reflected else other) < 0.05:
            return False
    return abs(oracle.apply(step, nodes).real) <= LARGEST


@dataclass(frozen=True)
class Programs:
    """Several programs on the same leaves."""

    leaves: tuple[float, ...]
    programs: tuple[tuple[Step, ...], ...]

    def snippet(self) -> str:
        """One program after another; then the first again, from zero."""
        names = [name_of(i) for i in range(len(self.leaves))]
        lines = Program(self.leaves, ()).lines()
        for steps in self.programs:
            lines += [*self._play(steps), grads(names)]
        lines += [f"{name}.grad = 0.0" for name in names]
        return source([*lines, *self._play(self.programs[0]), grads(names)])

    def _play(self, steps: tuple[Step, ...]) -> list[str]:
        program = Program(self.leaves, steps)
        return [*program.lines()[len(self.leaves) :], f"{program.root}.backward()"]


@st.composite
def on_the_same_leaves(draw: st.DrawFn) -> Programs:
    """Two or three short programs on two leaves."""
    leaves = (draw(numbers), draw(numbers))
    ops = st.sampled_from(("mul", "add", "sub"))
    programs = []
    for _ in range(draw(st.integers(2, 3))):
        a, b = draw(st.integers(0, 1)), draw(st.integers(0, 1))
        steps = [Step(draw(ops), a, b)]  # type: ignore[arg-type]
        if draw(st.booleans()):
            steps.append(Step(draw(ops), 2, a))  # type: ignore[arg-type]
        programs.append(tuple(steps))
    return Programs(leaves, tuple(programs))


@dataclass(frozen=True)
class Leaf:
    """One plain number."""

    number: Number

    def snippet(self) -> str:
        return source([f"a = Value({self.number!r})", "print(a.data, a.grad)"])


@dataclass(frozen=True)
class Diamonds:
    """`count` times y = y + y, each sum halved so that the numbers stay small."""

    start: float
    count: int

    @property
    def steps(self) -> list[Step]:
        made = []
        for i in range(self.count):
            made += [Step("add", 2 * i, 2 * i), Step("mul", 2 * i + 1, number=0.75)]
        return made

    def snippet(self) -> str:
        loop = [f"for _ in range({self.count}):", "    y = (y + y) * 0.75"]
        return source([f"a = y = Value({self.start!r})", *loop, "y.backward()", "print(a.grad)"])


@dataclass(frozen=True)
class Chain:
    """A graph `length` nodes deep: y = a + 1 + 1 + …"""

    start: float
    length: int

    def snippet(self) -> str:
        loop = [f"for _ in range({self.length}):", "    y = y + 1.0"]
        return source([f"a = y = Value({self.start!r})", *loop, "y.backward()", "print(a.grad)"])


@dataclass(frozen=True)
class Heap:
    """A graph of many nodes, none of them deep."""

    start: float
    nodes: int

    def snippet(self) -> str:
        lines = [
            f"a = Value({self.start!r})",
            "y = a * 0.0",
            f"for _ in range({self.nodes // 400}):",
            "    row = a",
            "    for _ in range(199):",
            "        row = row * 0.5 + a",
            "    y = y + row",
            "y.backward()",
            "print(a.grad)",
        ]
        return source(lines)


@dataclass(frozen=True)
class Twice(Program):
    """A program whose backward() is called twice."""

    def snippet(self) -> str:
        calls = [f"{self.root}.backward()"] * 2
        return source([*self.lines(), *calls, grads(self.names())])


# --- networks -----------------------------------------------------------------------------------


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
