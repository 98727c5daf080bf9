"""Mistakes made by machine: every small change of a file of the reference, one at a time.

A change that survives its grading is either as right as the reference, or a hole in the checks. A
tool for those who write checks; what it finds is mended, not kept.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

ARITHMETIC = {
    ast.Add: ("+", ["-"]),
    ast.Sub: ("-", ["+"]),
    ast.Mult: ("*", ["/"]),
    ast.Div: ("/", ["*"]),
    ast.Pow: ("**", ["*"]),
    ast.FloorDiv: ("//", ["/"]),
    ast.Mod: ("%", ["//"]),
    ast.Lt: ("<", ["<=", ">="]),
    ast.LtE: ("<=", ["<", ">"]),
    ast.Gt: (">", [">=", "<="]),
    ast.GtE: (">=", [">", "<"]),
    ast.Eq: ("==", ["!="]),
    ast.NotEq: ("!=", ["=="]),
    ast.Is: ("is", ["is not"]),
    ast.IsNot: ("is not", ["is"]),
    ast.In: ("in", ["not in"]),
    ast.NotIn: ("not in", ["in"]),
    ast.And: ("and", ["or"]),
    ast.Or: ("or", ["and"]),
}
Edit = tuple[int, int, str]  # bytes of the source from, to, and what takes their place


@dataclass(frozen=True)
class Change:
    """One change: its line, what stood there and what does now, and the whole new text."""

    line: int
    old: str
    new: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {_short(self.old)}  ->  {_short(self.new)}"


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= 60 else one[:57] + "..."


def changes(source: str) -> Iterator[Change]:
    """All changes of a module, in the order of its syntax tree; each still parses."""
    data = source.encode()
    module = ast.parse(source)
    places = _Places(source)
    for node in _changeable(module):
        for start, end, new in _edits(node, places):
            if data[start:end] == new.encode():
                continue
            text = (data[:start] + new.encode() + data[end:]).decode()
            try:
                ast.parse(text)
            except SyntaxError:
                continue
            yield Change(data[:start].count(b"\n") + 1, data[start:end].decode(), new, text)


def _changeable(module: ast.Module) -> Iterator[ast.AST]:
    """All nodes but annotations, docstrings and what is inside an f-string."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.JoinedStr) or _is_docstring(node):
            continue
        yield node
        skipped = [getattr(node, name, None) for name in ("annotation", "returns")]
        waiting += [child for child in ast.iter_child_nodes(node) if child not in skipped]


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class _Places:
    """Where nodes stand, in bytes."""

    def __init__(self, source: str) -> None:
        self.data = source.encode()
        self.lines = [0]
        for line in self.data.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.lines[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        return self.data[self.start(node) : self.end(node)].decode()


def _edits(node: ast.AST, at: _Places) -> Iterator[Edit]:
    """The changes of one node."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield from _operators(left, op, right, at)
            if isinstance(op, ast.MatMult):
                yield at.start(node), at.end(node), f"{at.text(right)} @ ({at.text(left)})"
        case ast.AugAssign(target=target, value=value):
            yield at.end(target), at.start(value), " = "
            yield from _operators(target, node.op, value, at)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield from _operators(left, op, right, at)
        case ast.BoolOp(op=op, values=[left, right, *_]):
            yield from _operators(left, op, right, at)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield at.start(node), at.start(operand), ""
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield at.start(test), at.end(test), f"not ({at.text(test)})"
        case ast.Constant(value=value):
            for other in _other_values(value):
                yield at.start(node), at.end(node), repr(other)
        case ast.Call():
            yield from _calls(node, at)
    if isinstance(node, ast.stmt):
        yield from _without(node, at)


def _operators(left: ast.expr, op: ast.AST, right: ast.expr, at: _Places) -> Iterator[Edit]:
    """Another operator between two operands."""
    if type(op) not in ARITHMETIC:
        return
    sign, others = ARITHMETIC[type(op)]
    start, end = at.end(left), at.start(right)
    between = at.data[start:end].decode()
    for other in others:
        changed = re.sub(re.escape(sign), other, between, count=1)
        if changed != between:
            yield start, end, changed


def _other_values(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value * 2, value / 2] if value else [1.0]
    return []


def _calls(call: ast.Call, at: _Places) -> Iterator[Edit]:
    """A call without one of its keywords, and with two arguments exchanged."""
    for keyword in call.keywords:
        before = at.data[: at.start(keyword)].rstrip()
        start = len(before) - 1 if before.endswith(b",") else at.start(keyword)
        yield start, at.end(keyword), ""
    if len(call.args) == 2 and not any(isinstance(a, ast.Starred) for a in call.args):
        first, second = call.args
        yield at.start(first), at.end(second), f"{at.text(second)}, {at.text(first)}"


def _without(statement: ast.stmt, at: _Places) -> Iterator[Edit]:
    """The module without this statement; a `return` then returns nothing."""
    kept = ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass
    if isinstance(statement, kept):
        return
    if isinstance(statement, ast.Return):
        if statement.value is not None:
            yield at.start(statement), at.end(statement), "return None"
    else:
        yield at.start(statement), at.end(statement), "pass"
