"""What a submission may hold: which names, how much, and where each file belongs in a tree."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from zth.language import tr
from zth.records import Lesson
from zth.trees import STUBS

DROPPED = {"__MACOSX", ".DS_Store", "__pycache__", ".git", ".venv", ".zth"}
DOUBLE = "._"  # how macOS names what it knows of a file beyond its contents
ENTRIES = 10_000  # what an archive may list, or a folder hold, before nobody looks any further
DEPTH = 16  # folders beneath one another
OPENING = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # no link, no wait for a pipe
LEVELS = 3  # folders around those of the lessons
NAME, PATH = 255, 1024  # bytes
_EARLIEST, _LATEST = 347_155_200, 1 << 33  # 1981, and the year 2242
_CHUNK = 1 << 16
_FREE = 1 << 20  # bytes that nobody takes for a bomb, however small they were packed


class Refused(Exception):
    """What is handed in and cannot be taken; the text says why, in one line."""


class NoLesson(Refused):
    """Nothing of any lesson is in it."""


@dataclass(frozen=True)
class Caps:
    """How much one submission may hold: bytes and files in the folders of lessons."""

    bytes: int = 8 << 20
    files: int = 500
    ratio: int = 100  # unpacked to packed

    @property
    def file(self) -> int:
        """Bytes of one file."""
        return self.bytes // 2

    @property
    def archive(self) -> int:
        """Bytes of an archive, packed or unpacked: it may hold more than is taken from it."""
        return 8 * self.bytes


@dataclass(frozen=True)
class Content:
    """Files by their paths in a tree, when the newest was changed, and where the tree lay.

    `newest` is in seconds since 1970, 0 where nothing says; `home` is "" for the top itself.
    """

    files: Mapping[str, bytes]
    newest: float = 0.0
    home: str = ""


@dataclass
class Meter:
    """Counts the bytes that are taken, as they come. `packed` is the size of their archive."""

    caps: Caps
    packed: int = 0
    _total: int = 0

    def whole(self, name: str, chunks: Iterable[bytes]) -> bytes:
        """The file that the chunks make. Raises Refused as soon as it is too much."""
        body = bytearray()
        for chunk in chunks:
            body += chunk
            self._total += len(chunk)
            if len(body) > self.caps.file:
                raise Refused(
                    tr(
                        "{name} has more than {most:,} bytes; leave out what is no code",
                        name=shown(name),
                        most=self.caps.file,
                    )
                )
            if self._total > self.caps.bytes:
                raise Refused(
                    tr(
                        "the folders of the lessons hold more than {most:,} bytes; leave out what"
                        " is no code",
                        most=self.caps.bytes,
                    )
                )
            limited(self._total, self.packed, self.caps)
        return bytes(body)


def latest(times: Iterable[float]) -> float:
    """The latest of some times that can be true, 0 where there is none: zip begins in 1980."""
    return max((time for time in times if _EARLIEST < time < _LATEST), default=0.0)


def limited(unpacked: int, packed: int, caps: Caps) -> None:
    """Raises Refused where an archive has become too large for what it was packed in."""
    if packed and unpacked > max(_FREE, caps.ratio * packed):
        raise Refused(
            tr(
                "the archive unpacks to more than {ratio} times its size: nothing that is written"
                " by hand does",
                ratio=caps.ratio,
            )
        )


@contextmanager
def opened(path: str | Path, flags: int = OPENING, folder: int | None = None) -> Iterator[int]:
    """A descriptor of a file or folder, beneath an open folder where one is given."""
    descriptor = os.open(path, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def chunks(descriptor: int) -> Iterator[bytes]:
    """What is in an open file, some at a time. Raises Refused where it is none, but a pipe, say."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Refused(tr("it is no regular file"))
    while chunk := os.read(descriptor, _CHUNK):
        yield chunk


def too_deep(name: str) -> Refused:
    return Refused(tr("{name} lies more than {most} folders deep", name=shown(name), most=DEPTH))


def too_many(caps: Caps) -> Refused:
    return Refused(
        tr(
            "the folders of the lessons hold more than {most:,} files; leave out what is no code",
            most=caps.files,
        )
    )


def too_many_entries() -> Refused:
    return Refused(
        tr("there are more than {most:,} files in it: hand in the lessons alone", most=ENTRIES)
    )


def too_large(caps: Caps) -> Refused:
    return Refused(
        tr(
            "the archive has more than {most:,} bytes: hand in the lessons alone",
            most=caps.archive,
        )
    )


def shown(name: str) -> str:
    """A stranger's name for one line of text: quoted, escaped and cut."""
    return repr(name if len(name) <= 100 else name[:100] + "…")


def safe(name: str) -> str:
    """The name as a plain relative path, "" for the top itself. Raises Refused for any other."""
    if "\0" in name or "\\" in name:
        raise Refused(tr("{name} is no name for a file", name=shown(name)))
    if name.startswith("/") or (name[1:2] == ":" and name[0].isalpha()):
        raise Refused(tr("{name} is an absolute path", name=shown(name)))
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Refused(tr("{name} leads out of its folder", name=shown(name)))
    if len(parts) > DEPTH:
        raise too_deep(name)
    path = "/".join(parts)
    sizes = [len(_bytes(part)) for part in parts]
    if max(sizes, default=0) > NAME or len(_bytes(path)) > PATH:
        raise Refused(tr("the name {name} is too long", name=shown(name)))
    return path


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def dropped(path: str) -> bool:
    """Whether nobody meant to hand this in: caches, what systems and zth keep for themselves."""
    return any(part in DROPPED or part.startswith(DOUBLE) for part in path.split("/"))


def distinct(paths: Iterable[tuple[str, bool]]) -> None:
    """Raises Refused where two paths are one on some file system; True stands for a file.

    Some do not tell upper from lower case, some not the ways in which Unicode writes a letter.
    """
    seen: dict[str, tuple[str, bool]] = {}
    for path, file in paths:
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            part, whole = "/".join(parts[:end]), end == len(parts)
            entry = (part, file and whole)
            known = seen.setdefault(_folded(part), entry)
            if known is not entry and (known != entry or entry[1]):
                raise Refused(
                    tr(
                        "{first} and {second} are one file on some computers: rename one",
                        first=shown(known[0]),
                        second=shown(part),
                    )
                )


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", path).casefold())


@dataclass(frozen=True)
class Places:
    """Which files belong to a tree: their paths in it, by the paths that they have."""

    home: str
    paths: Mapping[str, str]


def placed(paths: Collection[str], lessons: Sequence[Lesson]) -> Places:
    """Finds the lessons' folders, at the top or in a folder around them all. Raises Refused.

    The files of one lesson may also lie there without its folder; what lies deeper is then left.
    """
    folders = {lesson.folder for lesson in lessons}
    homes = _homes(paths, folders)
    if not homes:
        return _bare(paths, lessons)
    home = _only(homes)
    start = f"{home}/" if home else ""
    inside = {path: path.removeprefix(start) for path in paths if path.startswith(start)}
    ours = {path: place for path, place in inside.items() if _top(place) in folders}
    return Places(home, _readable(ours))


def _homes(paths: Iterable[str], folders: Collection[str]) -> list[str]:
    """What holds folders of lessons; of several beneath one another, the outermost."""
    found: dict[str, int] = {}
    for path in paths:
        parts = path.split("/")[:-1][: LEVELS + 1]
        for level, part in enumerate(parts):
            if part in folders:
                found["/".join(parts[:level])] = level
                break
    least = min(found.values(), default=0)
    return sorted(home for home, level in found.items() if level == least)


def _only(homes: Sequence[str]) -> str:
    if len(homes) > 1:  # a clone of the course has several trees: the learner's is known by name
        homes = [home for home in homes if PurePosixPath(home).name == STUBS] or homes
    if len(homes) > 1:
        raise Refused(
            tr(
                "folders of lessons lie in {first} and in {second}: hand in one of them",
                first=shown(homes[0]),
                second=shown(homes[1]),
            )
        )
    return homes[0]


def _bare(paths: Collection[str], lessons: Sequence[Lesson]) -> Places:
    """The files that lie side by side without a folder, where one of them is a lesson's."""
    home = _around(paths)
    start = f"{home}/" if home else ""
    names = {path: path.removeprefix(start) for path in paths}
    names = {path: name for path, name in names.items() if "/" not in name}
    found = [lesson for lesson in lessons if _files_of(lesson) & set(names.values())]
    if not found:
        wanted = ", ".join(lesson.folder for lesson in lessons)
        raise NoLesson(tr("there is none of the folders {wanted} in it", wanted=wanted))
    if len(found) > 1:
        wanted = ", ".join(lesson.folder for lesson in found)
        raise Refused(
            tr(
                "files of several lessons lie side by side; give each its folder: {wanted}",
                wanted=wanted,
            )
        )
    return Places(home, _readable({p: f"{found[0].folder}/{name}" for p, name in names.items()}))


def _files_of(lesson: Lesson) -> set[str]:
    return {PurePosixPath(component.file).name for component in lesson.components}


def _around(paths: Collection[str]) -> str:
    """The innermost folder around all files, down to LEVELS."""
    home: list[str] = []
    rest = [path.split("/") for path in paths]
    while rest and len(home) < LEVELS:
        if len({parts[0] for parts in rest}) > 1 or len(rest[0]) == 1:
            break
        home.append(rest[0][0])
        rest = [parts[1:] for parts in rest]
    return "/".join(home)


def _top(path: str) -> str:
    return path.partition("/")[0] if "/" in path else ""


def _readable(places: Mapping[str, str]) -> Mapping[str, str]:
    for place in places.values():
        try:
            place.encode()
        except UnicodeEncodeError:
            raise Refused(tr("the name {name} is not UTF-8", name=shown(place))) from None
    return places
