"""The report on a class: a page, and its numbers as CSV files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.classroom import files, gradebook, page, sheets, similar, statistics
from grader.classroom.gradebook import Status
from grader.classroom.page import ClassReport
from grader.classroom.settings import Classroom
from grader.classroom.sheets import Cell, line
from grader.classroom.store import Store
from grader.classroom.store.base import now
from zth import language
from zth.language import tr
from zth.records import Lesson, Verdict

PAGE = "index.html"
Rows = Iterator[Sequence[Cell]]


def make(
    classroom: Classroom, store: Store, lessons: Sequence[Lesson], note: similar.Note
) -> ClassReport:
    """The report on the class as its store has it now; `note` is told what takes long."""
    book = gradebook.read(classroom, store)
    return ClassReport(
        book=book,
        lessons=statistics.count(book, store.grades()),
        similar=similar.compare(classroom, lessons, book, note),
        titles={lesson.id: lesson.title for lesson in lessons},
        made=now(),
    )


def write(report: ClassReport, folder: Path, lang: str) -> Path:
    """Writes page and files into a folder, over those of before; gives the page. Raises ZthError.

    They are in the language `lang`. A folder that is new is kept out of Git: it names students.
    """
    with language.speaking(lang):
        texts = {PAGE: page.render(report)}
        texts |= {f"{name}.csv": sheets.text(rows(report)) for name, rows in SHEETS.items()}
    try:
        files.open_folder(folder)
        for name, text in texts.items():
            encoding = sheets.ENCODING if name.endswith(".csv") else "utf-8"
            files.put(folder / name, text.encode(encoding, "backslashreplace"))
    except OSError as error:
        raise files.unwritable(folder, error) from None
    return folder / PAGE


# --- the files ------------------------------------------------------------------------------------


def _points(report: ClassReport) -> Rows:
    yield "lesson", "points", "from", "to", "students"
    for found in report.lessons:
        for bin in found.histogram():
            yield found.lesson, found.points, bin.least, bin.most, bin.students


def _checks(report: ClassReport) -> Rows:
    yield "lesson", "check", "title", "points", "advisory", "students", "wrong", *Verdict
    for found in report.lessons:
        for check in found.hardest():
            counts = [check.verdicts[verdict] for verdict in Verdict]
            told = check.id, tr(check.title), check.points, "yes" if check.advisory else "no"
            yield found.lesson, *told, check.students, check.wrong, *counts


def _mistakes(report: ClassReport) -> Rows:
    yield "lesson", "students", "mistake", "chapter"
    for found in report.lessons:
        for mistake, students in found.mistakes.most_common():
            yield found.lesson, students, tr(mistake.diagnosis), mistake.address


def _missing(report: ClassReport) -> Rows:
    yield "lesson", "student", "name", "email"
    for row in report.book.rows():
        for lesson, entry in row.entries.items():
            if row.on_roster and entry.status is Status.MISSING:
                yield lesson, row.student.id, row.student.name, row.student.email


def _refused(report: ClassReport) -> Rows:
    yield "student", "source", "received", "again", "problem"
    for one in report.book.refusals:
        what = one.submission
        again = "yes" if one.mended else "no"
        told = line(what.source), what.received.isoformat(), again, line(what.problem)
        yield line(what.student), *told


def _faults(report: ClassReport) -> Rows:
    yield "lesson", "student", "source", "fault"
    for grade in report.book.faults:
        what = line(grade.submission.student), line(grade.submission.source)
        yield grade.outcome.lesson, *what, line(grade.outcome.fault)


def _strangers(report: ClassReport) -> Rows:
    yield ("student",)
    for id in report.book.strangers:
        yield (line(id),)


def _similar(report: ClassReport) -> Rows:
    yield "lesson", "first", "second", "share", "marks", "same files"
    for found in report.similar:
        for pair in found.pairs:
            both = line(pair.first.student), line(pair.second.student)
            same = "yes" if pair.same else "no"
            yield found.lesson, *both, pair.share, pair.marks, same


SHEETS = {
    "points": _points,
    "checks": _checks,
    "misconceptions": _mistakes,
    "missing": _missing,
    "refused": _refused,
    "not-graded": _faults,
    "not-on-the-roster": _strangers,
    "similar": _similar,
}
