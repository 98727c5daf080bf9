"""`zth class report`: what the class understood, and who needs attention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zth.language import tr

if TYPE_CHECKING:
    from grader.classroom.settings import Settings
    from zth.records import Lesson


@click.command()
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help='Where to write it; else "report" beside class.toml.',
)
def report(folder: Path | None) -> None:
    """Write a page on the class, and its numbers as CSV files.

    Per lesson the points; per check how many were wrong, those first that most did not understand;
    likely misconceptions; who handed in nothing; what was refused or could not be graded; and
    submissions with much in common. It counts what counts, one submission of each student and
    lesson. The page is in the language of class.toml; --lang overrides it.
    """
    from grader.classroom.cli import NEEDED, check_extra

    check_extra(*NEEDED, "copydetect")
    from grader.classroom import report as reports
    from grader.classroom.settings import Classroom
    from grader.classroom.store import Store
    from zth.plugins import Plugins

    classroom = Classroom.open()
    known = Plugins.load().lessons()
    lessons = [known[rule.name] for rule in classroom.settings.lessons if rule.name in known]
    with Store.open(classroom.store) as store:
        made = reports.make(classroom, store, lessons, _note)
    place = folder or classroom.root / "report"
    page = reports.write(made, place, written_in(classroom.settings))
    click.echo(tr("the report is in {file}", file=page))


def _note(lesson: Lesson, submissions: int) -> None:
    click.echo(
        tr("comparing {n} submissions of {lesson} …", n=submissions, lesson=lesson.id), err=True
    )


def written_in(settings: Settings) -> str:
    """The language of what is written for the class: what --lang asks for, or else the class's."""
    from zth import language

    return language.asked() or settings.language
