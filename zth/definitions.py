"""Top-level definitions in Python source: where one lies, and the source with another in its place.

All of it works on text: nothing is imported, and what is around a definition stays as it is.
"""

from __future__ import annotations

import ast
import io


def cut(source: str, name: str) -> str:
    """The source of the class or function, the last of that name; empty where there is none.

    Raises SyntaxError where the source is no Python.
    """
    spans = _spans(_parsed(source), name)
    return "".join(_lines(source)[slice(*spans[-1])]) if spans else ""


def replaced(source: str, name: str, definition: str) -> str:
    """The source with `definition` as the only class or function of that name.

    It takes the place of the first one; it comes last where the name has another meaning as well
    (an import, an assignment), or none. Raises SyntaxError where the source is no Python.
    """
    module, lines = _parsed(source), _lines(source)
    spans = _spans(module, name)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    new = [line.rstrip("\r\n") + end for line in _lines(definition)]
    for first, last in reversed(spans):
        del lines[first:last]
    if spans and not _bound_otherwise(module, name):
        at = spans[0][0]
        return "".join([*lines[:at], *new, *lines[at:]])
    text = "".join(lines).rstrip()
    return text + (end * 3 if text else "") + "".join(new)


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:  # a NUL, a thousand brackets
        raise SyntaxError(str(error)) from None


def _lines(source: str) -> list[str]:
    """The lines with their ends, counted as Python does: a form feed ends none."""
    return list(io.StringIO(source, newline=""))


def _spans(module: ast.Module, name: str) -> list[tuple[int, int]]:
    """First line (from 0) and end of each definition, its decorators included."""
    return [
        (min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1, node.end_lineno or 0)
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.name == name
    ]


def _bound_otherwise(module: ast.Module, name: str) -> bool:
    """Whether an import or an assignment at the top level binds the name."""
    for node in module.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if name in {alias.asname or alias.name for alias in node.names}:
                return True
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return True
    return False
