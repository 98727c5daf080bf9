"""Who has what in each lesson: the roster, and of all that was handed in what counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from grader.classroom import late, roster
from grader.classroom.late import Counted
from grader.classroom.records import Grade, Student, Submission
from grader.classroom.roster import Roster
from grader.classroom.settings import Classroom, Settings
from grader.classroom.store import Store


class Status(StrEnum):
    """What became of a student's work on a lesson."""

    GRADED = "graded"
    WITHHELD = "withheld"  # the grader was at fault
    REFUSED = "refused"  # what was handed in could not be taken
    MISSING = "missing"


@dataclass(frozen=True)
class Entry:
    """A student's lesson; `problem` says in a line why there is no grade, where not all is said."""

    status: Status
    counted: Counted | None = None
    problem: str = ""


@dataclass(frozen=True)
class Row:
    """A student, with an entry for each lesson, and the share of all that the class is worth."""

    student: Student
    on_roster: bool
    entries: Mapping[str, Entry]
    total: float


@dataclass(frozen=True)
class Refusal:
    """A submission that could not be taken, and whether the student's next one could."""

    submission: Submission
    mended: bool


@dataclass(frozen=True)
class Gradebook:
    """What counts in a class. Students are as the roster has them, be it in capitals or not."""

    settings: Settings
    roster: Roster
    counted: Mapping[tuple[str, str], Counted]
    faults: Sequence[Grade]
    refusals: Sequence[Refusal]
    submissions: int

    @property
    def lessons(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.settings.lessons)

    @cached_property
    def strangers(self) -> list[str]:
        """Who handed in, but is not on the roster; where that is empty, everybody is expected."""
        ids = {student for student, _ in self.counted}
        ids |= {grade.submission.student for grade in self.faults}
        ids |= {refusal.submission.student for refusal in self.refusals}
        return sorted(id for id in ids if id and not self.roster.get(id))

    def rows(self) -> Iterator[Row]:
        """All students: those of the roster in its order, then the others."""
        for student in self.roster.students:
            yield self._row(student, on_roster=True)
        for id in self.strangers:
            yield self._row(Student(id), on_roster=False)

    def points(self, lesson: str) -> int:
        """What a lesson is worth, as far as it has been graded."""
        graded = (
            one.grade.outcome.points for (_, name), one in self.counted.items() if name == lesson
        )
        return max(graded, default=0)

    def _row(self, student: Student, *, on_roster: bool) -> Row:
        entries = {lesson: self._entry(student.id, lesson) for lesson in self.lessons}
        total = late.total(student.id, self.counted, self.settings)
        return Row(student, on_roster, entries, total)

    def _entry(self, student: str, lesson: str) -> Entry:
        if counted := self.counted.get((student, lesson)):
            return Entry(Status.GRADED, counted)
        if fault := self._faults.get((student, lesson)):
            return Entry(Status.WITHHELD, problem=fault)
        if problem := self._problems.get(student):
            return Entry(Status.REFUSED, problem=problem)
        return Entry(Status.MISSING)

    @cached_property
    def _faults(self) -> Mapping[tuple[str, str], str]:
        return {(g.submission.student, g.outcome.lesson): g.outcome.fault for g in self.faults}

    @cached_property
    def _problems(self) -> Mapping[str, str]:
        """What is wrong with the last that was refused, of those who came with nothing better."""
        refused = (one.submission for one in self.refusals if not one.mended)
        return {submission.student: submission.problem for submission in refused}


def read(classroom: Classroom, store: Store) -> Gradebook:
    """The gradebook of a class, as its store has it now. Raises ZthError."""
    people = roster.read(classroom.roster, classroom.secret)
    settings = classroom.settings
    lessons = {rule.name for rule in settings.lessons}
    faults: list[Grade] = []

    def noted() -> Iterator[Grade]:
        for grade in store.grades(reports=False):
            grade = replace(grade, submission=_known(grade.submission, people))
            if grade.outcome.fault and grade.outcome.lesson in lessons:
                faults.append(grade)
            yield grade

    counted = late.counted(noted(), settings)
    submissions = [_known(one, people) for one in store.submissions()]
    return Gradebook(settings, people, counted, faults, _refusals(submissions), len(submissions))


def _known(submission: Submission, people: Roster) -> Submission:
    student = people.get(submission.student)
    return replace(submission, student=student.id) if student else submission


def _refusals(submissions: Iterable[Submission]) -> list[Refusal]:
    """In the order in which they came; `submissions` is in that order, too."""
    taken: dict[str, int] = {}
    refused: list[Submission] = []
    for one in submissions:
        if one.problem:
            refused.append(one)
        else:
            taken[one.student] = one.id
    return [Refusal(one, taken.get(one.student, 0) > one.id) for one in refused]
