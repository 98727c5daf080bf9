"""Grades for Gradescope, which takes none but from an autograder: one that hands back ours.

Of each lesson there is a zip file with the results of all students in it, found by their e-mail
address. Uploaded as the autograder of a programming assignment, it gives each submission there the
result that its student has here. The format: https://gradescope-autograders.readthedocs.io
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import msgspec

from grader.classroom import files
from grader.classroom.gradebook import Gradebook
from grader.classroom.late import Counted
from grader.classroom.records import Grade
from zth.language import tr
from zth.records import LessonReport, Report, Result
from zth.render import renderer

SCRIPTS = Path(__file__).with_name("autograder")
_EPOCH = (2020, 1, 1, 0, 0, 0)  # the same grades make the same file


@dataclass
class Handed:
    """How many results there are, and who of the roster has none, though there is a grade."""

    results: int = 0
    without: tuple[str, ...] = ()


def write(book: Gradebook, grades: Iterable[Grade], folder: Path) -> Handed:
    """Writes the zip files into a folder, over those of before. Raises ZthError.

    A folder that is new is kept out of Git: it holds what students' reports say.
    `grades` come with their reports, and are read once.
    """
    places = _places(book)
    counting = {one.grade.id: (who, one) for (who, _), one in book.counted.items()}
    graded = {who for who, _ in counting.values() if book.roster.get(who)}
    handed = Handed(without=tuple(sorted(graded - places.keys())))
    try:
        files.open_folder(folder)
        with _archives(book, folder) as archives:
            for grade in grades:
                who, one = counting.get(grade.id, ("", None))
                if one and who in places and (text := result(grade, one, book.settings.show)):
                    _put(archives[grade.outcome.lesson], places[who], text)
                    handed.results += 1
    except OSError as error:
        raise files.unwritable(folder, error) from None
    return handed


@contextlib.contextmanager
def _archives(book: Gradebook, folder: Path) -> Iterator[Mapping[str, zipfile.ZipFile]]:
    """An archive of each lesson, with its scripts; they take their places when all is in them."""
    made = {lesson: folder / f".{lesson}.zip.new" for lesson in book.lessons}
    try:
        with ExitStack() as open:
            archives = {}
            for lesson, file in made.items():
                archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
                archives[lesson] = open.enter_context(archive)
                for script in ("setup.sh", "run_autograder"):
                    _put(archive, script, (SCRIPTS / script).read_text("utf-8"), 0o755)
            yield archives
        for lesson, file in made.items():
            file.replace(folder / f"{lesson}.zip")
    finally:
        for file in made.values():
            file.unlink(missing_ok=True)


def _put(archive: zipfile.ZipFile, name: str, text: str, mode: int = 0o644) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = mode << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)


def _places(book: Gradebook) -> Mapping[str, str]:
    """Where the script looks for a student's result, for those whose e-mail address is theirs."""
    emails = {s.id: s.email.strip().casefold() for s in book.roster.students}
    students = Counter(emails.values())
    return {
        id: f"results/{hashlib.sha256(email.encode()).hexdigest()}.json"
        for id, email in emails.items()
        if email and students[email] == 1
    }


def result(grade: Grade, one: Counted, show: str) -> str:
    """Gradescope's results.json for a grade: what counts, and the checks.

    Empty where the grade's report cannot be read.
    """
    try:
        report = msgspec.json.decode(grade.outcome.report, type=Report)
    except msgspec.DecodeError:
        return ""
    data = json.loads(renderer("gradescope")(shown(report, show)))
    data["score"] = round(one.score, 2)
    if one.factor < 1.0:
        told = tr(
            "{days:.1f} days late: {percent:.0f} % of {earned} points count, {score:.2f}",
            days=one.late / timedelta(days=1),
            percent=100 * one.factor,
            earned=grade.outcome.earned,
            score=one.score,
        )
        data["output"] = f"{told}\n{data['output']}"
    return json.dumps(data, indent=2) + "\n"


def shown(report: Report, show: str) -> Report:
    """The report as its student may see it: with counterexamples, or with verdicts alone."""
    if show == "counterexamples":
        return report
    return replace(report, lessons=tuple(map(_verdicts, report.lessons)))


def _verdicts(lesson: LessonReport) -> LessonReport:
    return replace(lesson, results=tuple(map(_verdict, lesson.results)))


def _verdict(result: Result) -> Result:
    return replace(result, finding=None, detail="")
