"""A folder or a package -> an implementation, without importing it."""

from __future__ import annotations

import ast
import difflib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from zth.records import Component, Part, Tree, ZthError

MARKER = "zth.toml"
STUBS, REFERENCE = "exercises", "solutions"


def shipped(name: str) -> Path:
    """Where the stubs ("exercises") or the reference ("solutions") lie: clone, or wheel."""
    package = Path(__file__).resolve().parent
    clone = package.parent / name
    if (package.parent / "pyproject.toml").is_file() and clone.is_dir():
        return clone
    return package / "_trees" / name


def in_clone() -> bool:
    """Whether zth runs from a clone of its repository."""
    return shipped(STUBS).parent.joinpath("pyproject.toml").is_file()


def workspace(start: Path | None = None) -> Path | None:
    """The learner's tree: the nearest folder upwards with a zth.toml, or the clone's exercises."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_file():
            return folder
    return shipped(STUBS) if in_clone() else None


def builtin() -> list[Tree]:
    """The trees that are always there: the learner's (where one is found) and the reference."""
    mine = workspace()
    student = [Tree("student", mine)] if mine else []
    return [*student, Tree("reference", shipped(REFERENCE))]


def resolve(spec: str, known: Mapping[str, Tree]) -> Tree:
    """A tree by name or by path. Raises ZthError where there is none.

    A path may name a tree's root, a folder of a lesson inside one, or a file of it.
    """
    if spec in known:
        return known[spec]
    if spec == "student":
        raise ZthError("there is no workspace here (no zth.toml upwards); make one: zth init")
    path = Path(spec).expanduser()
    if not path.exists():
        near = difflib.get_close_matches(spec, known, 1)
        names = f"; did you mean {near[0]}?" if near else f" nor one of {', '.join(sorted(known))}"
        raise ZthError(f"there is no tree {spec!r}: it is no folder{names}")
    path = path.resolve()
    folder = path.parent if path.is_file() else path
    if folder.name.startswith("lesson") and "_" in folder.name:
        folder = folder.parent
    return Tree(spec, folder)


def part(tree: Tree, component: Component) -> Part:
    """Where the tree keeps the component; the file need not exist (see `missing`)."""
    place = tree.parts.get(component.id)
    if place is None:
        file, name = component.file, component.name
    else:
        file, _, name = place.partition(":")
    return Part(component.id, tree.root, file, name or component.name, component.forbidden)


def missing(part: Part) -> str:
    """Why the part cannot be there, in one line; empty when it can."""
    file = part.root / part.file
    if not part.root.is_dir():
        return f"there is no folder {part.root}"
    if not file.parent.is_dir():
        return f"there is no folder {file.parent.name} in {part.root}"
    if not file.is_file():
        return f"there is no file {part.file} in {part.root}"
    return ""


def defines(part: Part) -> bool:
    """Whether the part's file defines or imports its name at the top level, by its source."""
    try:
        module = ast.parse((part.root / part.file).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return part.name in _top_level_names(module)


def broken(part: Part) -> bool:
    """Whether the part's file is there but cannot be parsed, so that nobody knows what it has."""
    try:
        ast.parse((part.root / part.file).read_bytes())
    except OSError:
        return False
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return False


def _top_level_names(module: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in module.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names |= {alias.asname or alias.name for alias in node.names}
            case ast.Assign():
                names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return names


def digest(root: Path, folders: Iterable[str]) -> str:
    """SHA-256 over names and contents of the Python files in these folders of a tree."""
    total = hashlib.sha256()
    for folder in sorted(set(folders)):
        for file in sorted((root / folder).glob("**/*.py")):
            if file.is_file():
                body = file.read_bytes()
                total.update(
                    f"{file.relative_to(root).as_posix()}\0{len(body)}\0".encode(errors="replace")
                )
                total.update(body)
    return total.hexdigest()


def chosen(spec: str, component: Component, known: Mapping[str, Tree]) -> Part:
    """A component's part by a tree's name or path, or by `FILE.py` or `FILE.py:NAME`."""
    path, _, name = spec.partition(":")
    file = Path(path).expanduser()
    if spec in known or not file.is_file():
        return part(resolve(spec, known), component)
    file = file.resolve()
    return Part(
        component.id, file.parents[1], f"{file.parent.name}/{file.name}", name or component.name
    )
