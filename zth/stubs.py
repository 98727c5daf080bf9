"""The stubs as the course gave them, beside what a learner made of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from zth import trees
from zth.language import tr
from zth.records import Lesson, ZthError


def files(lesson: Lesson) -> list[str]:
    """The files of a lesson, relative to the root of a tree."""
    return [*dict.fromkeys(component.file for component in lesson.components)]


def stub(file: str, workspace: Path) -> str:
    """A file of the stubs. Raises ZthError where there is none.

    In a clone the learner writes into the stubs themselves: then git has what they were.
    """
    folder = trees.shipped(trees.STUBS)
    if workspace.resolve() == folder.resolve():
        return _committed(folder, file)
    return read(folder / file, tr("there is no stub of {file}", file=file))


def read(path: Path, absent: str) -> str:
    """A file's text, its line ends as they are. Raises ZthError, where it is not there `absent`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise ZthError(absent) from None
    except OSError as error:
        raise ZthError(
            tr("{path} cannot be read: {reason}", path=path, reason=error.strerror)
        ) from None
    except UnicodeDecodeError:
        raise ZthError(tr("{path} is no UTF-8 text; save it as such", path=path)) from None


def _committed(folder: Path, file: str) -> str:
    """The file as somebody else than the learner committed it last; else as it is in HEAD."""
    me = _git(folder, "config", "user.email").strip()
    log = [
        line.split(" ", 1)
        for line in _git(folder, "log", "--format=%H %ae", "--", file).split("\n")
    ]
    others = [commit for commit, *author in log if author and author != [me]]
    found = _git(folder, "show", f"{others[0] if others else 'HEAD'}:./{file}")
    if not found:
        raise ZthError(
            tr(
                "git does not have {file}, so nobody knows what it was; make a workspace: zth "
                "init DIR",
                file=file,
            )
        )
    return found


def _git(folder: Path, *arguments: str) -> str:
    """What git says; nothing where it fails or is not there."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False).stdout.decode()
    except (OSError, UnicodeDecodeError):
        return ""
