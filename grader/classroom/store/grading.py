"""Submissions, what came of grading them, and the log of their grades."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from grader.classroom.records import Grade, Outcome, Run, Submission
from grader.classroom.store.base import Part
from grader.classroom.store.columns import Packed
from grader.classroom.store.tables import (
    columns,
    grades,
    nothing,
    outcomes,
    runs,
    submissions,
    values,
)

GRADED = "graded"  # the reason that is none: it was graded for the first time
_AT_ONCE = 500  # keys in one query, rows in one step of a stream
_SUBMISSION = columns(Submission, submissions)
_OUTCOME = columns(Outcome, outcomes)
_RUN = columns(Run, runs)


class Grading(Part):
    """What `zth class grade` keeps."""

    # --- runs -------------------------------------------------------------------------------------

    def begin(self, source: str, lessons: Iterable[str]) -> int:
        """Notes that a run begins, and gives its id."""
        run = Run(source, tuple(lessons), self._now())
        with self._database.writing() as connection:
            return self._insert(connection, runs, values(run))

    def finish(self, run: int) -> None:
        """Notes that nothing of the run is left to do."""
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(finished=self._now()))

    def unfinished(self) -> Run | None:
        """The newest run, where it has not come to its end."""
        with self._database.reading() as connection:
            row = connection.execute(select(*_RUN).order_by(runs.c.id.desc()).limit(1)).first()
        run = Run(*row) if row else None
        return run if run and run.finished is None else None

    # --- submissions ------------------------------------------------------------------------------

    def add(self, submission: Submission) -> Submission:
        """The submission with its id; one that is there already is the same.

        It is the same where student, digest, source and time are; what was kept first stays.
        """
        identity = _identity(submission)
        same = select(*_SUBMISSION).where(submissions.c.identity == identity)
        with self._database.writing() as connection:
            self._database.hold(connection, identity)
            if row := connection.execute(same).first():
                return Submission(*row)
            row_values = {**values(submission), "identity": identity}
            return replace(submission, id=self._insert(connection, submissions, row_values))

    def submission(self, id: int) -> Submission | None:
        """The submission with that id."""
        with self._database.reading() as connection:
            row = connection.execute(select(*_SUBMISSION).where(submissions.c.id == id)).first()
        return Submission(*row) if row else None

    def submissions(self, student: str | None = None) -> list[Submission]:
        """All, or those of a student; in the order in which they were added."""
        query = select(*_SUBMISSION).order_by(submissions.c.id)
        if student is not None:
            query = query.where(submissions.c.student == student)
        with self._database.reading() as connection:
            return [Submission(*row) for row in connection.execute(query).all()]

    # --- outcomes ---------------------------------------------------------------------------------

    def known(self, keys: Iterable[str]) -> dict[str, Outcome]:
        """The newest outcome of each key that has one without a fault of the grader."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Outcome] = {}
        with self._database.reading() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                for _, outcome in _newest(connection, wanted[start : start + _AT_ONCE]):
                    found[outcome.key] = outcome
        return found

    def record(self, submission: int, outcome: Outcome, reason: str = GRADED) -> Grade:
        """Notes an outcome in the log of grades, both or neither.

        A key has one outcome, until it is graded again for a `reason` or the grader was at fault:
        where it is known, the known one is noted. To note what stands already changes nothing.
        """
        with self._database.writing() as connection:
            self._database.hold(connection, outcome.key)
            shared = _newest(connection, [outcome.key]) if reason == GRADED else []
            for id, outcome in shared:
                standing = _standing(connection, submission, outcome.lesson)
                if standing and standing[1] == id:
                    return _grade(connection, standing[0])
            id = shared[0][0] if shared else self._insert(connection, outcomes, values(outcome))
            entry = {
                "submission": submission,
                "outcome": id,
                "lesson": outcome.lesson,
                "at": self._now(),
                "reason": reason,
            }
            return _grade(connection, self._insert(connection, grades, entry))

    # --- the log ----------------------------------------------------------------------------------

    def has(self, submission: int, key: str) -> bool:
        """Whether the grade that stands in a lesson is the outcome of that key, without a fault."""
        return (submission, key) in self.standing([submission])

    def standing(self, submissions: Iterable[int]) -> set[tuple[int, str]]:
        """The (submission, key) of each grade that stands: the newest in its lesson, no fault."""
        wanted = list(submissions)
        found: set[tuple[int, str]] = set()
        query = (
            select(grades.c.submission, outcomes.c.key)
            .join(outcomes, grades.c.outcome == outcomes.c.id)
            .where(_is_newest(), outcomes.c.fault == "")
        )
        with self._database.reading() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = query.where(grades.c.submission.in_(wanted[start : start + _AT_ONCE]))
                found.update((id, key) for id, key in connection.execute(some))
        return found

    def grades(
        self,
        student: str | None = None,
        lesson: str | None = None,
        *,
        newest: bool = True,
        reports: bool = True,
    ) -> Iterator[Grade]:
        """The grades that stand, or else all of the log; by student, submission and lesson.

        Few are in memory at once, and the store may be written while they are read. Without
        `reports`, which are long, the outcomes have none.
        """
        query = select(grades.c.id).join(submissions, grades.c.submission == submissions.c.id)
        if student is not None:
            query = query.where(submissions.c.student == student)
        if lesson is not None:
            query = query.where(grades.c.lesson == lesson)
        if newest:
            query = query.where(_is_newest())
        order = (submissions.c.student, submissions.c.id, grades.c.lesson, grades.c.id)
        with self._database.reading() as connection:
            ids = connection.execute(query.order_by(*order)).scalars().all()
        for start in range(0, len(ids), _AT_ONCE):  # entries never change: no need to hold them
            yield from self._entries(ids[start : start + _AT_ONCE], reports=reports)

    def _entries(self, ids: Sequence[int], *, reports: bool) -> list[Grade]:
        """The entries of the log with these ids, in their order."""
        query = _grades(reports=reports).where(grades.c.id.in_(ids))
        with self._database.reading() as connection:
            found = {row[-1]: _as_grade(row) for row in connection.execute(query).all()}
        return [found[id] for id in ids]

    def regraded(self, key: str, reason: str, since: datetime) -> Outcome | None:
        """The newest outcome of a key that was noted for this reason since then, and no fault."""
        query = (
            select(*_OUTCOME)
            .join(grades, grades.c.outcome == outcomes.c.id)
            .where(outcomes.c.key == key, outcomes.c.fault == "")
            .where(grades.c.reason == reason, grades.c.at >= since)
            .order_by(outcomes.c.id.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Outcome(*row) if row else None

    def history(self, submission: int) -> list[Grade]:
        """All that was noted of a submission, the oldest first."""
        query = _grades().where(grades.c.submission == submission).order_by(grades.c.id)
        with self._database.reading() as connection:
            return [_as_grade(row) for row in connection.execute(query).all()]


def _identity(submission: Submission) -> str:
    what = [submission.student, submission.digest, submission.source]
    moment = submission.received.timestamp()
    return hashlib.sha256(json.dumps([*what, moment]).encode()).hexdigest()


def _newest(connection: Connection, keys: Sequence[str]) -> list[tuple[int, Outcome]]:
    """The newest outcome of each key, of those without a fault, and its id."""
    newest = (
        select(func.max(outcomes.c.id))
        .where(outcomes.c.key.in_(keys), outcomes.c.fault == "")
        .group_by(outcomes.c.key)
    )
    rows = connection.execute(select(outcomes.c.id, *_OUTCOME).where(outcomes.c.id.in_(newest)))
    return [(id, Outcome(*fields)) for id, *fields in rows]


def _standing(connection: Connection, submission: int, lesson: str) -> tuple[int, int] | None:
    """The newest entry of a submission and a lesson: its id, and its outcome's."""
    newest = select(grades.c.id, grades.c.outcome).where(
        grades.c.submission == submission, grades.c.lesson == lesson
    )
    row = connection.execute(newest.order_by(grades.c.id.desc()).limit(1)).first()
    return (row[0], row[1]) if row else None


def _is_newest() -> Any:
    """Whether no later entry is of the same submission and lesson."""
    other = grades.alias()
    return grades.c.id == (
        select(func.max(other.c.id))
        .where(other.c.submission == grades.c.submission, other.c.lesson == grades.c.lesson)
        .scalar_subquery()
    )


def _grades(*, reports: bool = True) -> Select[Any]:
    outcome = _OUTCOME if reports else columns(Outcome, outcomes, report=nothing(Packed))
    return (
        select(*_SUBMISSION, *outcome, grades.c.at, grades.c.reason, grades.c.id)
        .select_from(submissions)
        .join(grades, grades.c.submission == submissions.c.id)
        .join(outcomes, grades.c.outcome == outcomes.c.id)
    )


def _grade(connection: Connection, id: int) -> Grade:
    return _as_grade(connection.execute(_grades().where(grades.c.id == id)).one())


def _as_grade(row: Sequence[Any]) -> Grade:
    middle, end = len(_SUBMISSION), len(_SUBMISSION) + len(_OUTCOME)
    return Grade(Submission(*row[:middle]), Outcome(*row[middle:end]), *row[end:])
