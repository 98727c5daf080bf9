"""Programs of one operation or two, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from grader.lessons.lesson1_autograd.driver import Number, Step, name_of, phrase
from grader.lessons.lesson1_autograd.strategies.numbers import (
    EXPONENTS,
    nonzero,
    numbers,
    plain,
    positive,
)


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


@dataclass(frozen=True)
class Leaf:
    """One plain number."""

    number: Number

    def snippet(self) -> str:
        return source([f"a = Value({self.number!r})", "print(a.data, a.grad)"])
