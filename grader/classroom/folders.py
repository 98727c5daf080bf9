"""Reads what students hand in as a folder: no link is followed, nothing is waited for."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.classroom import contents
from grader.classroom.contents import (
    DEPTH,
    LEVELS,
    OPENING,
    Caps,
    Content,
    Meter,
    NoLesson,
    Refused,
    shown,
)
from zth.language import tr
from zth.records import Lesson

_FOLDER = OPENING | os.O_DIRECTORY


@dataclass(frozen=True)
class Entry:
    """Something in a folder, by its path there."""

    path: str
    file: bool
    folder: bool


def read(folder: Path, lessons: Sequence[Lesson], caps: Caps) -> Content:
    """The lessons' files in a folder. Raises Refused, and OSError.

    Each is read once: what is judged, kept and graded are these bytes, whatever becomes of the
    file.
    """
    with contents.opened(folder, _FOLDER) as top:
        entries = {entry.path: entry for entry in _entries(top, lessons)}
        _no_link_instead(entries, lessons)
        places = contents.placed([e.path for e in entries.values() if not e.folder], lessons)
        if len(places.paths) > caps.files:
            raise contents.too_many(caps)
        contents.distinct((contents.safe(place), True) for place in places.paths.values())
        meter, files, times = Meter(caps), dict[str, bytes](), list[float]()
        for path, place in sorted(places.paths.items()):
            if not entries[path].file:
                raise _no_file(path)
            with _opened(top, path) as descriptor:
                files[place] = meter.whole(path, contents.chunks(descriptor))
                times.append(os.fstat(descriptor).st_mtime)
    return Content(files, contents.latest(times), places.home)


def holds(folder: Path, lessons: Sequence[Lesson]) -> bool:
    """Whether files of lessons lie in a folder. Raises OSError."""
    try:
        with contents.opened(folder, _FOLDER) as top:
            paths = [entry.path for entry in _entries(top, lessons) if not entry.folder]
        contents.placed(paths, lessons)
    except NoLesson:
        return False
    except Refused:  # there is something, and whoever takes it says what is wrong with it
        return True
    return True


def _entries(top: int, lessons: Sequence[Lesson]) -> Iterator[Entry]:
    """What lies in the folder: all in those of lessons, and some levels around them."""
    folders = {lesson.folder for lesson in lessons}
    for count, entry in enumerate(_walk(top, "", 0, folders)):
        if count >= contents.ENTRIES:
            raise contents.too_many_entries()
        yield entry


def _walk(at: int, start: str, level: int, folders: set[str]) -> Iterator[Entry]:
    inside = bool(folders & set(start.split("/")))
    with os.scandir(at) as listed:
        found = sorted(listed, key=lambda entry: entry.name)
    for entry in found:
        path = start + entry.name
        if contents.dropped(entry.name):
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        yield Entry(path, stat.S_ISREG(mode), stat.S_ISDIR(mode))
        if not stat.S_ISDIR(mode) or not (inside or level < LEVELS or entry.name in folders):
            continue
        if level >= DEPTH:
            raise Refused(
                tr("{name} lies more than {most} folders deep", name=shown(path), most=DEPTH)
            )
        with contents.opened(entry.name, _FOLDER, at) as folder:
            yield from _walk(folder, f"{path}/", level + 1, folders)


@contextmanager
def _opened(top: int, path: str) -> Iterator[int]:
    """A file by its path in an open folder; no folder on the way may have become a link."""
    *folders, name = path.split("/")
    with ExitStack() as stack:
        at = top
        for folder in folders:
            at = stack.enter_context(contents.opened(folder, _FOLDER, at))
        yield stack.enter_context(contents.opened(name, OPENING, at))


def _no_link_instead(entries: dict[str, Entry], lessons: Sequence[Lesson]) -> None:
    """A lesson's folder that is a link is not just missing."""
    for lesson in lessons:
        entry = entries.get(lesson.folder)
        if entry and not (entry.file or entry.folder):
            raise _no_file(entry.path)


def _no_file(path: str) -> Refused:
    return Refused(tr("{name} is a link, or no file at all: leave it out", name=shown(path)))
