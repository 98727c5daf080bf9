"""A learner's workspace: the files around the exercises, and what `zth.toml` says."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from zth import trees
from zth.language import tr
from zth.records import Lesson, Route, ZthError


def create(folder: Path, route: str) -> list[Path]:
    """Writes what is missing of a workspace, and gives what was written. Raises OSError."""
    return [path for path, body in _files(route) if _write(folder / path, body)]


def _files(route: str) -> Iterator[tuple[Path, bytes]]:
    stubs = trees.shipped(trees.STUBS)
    for file in sorted(stubs.glob("lesson*/**/*.py")):
        yield file.relative_to(stubs), file.read_bytes()
    texts = {trees.MARKER: _marker(route), "README.md": _readme(), ".gitignore": _ignored()}
    texts |= _editors()
    for name, text in texts.items():
        yield Path(name), text.encode()


def _marker(route: str) -> str:
    """What `zth.toml` says at first."""
    root = tr("The root of a zth workspace.")
    order = tr("would put the lessons in the order of the videos")
    example = f'# path = "zero-to-hero"    {order}'
    return f"# {root}\n{f'path = {json.dumps(route)}' if route else example}\n"


def _ignored() -> str:
    return tr(
        """\
# what zth keeps for itself
.zth/
# what `zth train` makes
runs/
# where Python is on this machine; `zth init` makes them anew
pyrightconfig.json
.vscode/
__pycache__/
.venv/
.DS_Store
"""
    )


def _readme() -> str:
    return tr(
        """\
# My way through "LLM: zero to hero"

Each folder here is a lesson: Python files with holes for you to fill in.

    zth                    where you are, and what comes next
    zth play lesson1       the chapter, to read first
    zth grade lesson1      is it right? if not, the smallest case that goes wrong
    zth watch lesson1      the same, each time you save
    zth hint lesson1       an idea for the first thing that is wrong, then a nearer one
    zth explain order      why a check must hold, with examples
    zth diff lesson1       what you changed
    zth reset lesson1      back to the beginning; yours is kept aside
    zth solution lesson1   the reference beside yours, once all is right

And when the parts of a GPT are there:

    zth train shakespeare-tiny --with all=student    a model of your own parts
    zth blame runs/…                                 which part makes it worse than it should be

The files are yours, and plain Python: keep them in git, add others, write them in your own way.
A case that went wrong is code: paste it into `python`, started in this folder. What zth keeps for
itself lies in `.zth/`. If you lost a file, `zth init` adds what is missing and never overwrites.
"""
    )


def _editors() -> dict[str, str]:
    """Where editors find the Python, and so the types, that zth runs with."""
    python = {"python.defaultInterpreterPath": sys.executable}
    files = {".vscode/settings.json": python}
    if sys.prefix != sys.base_prefix:  # Pyright, in any editor, takes virtual environments alone
        prefix = Path(sys.prefix)
        files["pyrightconfig.json"] = {"venvPath": str(prefix.parent), "venv": prefix.name}
    return {name: json.dumps(x, indent=2, ensure_ascii=False) + "\n" for name, x in files.items()}


def _write(target: Path, body: bytes) -> bool:
    """Writes a new file; False where there is one, be it a broken link."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as stream:
            stream.write(body)
    except FileExistsError:
        return False
    return True


def lost(workspace: Path, lesson: Lesson) -> tuple[str, str] | None:
    """The command that brings back the first file of the lesson that is gone, and what is wrong.

    None where all are there, or the course has no stubs for them.
    """
    if not (trees.shipped(trees.STUBS) / lesson.folder).is_dir():
        return None
    for component in lesson.components:
        if (workspace / component.file).exists():
            continue
        folder = (workspace / lesson.folder).is_dir()
        place = component.file if folder else lesson.folder
        gone = tr("{file} is missing", file=place)
        if near := trees.alike(workspace, place):
            command = shlex.join(["mv", *(os.path.relpath(workspace / x) for x in (near, place))])
            return command, tr("{gone}, but {near} is there", gone=gone, near=near)
        only = f" --component {component.id}" if folder else ""
        return f"zth reset {lesson.id}{only}", gone
    return None


def path_of(workspace: Path) -> str:
    """The path that `zth.toml` names; empty where it names none. Raises ZthError."""
    import tomllib

    file = workspace / trees.MARKER
    try:
        name = tomllib.loads(file.read_bytes().decode()).get("path", "")
    except FileNotFoundError:  # in a clone
        return ""
    except OSError as error:
        raise ZthError(
            tr("{file} cannot be read: {reason}", file=file, reason=error.strerror)
        ) from None
    except ValueError as error:
        raise ZthError(
            tr("{file} is no TOML: {reason}", file=file, reason=" ".join(str(error).split()))
        ) from None
    if not isinstance(name, str):
        raise ZthError(
            tr('{file}: path must be a name in quotes, as in path = "zero-to-hero"', file=file)
        )
    return name


def in_order(lessons: Mapping[str, Lesson], route: Route | None) -> list[Lesson]:
    """The lessons in the order of the route; those that it leaves out come last."""
    first: Iterable[str] = route.lessons if route else ()
    ids = dict.fromkeys([*(id for id in first if id in lessons), *lessons])
    return [lessons[id] for id in ids]
