"""Which submissions of a lesson have much in common: a hint for a human, never a verdict.

Two are similar where they share most marks (see `grader.classroom.fingerprints`) of the one that
has fewer. What the stub gave is no mark, nor is what many students have: a lecture's own code, say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from grader.classroom.fingerprints import Files, Passage, marks, passages, runs
from grader.classroom.gradebook import Gradebook
from grader.classroom.records import Submission
from grader.classroom.settings import Classroom
from grader.classroom.snapshots import Snapshot, digest, within
from zth import trees
from zth.records import Lesson, ZthError

LEAST, SHARE = 15, 0.5  # marks in common, and which share of those of the one that has fewer
MANY, TENTH = 4, 0.1  # what more students have than both, this many and this share of all
PAIRS, DETAILED = 100, 15  # of a lesson: how many are named, and of how many lines are shown
LINES = 40  # that are shown of each submission of a pair
MOST = 120_000  # characters of a submission's lesson; who writes by hand needs a fifth

Note = Callable[[Lesson, int], None]  # is told of a lesson, and how many are to be compared


@dataclass(frozen=True)
class Work:
    """What a student handed in for a lesson: its marks, and the digest of its files."""

    submission: Submission
    digest: str
    marks: frozenset[int]


@dataclass(frozen=True)
class Pair:
    """Two submissions with much in common.

    `share` is what they have in common of the marks of the one that has fewer, `marks` how many
    those are; `same` says that their files are the same, byte for byte.
    """

    first: Submission
    second: Submission
    share: float
    marks: int
    same: bool
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class Similar:
    """What comparing the submissions of one lesson gave.

    `pairs` are the most similar of all that were `found`; `skipped` are students whose snapshot is
    not there, or not as it was.
    """

    lesson: str
    compared: int
    found: int
    pairs: tuple[Pair, ...]
    skipped: tuple[str, ...]


def compare(
    classroom: Classroom,
    lessons: Iterable[Lesson],
    book: Gradebook,
    note: Note,
) -> list[Similar]:
    """Compares what counts in each lesson."""
    found = []
    for lesson in lessons:
        counted = [one.grade.submission for (_, id), one in book.counted.items() if id == lesson.id]
        if len(counted) > 1:
            note(lesson, len(counted))
        found.append(Comparison(classroom, lesson).run(counted))
    return found


@dataclass(frozen=True)
class Comparison:
    """Compares submissions of one lesson of a class."""

    classroom: Classroom
    lesson: Lesson

    def run(self, submissions: Iterable[Submission]) -> Similar:
        """Compares the submissions, one of each student."""
        works, skipped = self._works(submissions)
        common = frequent([work.marks for work in works])
        found = sorted(similar(works, common), key=lambda pair: (-pair.share, -pair.marks))
        pairs = [self._detailed(pair, common) for pair in found[:DETAILED]]
        pairs += found[DETAILED:PAIRS]
        return Similar(self.lesson.id, len(works), len(found), tuple(pairs), tuple(skipped))

    def _works(self, submissions: Iterable[Submission]) -> tuple[list[Work], list[str]]:
        works: list[Work] = []
        skipped: list[str] = []
        known: dict[str, frozenset[int]] = {}
        for submission in submissions:
            try:
                files = self._files(submission)
            except ZthError:
                skipped.append(submission.student)
                continue
            own = digest(files)
            if own not in known:
                known[own] = marks(self._texts(files), self._stub)
            works.append(Work(submission, own, known[own]))
        return works, skipped

    def _files(self, submission: Submission) -> dict[str, bytes]:
        """Raises ZthError where they are not there, or not as they were."""
        root = self.classroom.snapshots / submission.digest
        return within(Snapshot(submission.digest, root).files(), self.lesson)

    def _texts(self, files: Mapping[str, bytes]) -> Files:
        """The Python files, those first that the lesson asks for, as long as there is room."""
        asked = {component.file for component in self.lesson.components}
        room, texts = MOST, {}
        for path in sorted(files, key=lambda path: (path not in asked, path)):
            if path.endswith(".py"):
                text = files[path][:room].decode("utf-8", "replace")
                texts[path.removeprefix(f"{self.lesson.folder}/")] = text
                room -= len(text)
        return texts

    @cached_property
    def _stub(self) -> frozenset[int]:
        """All that the course gave."""
        folder = trees.shipped(trees.STUBS) / self.lesson.folder
        return runs({file.name: file.read_text("utf-8") for file in folder.rglob("*.py")})

    def _detailed(self, pair: Pair, common: frozenset[int]) -> Pair:
        """The pair with its passages, as many as have room."""
        if pair.same:
            return pair
        first, second = (self._texts(self._files(one)) for one in (pair.first, pair.second))
        shown: list[Passage] = []
        room = LINES
        for passage in passages(first, second, self._stub, common):
            room -= max(passage.first.count, passage.second.count)
            if room < 0 and shown:
                break
            shown.append(passage)
        return replace(pair, passages=tuple(shown))


def frequent(all: Sequence[frozenset[int]]) -> frozenset[int]:
    """The marks that so many students have that they tell nothing."""
    counts = Counter(mark for marks in all for mark in marks)
    return frozenset(mark for mark, n in counts.items() if n > max(MANY, TENTH * len(all)))


def similar(works: Sequence[Work], common: frozenset[int]) -> Iterator[Pair]:
    """The similar ones of all pairs. What a group handed in together is no pair."""
    own = [work.marks - common for work in works]
    masks = _masks(own)
    for i, j in combinations(range(len(works)), 2):
        shared = (masks[i] & masks[j]).bit_count()
        fewer = min(len(own[i]), len(own[j]))
        same = works[i].digest == works[j].digest and len(works[i].marks) >= LEAST
        if same or (shared >= LEAST and shared >= SHARE * fewer):
            first, second = works[i].submission, works[j].submission
            if first.student != second.student and not _together(first, second):
                yield Pair(first, second, 1.0 if same else shared / fewer, shared, same)


def _masks(all: Sequence[frozenset[int]]) -> list[int]:
    """Each set as a number, quick to compare: a bit for each mark that several sets have."""
    counts = Counter(mark for marks in all for mark in marks)
    bits = {mark: 1 << i for i, mark in enumerate(mark for mark, n in counts.items() if n > 1)}
    return [sum(bits[mark] for mark in marks if mark in bits) for marks in all]


def _together(one: Submission, two: Submission) -> bool:
    return (one.source, one.received) == (two.source, two.received)
