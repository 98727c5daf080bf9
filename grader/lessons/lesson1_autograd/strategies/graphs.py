"""Whole graphs of numbers: programs of many steps, several at once, deep and large ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st

from grader.lessons.lesson1_autograd import oracle
from grader.lessons.lesson1_autograd.driver import Step, name_of
from grader.lessons.lesson1_autograd.strategies.numbers import (
    CORNER,
    EXPONENTS,
    LARGEST,
    hundredths,
    numbers,
    plain,
)
from grader.lessons.lesson1_autograd.strategies.operations import Program, grads, source, upstream


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
