"""The files of a lesson, and which components a change of some touches."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from grader.kit import Check
from zth import definitions, trees
from zth.records import Lesson

Look = Mapping[str, str]


class Sources:
    """The Python files in a lesson's folder of one tree, by paths relative to the tree's root."""

    def __init__(self, root: Path, lesson: Lesson, checks: Sequence[Check]) -> None:
        self.root, self.lesson, self.checks = root, lesson, checks
        self.folder = root / lesson.folder
        self._needed = _needed(checks)
        self._imports: dict[str, frozenset[str]] = {}

    def look(self) -> Look:
        """The SHA-256 of each file as it is now; what cannot be read is not there."""
        found = {file: trees.fingerprint(file).hex() for file in sorted(self.folder.rglob("*.py"))}
        return {str(file.relative_to(self.root)): x for file, x in found.items() if x}

    def definitions(self) -> Mapping[str, str]:
        """The source of each component's class or function; empty where it is none now."""
        found: dict[str, str] = {}
        for component in self.lesson.components:
            found[component.id] = ""
            with contextlib.suppress(OSError, SyntaxError):
                text = (self.root / component.file).read_text("utf-8", errors="replace")
                found[component.id] = definitions.cut(text, component.name)
        return found

    def touched(self, changed: Iterable[str]) -> list[str]:
        """The components that a change of these files touches.

        Those that lie in one, or import one from beside them, and those whose checks need checks of
        such a component to pass.
        """
        changed = set(changed)
        found = {c.id for c in self.lesson.components if changed & self._beneath(c.file)}
        while more := {c for c, needs in self._needed.items() if needs & found} - found:
            found |= more
        return [c.id for c in self.lesson.components if c.id in found]

    def _beneath(self, file: str) -> set[str]:
        """The file, and all that it imports from its folder, directly or not."""
        init = str(Path(file).with_name("__init__.py"))
        found, waiting = {file, init}, [file, init]
        while waiting:
            more = self._imported(waiting.pop()) - found
            found |= more
            waiting += more
        return found

    def _imported(self, file: str) -> frozenset[str]:
        """What the file imports relatively; of one that is half written, what it did before."""
        try:
            module = ast.parse((self.root / file).read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return self._imports.get(file, frozenset())
        self._imports[file] = frozenset(_relative(module, Path(file).parent))
        return self._imports[file]


def changes(before: Look, now: Look) -> list[str]:
    """The files that were written, added or taken away."""
    return sorted(f for f in {*before, *now} if before.get(f) != now.get(f))


def _relative(module: ast.Module, folder: Path) -> Iterator[str]:
    """Where what is imported relatively may lie."""
    for node in ast.walk(module):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = folder
        for _ in range(node.level - 1):
            base = base.parent
        if node.module:
            base = base.joinpath(*node.module.split("."))
            yield from (f"{base}.py", f"{base}/__init__.py")
        yield from (f"{base / alias.name}.py" for alias in node.names)


def _needed(checks: Sequence[Check]) -> dict[str, set[str]]:
    """By component: the other components whose checks its own need."""
    owners = {check.id: check.component.id for check in checks}
    needed: dict[str, set[str]] = {}
    for check in checks:
        of = {owners[id] for id in check.needs if id in owners} - {check.component.id}
        needed.setdefault(check.component.id, set()).update(of)
    return needed
