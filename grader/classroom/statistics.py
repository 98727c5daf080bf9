"""What a class did not understand: per lesson the points, per check the verdicts, the mistakes."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from grader.classroom.gradebook import Gradebook
from grader.classroom.records import Grade
from zth.records import LessonReport, Report, Result, Verdict

WRONG = (Verdict.FAILED, Verdict.FLAKY, Verdict.CRASHED, Verdict.TIMED_OUT)
FEW, BINS = 12, 10  # points that have a bin each; how many bins there are where there are more


@dataclass
class CheckCount:
    """One check or milestone, and how many students have which verdict."""

    id: str
    title: str
    points: int
    advisory: bool
    verdicts: Counter[Verdict] = field(default_factory=Counter)

    @property
    def students(self) -> int:
        return self.verdicts.total()

    @property
    def wrong(self) -> int:
        """How many tried, and failed."""
        return sum(self.verdicts[verdict] for verdict in WRONG)


@dataclass(frozen=True)
class Mistake:
    """A known mistake, a sentence, and where the chapter speaks of it."""

    diagnosis: str
    address: str


@dataclass(frozen=True)
class Bin:
    """How many students have from `least` to `most` points."""

    least: int
    most: int
    students: int


@dataclass
class LessonCount:
    """One lesson, counted over what counts of each student.

    `earned` holds (earned, points), before what being late costs; `forbidden` counts the students
    who used a name, `unreadable` the grades whose report tells nothing.
    """

    lesson: str
    title: str = ""
    late: int = 0
    earned: list[tuple[int, int]] = field(default_factory=list)
    checks: dict[str, CheckCount] = field(default_factory=dict)
    mistakes: Counter[Mistake] = field(default_factory=Counter)
    forbidden: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0

    @property
    def graded(self) -> int:
        return len(self.earned)

    @property
    def points(self) -> int:
        return max((points for _, points in self.earned), default=0)

    @property
    def shares(self) -> list[float]:
        """What each earned, from 0 to 1, the least first."""
        return sorted(earned / points if points else 0.0 for earned, points in self.earned)

    def hardest(self) -> list[CheckCount]:
        """The checks, those first that most failed, then those that most did not get to."""
        last = [Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED]
        return sorted(
            self.checks.values(), key=lambda c: (-c.wrong, *(-c.verdicts[v] for v in last))
        )

    def histogram(self) -> list[Bin]:
        """By points; full marks have a bin of their own."""
        whole = self.points
        bins = whole if whole <= FEW else BINS
        edges = [whole * i // bins for i in range(bins)] if whole else []
        found = Counter(
            len(edges) if earned == points else bisect_right(edges, earned * whole // points) - 1
            for earned, points in self.earned
            if points
        )
        ends = [*(edge - 1 for edge in edges[1:]), whole - 1]
        all = [Bin(*ends, found[i]) for i, ends in enumerate(zip(edges, ends, strict=False))]
        return [*all, Bin(whole, whole, found[len(edges)])] if whole else []

    def add(self, report: LessonReport) -> None:
        """Counts one student's report."""
        self.title = report.title
        for result in report.results:
            self._check(result).verdicts[result.verdict] += 1
        self.mistakes.update(_mistakes(report.results))
        self.forbidden.update({breach.name for breach in report.breaches})

    def _check(self, result: Result) -> CheckCount:
        new = CheckCount(result.id, result.title, result.points, result.advisory)
        return self.checks.setdefault(result.id, new)


def _mistakes(results: Iterable[Result]) -> set[Mistake]:
    found = (r.finding for r in results if r.finding and r.finding.diagnosis)
    return {Mistake(finding.diagnosis, finding.address) for finding in found}


def count(book: Gradebook, grades: Iterable[Grade]) -> Sequence[LessonCount]:
    """The lessons of a class, in their order. `grades` come with their reports, and are read once;
    of each student and lesson the one is taken that counts."""
    lessons = {name: LessonCount(name) for name in book.lessons}
    for (_, name), one in book.counted.items():
        outcome = one.grade.outcome
        lessons[name].earned.append((outcome.earned, outcome.points))
        lessons[name].late += one.factor < 1.0
    counting = {one.grade.id for one in book.counted.values()}
    for grade in grades:
        if grade.id in counting:
            _add(lessons, grade)
    return list(lessons.values())


def _add(lessons: Mapping[str, LessonCount], grade: Grade) -> None:
    found = lessons[grade.outcome.lesson]
    try:
        report = msgspec.json.decode(grade.outcome.report, type=Report)
    except msgspec.DecodeError:  # of another version of zth, say: its points count, no more
        found.unreadable += 1
        return
    for lesson in report.lessons:
        found.add(lesson)
