"""Marks of Python files, by which passages that were copied are found, whatever names they have.

The text of a file is reduced to its tokens, a name or a string to one sign, and marked by winnowing
(Schleimer, Wilkerson and Aiken, 2003); both is copydetect's work. A mark is the hash of RUN signs,
and of any WINDOW that follow one another, at least one is chosen, by what it says alone. The hashes
are our own: those of Python differ from one process to the next, and what is chosen would, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from copydetect.utils import filter_code, winnow  # type: ignore[import-untyped]

RUN, WINDOW = 25, 10
LONGEST = 60_000  # characters of a file that are looked at; who writes by hand needs a tenth
_NEVER = 1 << 40  # above every hash: winnowing chooses the least

Files = Mapping[str, str]


@dataclass(frozen=True)
class Lines:
    """Some lines of a file; `start` is the number of the first."""

    file: str
    start: int
    text: str

    @property
    def count(self) -> int:
        return self.text.count("\n") + 1


@dataclass(frozen=True)
class Passage:
    """Lines of one submission, and those of another that have the same tokens."""

    first: Lines
    second: Lines


class Reduced:
    """A file of which the tokens are left, in `signs`."""

    def __init__(self, text: str) -> None:
        whole = "\n".join(text[:LONGEST].splitlines())
        self.lines = whole.split("\n")
        self._source = whole.lstrip("\n")  # the lexer begins here
        self._above = len(whole) - len(self._source)
        self.signs, offsets = filter_code(self._source, "", "python")
        # Where a sign stands, and how many characters are gone before it. That number never falls,
        # but copydetect has another one for the name of a class.
        places = sorted(offsets.tolist(), key=lambda place: place[0])
        self._at = np.array([at for at, _ in places])
        self._gone = list(accumulate((gone for _, gone in places), max))

    @cached_property
    def hashes(self) -> list[int]:
        """One for each RUN of signs, by where it begins."""
        signs = self.signs
        return [zlib.crc32(signs[i : i + RUN].encode()) for i in range(len(signs) - RUN + 1)]

    def line(self, at: int) -> int:
        """The number of the line in which a sign stands."""
        place = min(int(np.searchsorted(self._at, at)), len(self._gone) - 1)
        return 1 + self._above + self._source.count("\n", 0, at + self._gone[place])

    def between(self, file: str, start: int, end: int) -> Lines:
        """The lines in which the signs from `start` to `end` stand."""
        first, last = self.line(start), self.line(end - 1)
        return Lines(file, first, "\n".join(self.lines[first - 1 : last]))


def runs(files: Files) -> frozenset[int]:
    """All hashes of some files."""
    return frozenset(hash for text in files.values() for hash in Reduced(text).hashes)


def marks(files: Files, stub: Collection[int] = ()) -> frozenset[int]:
    """The marks of some files, without what the stub has."""
    return frozenset(mark for text in files.values() for mark, _ in _marked(Reduced(text), stub))


def _marked(file: Reduced, stub: Collection[int]) -> Iterator[tuple[int, int]]:
    """Each mark, and at which sign it begins."""
    own = np.array([_NEVER if hash in stub else hash for hash in file.hashes], dtype=np.int64)
    chosen, places = winnow(own, WINDOW, remove_duplicates=False)
    for mark, place in zip(chosen.tolist(), places.tolist(), strict=True):
        if mark != _NEVER:
            yield mark, place


def passages(
    first: Files, second: Files, stub: Collection[int], known: Collection[int]
) -> list[Passage]:
    """The passages that two submissions have in common, the longest first.

    `known` are marks that do not count.
    """
    there: dict[int, tuple[str, int]] = {}
    seconds = {name: Reduced(text) for name, text in second.items()}
    for name, file in seconds.items():
        for mark, place in _marked(file, stub):
            there.setdefault(mark, (name, place))
    found = []
    for name, text in first.items():
        file = Reduced(text)
        matches = [
            (place, *there[mark])
            for mark, place in _marked(file, stub)
            if mark in there and mark not in known
        ]
        for start, end, other, begin, stop in _joined(sorted(matches)):
            lines = seconds[other].between(other, begin, stop)
            found.append(Passage(file.between(name, start, end), lines))
    return sorted(found, key=lambda passage: -passage.first.count)


def _joined(matches: list[tuple[int, str, int]]) -> Iterator[tuple[int, int, str, int, int]]:
    """Matches that lie close to one another in both files, as one: from where to where, in the
    first file and in the second."""
    ends: list[tuple[int, int, str, int, int]] = []
    for place, other, there in matches:
        if ends:
            start, end, name, begin, stop = ends[-1]
            if name == other and place <= end and begin <= there <= stop:
                ends[-1] = (start, place + RUN, name, begin, there + RUN)
                continue
        ends.append((place, place + RUN, other, there, there + RUN))
    yield from ends
