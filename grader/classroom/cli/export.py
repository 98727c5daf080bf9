"""`zth class export`: the grades, for other systems."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zth.language import listed, tr

if TYPE_CHECKING:
    from grader.classroom.gradebook import Gradebook
    from grader.classroom.store import Store

GRADESCOPE = "gradescope"


@click.command()
@click.option(
    "--format",
    "format",
    type=click.Choice(["csv", "canvas", GRADESCOPE, "json"]),
    default="csv",
    show_default=True,
    help="For a spreadsheet, Canvas's gradebook, Gradescope, or programs.",
)
@click.option(
    "-o",
    "place",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it; else it is printed. For gradescope a folder.",
)
def export(format: str, place: Path | None) -> None:
    """Write the grades: a row for each student, also for those who handed in nothing.

    Which of several submissions counts, and what being late costs, is as class.toml says, and can
    be read from the result.
    """
    from grader.classroom.cli import check_extra

    check_extra()
    from grader.classroom import gradebook
    from grader.classroom.settings import Classroom
    from grader.classroom.store import Store

    classroom = Classroom.open()
    with Store.open(classroom.store) as store:
        book = gradebook.read(classroom, store)
        if format == GRADESCOPE:
            _hand_back(book, store, place or classroom.root / GRADESCOPE)
        else:
            _write(_text(book, format), format, place)
    _tell_strangers(book, format)


def _text(book: Gradebook, format: str) -> str:
    from grader.classroom import export as exports
    from grader.classroom.store.base import now
    from zth.plugins import Plugins

    if format == "csv":
        return exports.as_csv(book)
    titles = {lesson.id: lesson.title for lesson in Plugins.load().lessons().values()}
    if format == "canvas":
        return exports.as_canvas(book, titles)
    return exports.as_json(book, titles, now())


def _write(text: str, format: str, file: Path | None) -> None:
    from grader.classroom import files, sheets

    if file is None:
        click.echo(text.encode(), nl=False)  # data, in UTF-8 whatever a terminal has
        return
    try:
        # Canvas does not take the mark by which spreadsheets know UTF-8.
        files.put(file, text.encode(sheets.ENCODING if format == "csv" else "utf-8"))
    except OSError as error:
        raise files.unwritable(file, error) from None
    click.echo(tr("the grades are in {file}", file=file))


def _hand_back(book: Gradebook, store: Store, folder: Path) -> None:
    from grader.classroom import handback
    from grader.classroom.cli.report import written_in
    from grader.classroom.sheets import line
    from zth import language

    click.echo(tr("writing {n} results …", n=len(book.counted)), err=True)
    with language.speaking(written_in(book.settings)):
        handed = handback.write(book, store.grades(), folder)
    click.echo(
        tr(
            "{n} results are in {folder}, a zip file for each lesson; upload each as the autograder"
            " of its assignment",
            n=handed.results,
            folder=folder,
        )
    )
    if handed.without:
        click.echo(
            tr(
                "without a result, as roster.csv has no e-mail address that is theirs alone: "
                "{students}",
                students=listed(map(line, handed.without)),
            ),
            err=True,
        )


def _tell_strangers(book: Gradebook, format: str) -> None:
    from grader.classroom.sheets import line

    if book.roster.students and book.strangers:
        students = listed(map(line, book.strangers))
        marked = tr("not on the roster, and marked so: {students}", students=students)
        left_out = tr("not on the roster, and left out: {students}", students=students)
        click.echo(marked if format in ("csv", "json") else left_out, err=True)
