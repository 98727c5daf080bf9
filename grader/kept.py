"""The cases that a lesson's checks draw with one seed, kept in memory or in the user's cache.

With the same seed hypothesis draws the same cases at each run: what it drew once is played again
without it. In a file lie those of the learner's seed, which never changes. They hold for the
sources of checks and strategies that drew them, and for the releases of Python, NumPy and
hypothesis; a file that is damaged, or of others, counts for nothing. Cases are data of the types
that the checks are annotated with; nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

import platformdirs

from grader.kit import Check
from zth import wire
from zth.records import Lesson

HERE = Path(__file__).parent
SEED = 0  # what learners' runs draw with
MOST = 16 << 20  # bytes of a file
UNKEPT = (TypeError, ValueError, OverflowError, RecursionError)  # for what cannot be encoded
_LESSON = re.compile(rb"grader\.lessons\.(\w+)")
_DIGEST = hashlib.sha256().digest_size


class Kept:
    """The cases of one lesson's checks for one seed, each as it was encoded; in memory."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._cases: dict[str, list[bytes]] = {}
        self._new = False

    def cases(self, check: Check) -> list[Any]:
        """All cases of the check, made anew; none where they are to be drawn."""
        try:
            kind = _kind(check)
            return [wire.decode(data, kind) for data in self._cases.get(check.id, ())]
        except wire.WireError:
            return []

    def add(self, check: Check, cases: list[Any]) -> None:
        """Keeps all cases of the check, where what comes back will be what was drawn."""
        with contextlib.suppress(wire.WireError, *UNKEPT):
            found = [wire.encode(case) for case in cases]
            kind = _kind(check)
            again = [wire.decode(data, kind) for data in found]
            if repr(again) == repr(cases) and [wire.encode(case) for case in again] == found:
                self._cases[check.id], self._new = found, True

    def save(self) -> None:
        """Nothing more: what is in memory lasts as long as the process."""


class Filed(Kept):
    """Cases for the learner's seed, in a file."""

    def __init__(self, file: Path, key: bytes) -> None:
        super().__init__(SEED)
        self.file, self._key = file, key
        self._cases = self._read()

    @classmethod
    def of(cls, lesson: Lesson, seed: int) -> Filed | None:
        """What is kept for the lesson; None for a seed, or of a plugin's lesson, that is not."""
        if seed != SEED or not lesson.checks.startswith("grader.lessons."):
            return None
        folder = Path(platformdirs.user_cache_dir("zth"), "cases")
        return cls(folder / f"{lesson.id}.cases", _key(lesson.checks.split(".")[2]))

    def save(self) -> None:
        """Writes what is new, at once or not at all; where that is not possible, it is drawn."""
        if not self._new:
            return
        body = wire.encode(self._cases)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            folder = self.file.parent
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as made:
                stack.callback(Path(made.name).unlink, missing_ok=True)
                made.write(_digest(self._key, body) + body)
            Path(made.name).replace(self.file)
        self._new = False

    def _read(self) -> dict[str, list[bytes]]:
        try:
            with self.file.open("rb") as file:
                data = file.read(MOST)
            body = data[_DIGEST:]
            if data[:_DIGEST] == _digest(self._key, body):
                found: dict[str, list[bytes]] = wire.decode(body, dict[str, list[bytes]])
                return found
        except (OSError, wire.WireError):
            pass
        return {}


def _digest(key: bytes, body: bytes) -> bytes:
    return hashlib.sha256(key + body).digest()


@lru_cache(maxsize=16)
def _key(package: str) -> bytes:
    """What the cases of a lesson depend on: sources and releases."""
    found = hashlib.sha256(f"{sys.version} {version('numpy')} {version('hypothesis')}".encode())
    waiting, known = [package], {package}
    files = sorted(HERE.glob("*.py"))
    while waiting:
        files += sorted((HERE / "lessons" / waiting.pop()).rglob("*.py"))
        while files:
            source = files.pop().read_bytes()
            found.update(hashlib.sha256(source).digest())
            more = {name.decode() for name in _LESSON.findall(source)} - known
            known |= more
            waiting += sorted(more)
    return found.digest()


def _kind(check: Check) -> Any:
    """The type of the check's case, as its function says."""
    hints = get_type_hints(check.function)
    return next(kind for name, kind in hints.items() if name not in ("remote", "return"))
