"""The grades of a class, for other systems: what each lesson earned, what being late cost of it,
and what counts. The policy is `grader.classroom.late`'s; here it is only told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from grader.classroom import sheets
from grader.classroom.gradebook import Entry, Gradebook, Row, Status
from grader.classroom.records import Student
from grader.classroom.sheets import Cell, line
from zth.render.json import complete

FORMAT = "zth-grades/1"
DIGITS = 4  # after the point


# --- CSV ------------------------------------------------------------------------------------------

COLUMNS = ("student", "name", "alias", "email", "on roster", "total")
OF_LESSON = ("status", "earned", "points", "received", "late days", "factor", "counts", "weight")


def as_csv(book: Gradebook) -> str:
    """A row for each student: the total, then for each lesson what led to it."""
    return sheets.text(_table(book))


def _table(book: Gradebook) -> Iterator[Sequence[Cell]]:
    yield *COLUMNS, *(f"{lesson} {name}" for lesson in book.lessons for name in OF_LESSON)
    weights = {rule.name: rule.weight for rule in book.settings.lessons}
    for row in book.rows():
        cells = (c for name, e in row.entries.items() for c in (*_cells(e), weights[name]))
        on_roster = "yes" if row.on_roster else "no"
        yield *_person(row.student), on_roster, row.total, *cells


def _person(student: Student) -> tuple[str, str, str, str]:
    return line(student.id), line(student.name), line(student.alias), line(student.email)


def _cells(entry: Entry) -> Sequence[Cell]:
    one = entry.counted
    if one is None:
        unknown = entry.status is Status.WITHHELD
        return entry.status, "", "", "", "", "", "" if unknown else 0
    outcome, received = one.grade.outcome, one.grade.submission.received.isoformat()
    days = one.late / timedelta(days=1)
    return entry.status, outcome.earned, outcome.points, received, days, one.factor, one.score


# --- Canvas ---------------------------------------------------------------------------------------

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS = "    Points Possible"  # with these spaces, Canvas writes it so, too


def as_canvas(book: Gradebook, titles: Mapping[str, str]) -> str:
    """What Canvas's gradebook imports: an assignment for each lesson, for those on the roster.

    A student whose work could not be graded, or who handed in nothing, has no score. Canvas knows
    students by columns of the roster that are called as Canvas calls them, or else by their id.
    """
    return sheets.text(_canvas(book, titles))


def _canvas(book: Gradebook, titles: Mapping[str, str]) -> Iterator[Sequence[Cell]]:
    points = {lesson: book.points(lesson) for lesson in book.lessons}
    yield *CANVAS, *(f"{lesson} {titles.get(lesson, '')}".strip() for lesson in book.lessons)
    yield POINTS, "", "", "", "", *(points[lesson] or "" for lesson in book.lessons)
    for row in book.rows():
        if row.on_roster:
            scores = (_score(entry, points[lesson]) for lesson, entry in row.entries.items())
            yield *_canvas_person(book, row), *scores


def _canvas_person(book: Gradebook, row: Row) -> Sequence[Cell]:
    """Name, Canvas's own id, the id and the login of the university, section."""
    own = {"sis user id": row.student.id, "sis login id": row.student.id}
    own |= book.roster.others.get(row.student.id, {})
    return line(row.student.name), *(line(own.get(name.casefold(), "")) for name in CANVAS[1:])


def _score(entry: Entry, points: int) -> Cell:
    """What counts, of so many points; Canvas keeps two digits."""
    return round(entry.counted.share * points, 2) if entry.counted else ""


# --- JSON -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """A student's lesson. `counts` is `earned` times `factor`, `share` the same of `points`.

    What was not graded has `problem`, or was not handed in, and no numbers.
    """

    lesson: str
    status: Status
    problem: str = ""
    earned: int | None = None
    points: int | None = None
    received: datetime | None = None
    late_seconds: float | None = None
    factor: float | None = None
    counts: float | None = None
    share: float | None = None
    submission: int | None = None
    digest: str | None = None
    grader: str | None = None


@dataclass(frozen=True)
class Person:
    """A student, and the share of all that the class is worth, from 0 to 1."""

    student: str
    name: str
    alias: str
    email: str
    on_roster: bool
    total: float
    lessons: tuple[Work, ...]


@dataclass(frozen=True)
class Worth:
    """A lesson of the class: its weight in the total, its points, when it was due."""

    lesson: str
    title: str
    weight: float
    points: int
    due: datetime | None


@dataclass(frozen=True)
class Policy:
    """Which of several submissions counts, and what being late costs (see class.toml)."""

    counts: str
    grace_minutes: float
    per_day: float
    days: float


@dataclass(frozen=True)
class Grades:
    """The grades of a class."""

    title: str
    exported: datetime
    policy: Policy
    lessons: tuple[Worth, ...]
    students: tuple[Person, ...]


def as_json(book: Gradebook, titles: Mapping[str, str], exported: datetime) -> str:
    """All that is known, as one JSON object in ASCII, with a line end."""
    settings = book.settings
    grades = Grades(
        settings.title,
        exported,
        Policy(
            settings.counts, settings.late.grace_minutes, settings.late.per_day, settings.late.days
        ),
        tuple(
            Worth(
                rule.name, titles.get(rule.name, ""), rule.weight, book.points(rule.name), rule.due
            )
            for rule in settings.lessons
        ),
        tuple(map(_person_of, book.rows())),
    )
    return json.dumps({"format": FORMAT, **asdict(grades)}, indent=2, default=_plain) + "\n"


def _plain(value: datetime) -> str:
    return value.isoformat()


def _person_of(row: Row) -> Person:
    who = row.student
    works = tuple(_work(lesson, entry) for lesson, entry in row.entries.items())
    total = round(row.total, DIGITS)
    return Person(who.id, who.name, who.alias, who.email, row.on_roster, total, works)


def _work(lesson: str, entry: Entry) -> Work:
    one = entry.counted
    if one is None:
        return Work(lesson, entry.status, entry.problem)
    submission, outcome = one.grade.submission, one.grade.outcome
    return Work(
        lesson,
        entry.status,
        earned=outcome.earned,
        points=outcome.points,
        received=submission.received,
        late_seconds=one.late.total_seconds(),
        factor=round(one.factor, DIGITS),
        counts=round(one.score, DIGITS),
        share=round(one.share, DIGITS),
        submission=submission.id,
        digest=submission.digest,
        grader=outcome.grader,
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of what `as_json` gives."""
    import msgspec

    found = msgspec.json.schema(Grades)
    records = found["$defs"]
    records["Grades"]["properties"]["format"] = {"const": FORMAT}
    complete(records)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The grades of zth class export --format json ({FORMAT})",
        **found,
    }
