"""A folder or a package -> an implementation, without importing it."""

from __future__ import annotations

import ast
import contextlib
import difflib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from zth.language import listed, tr
from zth.records import Component, Part, Tree, ZthError

MARKER = "zth.toml"
STUBS, REFERENCE = "exercises", "solutions"
SOURCE_CAP = 1 << 20  # bytes; no file of a tree needs more
ENTRY = 256  # bytes that a file counts as, beside its contents and its name
_LESSON_FOLDER = re.compile(r"[a-z]+\d+_\w+")  # lesson3_attention


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


def own_workspace() -> Path:
    """The learner's tree. Raises ZthError where there is none."""
    mine = workspace()
    if mine is None:
        raise _homeless()
    return mine


def _homeless() -> ZthError:
    return ZthError(tr("there is no workspace here (no zth.toml upwards); make one: zth init"))


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
        raise _homeless()
    path = _existing(spec)
    if path is None:
        near = difflib.get_close_matches(spec, known, 1)
        names = (
            tr("; did you mean {near}?", near=near[0])
            if near
            else tr(" nor one of {known}", known=listed(sorted(known)))
        )
        raise ZthError(
            tr("there is no tree {spec}: it is no folder{names}", spec=_short(spec), names=names)
        )
    folder = path.parent if path.is_file() else path
    if _LESSON_FOLDER.fullmatch(folder.name) and not (folder / MARKER).is_file():
        folder = folder.parent
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise ZthError(
            tr("the path {folder} is no valid UTF-8; rename it", folder=_short(str(folder)))
        ) from None
    return Tree(spec, folder)


def _existing(spec: str) -> Path | None:
    """The path, resolved; None where nothing is there."""
    try:
        return Path(spec).expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # RuntimeError: a ~user that does not exist
        return None


def _short(spec: str) -> str:
    return repr(spec if len(spec) <= 200 else spec[:200] + "…")


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
    try:
        if not part.root.is_dir():
            return tr("there is no folder {root}", root=part.root)
        if not file.parent.is_dir():
            name = file.parent.name
            gone = tr("there is no folder {name} in {root}", name=name, root=part.root)
            return gone + _instead(part.root, name)
        if not file.is_file():
            gone = tr("there is no file {file} in {root}", file=part.file, root=part.root)
            return gone + _instead(part.root, part.file)
        if not _within(file, part.root.resolve()):
            return tr(
                "{file} leads out of its tree by a link; put the file itself there", file=part.file
            )
        if (size := file.stat().st_size) > SOURCE_CAP:
            return tr(
                "{file} has {size:,} bytes; a file of a tree may have {most:,}",
                file=part.file,
                size=size,
                most=SOURCE_CAP,
            )
    except OSError as error:
        return tr("{file} cannot be read: {reason}", file=part.file, reason=error.strerror)
    return ""


def _instead(root: Path, place: str) -> str:
    """What to do where only the name is wrong."""
    if near := alike(root, place):
        name = Path(place).name
        return tr("; {near} is there: rename it to {name}", near=Path(near).name, name=name)
    return ""


def alike(root: Path, place: str) -> str:
    """The place of a file or folder whose name is nearly that of `place`, and which the course has
    not; empty where there is none."""
    wanted = Path(place)
    folder, course = root / wanted.parent, shipped(STUBS) / wanted.parent
    kind = Path.is_file if wanted.suffix else Path.is_dir
    there = {x.name.partition(".")[0]: x.name for x in folder.glob("[!.]*") if kind(x)}
    strange = {stem: name for stem, name in there.items() if not (course / name).exists()}
    near = difflib.get_close_matches(wanted.stem, strange, 1)
    return str(wanted.with_name(strange[near[0]])) if near else ""


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
    return total(_sources(root, folders))


def total(files: Iterable[tuple[bytes, bytes]]) -> str:
    """SHA-256 over names of files and what their contents are known by, in the order given."""
    found = hashlib.sha256()
    for name, body in files:
        found.update(b"%d %b%b" % (len(name), name, body))
    return found.hexdigest()


def _sources(root: Path, folders: Iterable[str]) -> Iterator[tuple[bytes, bytes]]:
    """The Python files in these folders, by their names, and their fingerprints."""
    inside = root.resolve()
    for folder in sorted(set(folders)):
        if not _within(root / folder, inside):
            continue
        for file in sorted(Path(entry) for entry in _entries(root / folder)):
            if file.suffix == ".py":
                name = file.relative_to(root).as_posix().encode(errors="surrogateescape")
                yield name, fingerprint(file) if _within(file, inside) else b""


def size(folder: Path) -> int:
    """Bytes that a folder can carry: contents and names of all in it, and what links say."""
    found = 0
    for entry in _entries(folder):
        found += ENTRY + len(os.fsencode(entry.name))
        if not entry.is_dir(follow_symlinks=False):
            found += entry.stat(follow_symlinks=False).st_size
    return found


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All that lies beneath the folder; links are not followed, nor paths too long to be opened."""
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _within(path: Path, folder: Path) -> bool:
    """Whether the path lies in the folder, wherever links lead."""
    return Path(os.path.realpath(path)).is_relative_to(folder)


def fingerprint(file: Path) -> bytes:
    """SHA-256 of what the file holds; empty where it is none, or cannot be read.

    Of one that is too large for a tree, of its first part, and then the size.
    """
    try:
        if not file.is_file():  # a pipe would have whoever opens it wait
            return b""
        size = file.stat().st_size
        with file.open("rb") as stream:
            body = hashlib.sha256(stream.read(SOURCE_CAP)).digest()
    except OSError:
        return b""
    return body + (b"%d" % size if size > SOURCE_CAP else b"")


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
