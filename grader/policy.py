"""What was forbidden, found in the source. Best effort: aliases can hide a name from a reader.

The worker notes forbidden calls at run time as well; this scan names the line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from zth.records import Breach, Part


def scan(parts: Sequence[Part]) -> list[Breach]:
    """The uses of forbidden names in the files of these parts, each charged to its component.

    A use inside a component's own class or function is charged to it; one in a helper, to every
    component of the file.
    """
    breaches: dict[tuple[str, str], Breach] = {}
    owners = {(part.root, part.file, part.name) for part in parts}
    sources = {(part.root / part.file, tuple(part.forbidden)) for part in parts}
    uses = {source: list(_uses(*source)) for source in sources}  # many parts have one in common
    for part in parts:
        for name, top, line in uses[part.root / part.file, tuple(part.forbidden)]:
            elsewhere = (part.root, part.file, top) in owners and top != part.name
            if not elsewhere and (part.component, name) not in breaches:
                where = f"{part.file}:{line}"
                breaches[part.component, name] = Breach(part.component, name, where)
    return list(breaches.values())


def _uses(file: Path, forbidden: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """(forbidden name, top-level definition around it or "", line) for each use in a file."""
    try:
        module = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    aliases = dict(_aliases(module))
    whole = {name for name in forbidden if "." not in name}
    for top in module.body:
        around = getattr(top, "name", "")
        for node in ast.walk(top):
            for name in _names(node, aliases, whole):
                for bad in forbidden:
                    if name == bad or name.startswith(bad + "."):
                        yield bad, around, node.lineno if hasattr(node, "lineno") else 0


def _aliases(module: ast.Module) -> Iterator[tuple[str, str]]:
    """What each imported name stands for: F -> torch.nn.functional."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _names(node: ast.AST, aliases: dict[str, str], whole: set[str]) -> Iterator[str]:
    """The dotted names that a node uses. An import counts where a whole module is forbidden."""
    if isinstance(node, ast.Import):
        yield from (a.name for a in node.names if a.name.partition(".")[0] in whole)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        if node.module.partition(".")[0] in whole:
            yield node.module
    elif isinstance(node, ast.Attribute | ast.Name):
        dotted = _dotted(node)
        head, _, tail = dotted.partition(".")
        if head in aliases:
            yield f"{aliases[head]}.{tail}" if tail else aliases[head]


def _dotted(node: ast.expr) -> str:
    """The name as it is written, "nn.functional.relu"; empty for an attribute of something else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""
