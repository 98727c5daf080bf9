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


def unwritten(source: str, name: str) -> str:
    """What of the class or function is still `raise NotImplementedError`: "GPT.forward".

    Empty where all is written: it, the classes that it inherits from, and whatever else of the
    source its functions use. Raises SyntaxError where the source is no Python.
    """
    top = {n.name: n for n in _parsed(source).body if isinstance(n, _Definition)}
    waiting, seen = [name], set[str]()
    while waiting:
        at = waiting.pop()
        if at in seen or at not in top:
            continue
        seen.add(at)
        for label, function in _functions(at, top).items():
            if any(_says_so(statement) for statement in function.body):
                return label
            waiting += [n.id for s in function.body for n in ast.walk(s) if isinstance(n, ast.Name)]
    return ""


_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef


def _functions(name: str, top: dict[str, _Definition]) -> dict[str, _Function]:
    """The function itself, or the class's methods, inherited ones included, as "Class.method"."""
    node = top[name]
    if isinstance(node, _Function):
        return {name: node}
    found: dict[str, tuple[str, _Function]] = {}
    lineage, seen = [node], set[str]()
    while lineage:
        cls = lineage.pop(0)
        seen.add(cls.name)
        for method in cls.body:
            if isinstance(method, _Function):
                found.setdefault(method.name, (cls.name, method))
        bases = [top.get(base.id) for base in cls.bases if isinstance(base, ast.Name)]
        lineage += [b for b in bases if isinstance(b, ast.ClassDef) and b.name not in seen]
    return {f"{cls}.{method}": function for method, (cls, function) in found.items()}


def _says_so(statement: ast.stmt) -> bool:
    """Whether this is `raise NotImplementedError`, with a message or without."""
    raised = statement.exc if isinstance(statement, ast.Raise) else None
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


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
