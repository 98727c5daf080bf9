"""Code for a learner to paste: no line is longer than a terminal, and it does what it did."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from tokenize import COMMENT, OP, STRING, TokenInfo

from rich.cells import cell_len

WIDTH = 76  # columns: a report on a terminal of 80 is indented by four
WHOLE = 40  # characters of a bracket that stays on one line
INDENT = "    "


def wrapped(code: str) -> str:
    """The code, with its long lines broken inside brackets, and long strings in pieces.

    Where that cannot be done, as with what is no Python, it stays as it is.
    """
    lines = code.split("\n")
    if all(cell_len(line) <= WIDTH for line in lines):
        return code
    try:
        told = "\n".join(part for line in lines for part in _broken(line))
        same = ast.dump(ast.parse(told)) == ast.dump(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
        return code
    return told if same else code


def _broken(line: str) -> list[str]:
    """One line, as several; a comment at its end comes first."""
    if cell_len(line) <= WIDTH:
        return [line]
    statement = line.strip()
    margin = line[: line.index(statement)]
    notes = []
    for token in _tokens(statement):
        if token.type == COMMENT:
            notes.append(margin + token.string)
            statement = statement[: token.start[1]].rstrip()
    lines = _filled(statement, margin)
    if any(cell_len(x) > WIDTH for x in lines) and (inside := _in_brackets(statement)):
        lines = _filled(inside, margin)
    return notes + lines


def _in_brackets(statement: str) -> str:
    """An assignment with its value in brackets, where lines may end; an import too; else empty."""
    node = None if statement.endswith(":") else ast.parse(statement).body[0]
    if isinstance(node, ast.Assign):
        start = len(statement.encode()[: node.value.col_offset].decode())
    elif isinstance(node, ast.ImportFrom):
        start = statement.index(" import ") + len(" import ")
    else:
        return ""
    return f"{statement[:start]}({statement[start:]})"


def _filled(statement: str, margin: str) -> list[str]:
    """The statement on several lines, each as full as it can be."""
    room = WIDTH - len(margin + INDENT)
    first, *rest = _pieces(_with_short_strings(statement, room - len("),")))
    lines = [margin + first]
    for piece in rest:
        if cell_len(lines[-1] + piece.rstrip()) <= WIDTH:
            lines[-1] += piece
        else:
            lines.append(margin + INDENT + piece.lstrip())
    return [line.rstrip() for line in lines]


def _with_short_strings(statement: str, room: int) -> str:
    """Each string in brackets that is longer than that as several, which Python puts together."""
    told, done, depth = "", 0, 0
    for token in _tokens(statement):
        start, end = token.start[1], token.end[1]
        depth += _depth(token)
        if token.type == STRING and depth and cell_len(token.string) > room:
            told += statement[done:start] + " ".join(_chunks(token.string, room))
            done = end
    return told + statement[done:]


def _chunks(literal: str, room: int) -> Iterator[str]:
    value = ast.literal_eval(literal)
    while value:
        size = next((n for n in range(room, 1, -1) if cell_len(repr(value[:n])) <= room), 1)
        yield repr(value[:size])
        value = value[size:]


def _pieces(statement: str) -> Iterator[str]:
    """The statement, cut where a line may end."""
    done = 0
    for end in [*_ends(statement), len(statement)]:
        yield statement[done:end]
        done = end


def _ends(statement: str) -> list[int]:
    """Where a line may end: in brackets, after what opens one, after a comma, and before a string
    that is long, or goes on. Small brackets stay whole."""
    ends: set[int] = set()
    opened: list[int] = []
    last = None
    for token in _tokens(statement):
        goes_on = last == STRING or cell_len(token.string) > WHOLE
        if opened and token.type == STRING and goes_on:
            ends.add(token.start[1])
        last = token.type
        if _depth(token) > 0:
            opened.append(token.start[1])
        if opened and (_depth(token) > 0 or token.string == ","):
            ends.add(token.end[1])
        if _depth(token) < 0 and token.end[1] - (begun := opened.pop()) <= WHOLE:
            ends -= {*range(begun, token.end[1])}
    return sorted(ends)


def _depth(token: TokenInfo) -> int:
    """By how many brackets what follows is deeper."""
    if token.type != OP:
        return 0
    return (token.string in tuple("([{")) - (token.string in tuple(")]}"))


def _tokens(statement: str) -> Iterator[TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(statement).readline)
