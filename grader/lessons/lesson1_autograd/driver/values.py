"""Values: a program of operations, forward and backward."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from zth.worker.answers import BadAnswer

Number = int | float


Unary = Literal["neg", "relu", "tanh", "exp", "log"]


Binary = Literal["add", "sub", "mul", "div", "pow"]


SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "neg": "-"}


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}


@dataclass(frozen=True)
class Step:
    """One operation. Nodes are numbered: first the leaves, then one node for each step.

    `a` is a node. The other operand of a binary operation is node `b`, or the plain `number`,
    which stands to the left of the sign where `reflected` (2 - a).
    """

    op: Unary | Binary
    a: int
    b: int | None = None
    number: Number | None = None
    reflected: bool = False


@dataclass(frozen=True)
class Backprop:
    """A program's numbers: `data` of all nodes before backward(), `after` of all after it.

    `grad` has the leaves' gradients.
    """

    data: list[float]
    grad: list[float]
    after: list[float]


def name_of(node: int) -> str:
    """What a report calls a node: a, b, …, z, n26, n27, …"""
    return "abcdefghijklmnopqrstuvwxyz"[node] if node < 26 else f"n{node}"


def phrase(step: Step) -> str:
    """The step as Python: "a * b", "2.0 - c", "d.tanh()"."""
    a = name_of(step.a)
    if step.op in _BINARY:
        other = name_of(step.b) if step.b is not None else _plain(step)
        left, right = (other, a) if step.reflected else (a, other)
        return f"{left} {SIGNS[step.op]} {right}"
    return f"-{a}" if step.op == "neg" else f"{a}.{step.op}()"


def _plain(step: Step) -> str:
    text = repr(step.number)
    return f"({text})" if text.startswith("-") and not step.reflected else text


# --- Value --------------------------------------------------------------------------------------


def backprop(Value: Any, leaves: list[float], steps: list[Step]) -> Backprop:
    """Runs a program, then backward() on its last node."""
    nodes = _run([Value(x) for x in leaves], steps)
    data = _numbers(nodes, "data")
    nodes[-1].backward()
    return Backprop(data, _numbers(nodes[: len(leaves)], "grad"), _numbers(nodes, "data"))


def fresh(Value: Any, number: Number) -> tuple[float, float]:
    """`data` and `grad` of a new Value."""
    leaf = Value(number)
    return number_of(leaf.data, "a.data"), number_of(leaf.grad, "a.grad")


def several(Value: Any, leaves: list[float], programs: list[list[Step]]) -> list[list[float]]:
    """The leaves' gradients after backward() on each of several programs on the same leaves.

    Then all gradients of leaves are set to 0, and the first program is run once more.
    """
    made = [Value(x) for x in leaves]
    seen = []
    for steps in programs:
        _run(made, steps)[-1].backward()
        seen.append(_numbers(made, "grad"))
    for leaf in made:
        leaf.grad = 0.0
    _run(made, programs[0])[-1].backward()
    return [*seen, _numbers(made, "grad")]


def twice(Value: Any, leaves: list[float], steps: list[Step]) -> list[float]:
    """The leaves' gradients after two calls of backward() on one and the same graph."""
    nodes = _run([Value(x) for x in leaves], steps)
    nodes[-1].backward()
    nodes[-1].backward()
    return _numbers(nodes[: len(leaves)], "grad")


def chain(Value: Any, start: float, length: int) -> tuple[float, float]:
    """y and dx of y = x + 1 + 1 + …: a graph `length` nodes deep."""
    x = Value(start)
    y = x
    for _ in range(length):
        y = y + 1.0
    y.backward()
    return number_of(y.data, "y.data"), number_of(x.grad, "x.grad")


def heap(Value: Any, start: float, nodes: int) -> tuple[float, float]:
    """y and dx of a graph of about `nodes` nodes, no path of it longer than 400."""
    x = Value(start)
    y = x * 0.0
    rows = nodes // 400
    for _ in range(rows):
        row = x
        for _ in range(199):
            row = row * 0.5 + x
        y = y + row
    y.backward()
    return number_of(y.data, "y.data"), number_of(x.grad, "x.grad")


def _run(leaves: list[Any], steps: list[Step]) -> list[Any]:
    """All nodes of a program: the leaves, then what each step made."""
    nodes = list(leaves)
    for step in steps:
        made = _apply(step, nodes)
        if not (hasattr(made, "data") and hasattr(made, "grad")):
            raise BadAnswer(
                "{call} gave None; is a `return` missing?"
                if made is None
                else "{call} gave a {kind}, expected a Value",
                call=phrase(step),
                kind=kind_of(made),
            )
        nodes.append(made)
    return nodes


def _apply(step: Step, nodes: list[Any]) -> Any:
    a = nodes[step.a]
    if step.op == "neg":
        return -a
    if step.op not in _BINARY:
        return getattr(a, step.op)()
    other = nodes[step.b] if step.b is not None else step.number
    left, right = (other, a) if step.reflected else (a, other)
    return _BINARY[step.op](left, right)


def _numbers(nodes: list[Any], what: str) -> list[float]:
    return [number_of(getattr(v, what), f"{name_of(i)}.{what}") for i, v in enumerate(nodes)]


def number_of(value: Any, what: str) -> float:
    """A plain number of the learner's as a float."""
    if not isinstance(value, int | float):
        raise BadAnswer(
            "{what} is None, expected a plain number"
            if value is None
            else "{what} is a {kind}, expected a plain number",
            what=what,
            kind=kind_of(value),
        )
    try:
        return float(value)
    except OverflowError:
        raise BadAnswer("{what} is an int too large for a float", what=what) from None


def kind_of(value: Any) -> str:
    return type(value).__name__
