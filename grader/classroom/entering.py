"""Puts submissions on a board: whose is measured, with which of the secret seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from grader.classroom import seeds
from grader.classroom.boards.board import Board
from grader.classroom.boards.measuring import measure
from grader.classroom.boards.ranking import Table, table
from grader.classroom.records import Grade, Measurement
from grader.classroom.settings import Classroom
from grader.classroom.snapshots import Snapshot, within
from grader.classroom.store import Store
from grader.classroom.work import HANDED_IN, tier_of, unpacked
from zth.host import Nursery
from zth.records import LessonReport, Report, Tree

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """A measurement that is missing: of a submission, with the secret seed of this number."""

    grade: Grade
    number: int
    seed: int
    seed_id: str


def entered(store: Store, board: Board) -> list[Grade]:
    """Of each student the grade of the newest submission of the board's lesson."""
    newest: dict[str, Grade] = {}
    for grade in store.grades(lesson=board.lesson.id):
        before = newest.get(grade.submission.student)
        if not grade.outcome.fault and (before is None or _later(grade, before)):
            newest[grade.submission.student] = grade
    return list(newest.values())


def _later(one: Grade, other: Grade) -> bool:
    return (one.submission.received, one.submission.id) > (
        other.submission.received,
        other.submission.id,
    )


def due(classroom: Classroom, store: Store, board: Board) -> tuple[list[Due], list[str]]:
    """What is to be measured, all entries with the first seed first; and the students whose new
    submissions must wait, since they had as many measured today as the class allows.

    A problem with one seed is reason enough to measure no other.
    """
    known = store.measurements(board.name, curves=False)
    mine = [m for m in known if m.grader == seeds.measurer()]
    done = {(m.submission, m.seed_id) for m in mine}
    barred = {m.submission for m in mine if m.problem}
    today = _today(store, board, known)
    missing, late = [], []
    for grade in entered(store, board):
        if grade.submission.id in barred:
            continue
        had = today.get(grade.submission.student, set())
        if grade.submission.id not in had and len(had) >= classroom.settings.boards.per_day:
            late.append(grade.submission.student)
            continue
        for number, (seed, name) in enumerate(classroom.board_seeds(board.name)):
            if (grade.submission.id, name) not in done:
                missing.append(Due(grade, number, seed, name))
    return sorted(missing, key=lambda one: (one.number, one.grade.submission.id)), late


def standing(classroom: Classroom, store: Store, board: Board, aliases: Mapping[str, str]) -> Table:
    """The board as it stands. `aliases` are by student."""
    return table(
        board,
        [name for _, name in classroom.board_seeds(board.name)],
        store.entrants(board.name).values(),
        store.measurements(board.name, curves=False),
        store.rulings(board.name),
        aliases,
    )


def _today(store: Store, board: Board, known: Sequence[Measurement]) -> Mapping[str, set[int]]:
    """The submissions of each student that were measured in the last day."""
    since = datetime.now(UTC) - DAY
    owners = store.entrants(board.name)
    found: dict[str, set[int]] = {}
    for one in known:
        if one.at > since:
            found.setdefault(owners[one.submission].student, set()).add(one.submission)
    return found


def measured(
    classroom: Classroom,
    store: Store,
    board: Board,
    missing: Sequence[Due],
    sandbox: str = "",
    begin: Callable[[Due], None] = lambda _: None,
) -> Iterator[tuple[Due, Measurement]]:
    """Measures one after the other, and keeps each number as soon as it is there.

    One at a time, so that times are those of a machine that does nothing else. What has a problem
    with one seed is not measured with the others.
    """
    references = _references(store, board)
    barred: set[int] = set()
    with Nursery(board.lesson.packages, tier_of(sandbox or classroom.tier)) as nursery:
        for one in missing:
            submission = one.grade.submission
            if submission.id in barred:
                continue
            begin(one)
            snapshot = Snapshot(submission.digest, classroom.snapshots / submission.digest)
            with unpacked(within(snapshot.files(), board.lesson)) as root:
                found = measure(
                    board,
                    Tree(HANDED_IN, root),
                    nursery,
                    one.seed,
                    report=_report(one.grade),
                    reference=references.get(one.seed_id),
                )
            kept = store.measure(
                found.entered(
                    board.name, submission.id, one.seed_id, datetime.now(UTC), seeds.measurer()
                )
            )
            if kept.problem:
                barred.add(submission.id)
            else:
                references[one.seed_id] = kept.reference
            yield one, kept


def _references(store: Store, board: Board) -> dict[str, float]:
    """What the reference had with each seed, in the grader's present version."""
    known = store.measurements(board.name, curves=False)
    return {m.seed_id: m.reference for m in known if m.grader == seeds.measurer() and not m.problem}


def _report(grade: Grade) -> LessonReport:
    report: Report = msgspec.json.decode(grade.outcome.report, type=Report)
    return report.lessons[0]
