"""`zth class init`: a folder for a class, with its settings, its secret and its roster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zth.records import Lesson

IGNORED = """\
# never to be published: the seeds of the class come from it
secret.key
# what students handed in, and what came of it
snapshots/
uploads/
class.db*
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".", metavar="[DIR]")
@click.option("--title", default="", help="What the class is called.")
def init(folder: Path, title: str) -> None:
    """Make a folder for a class.

    In DIR, or here: class.toml with lessons, deadlines and limits, a secret for its seeds, and an
    empty roster. Adds what is missing, and never overwrites a file.
    """
    from grader.classroom.settings import CLASS, ROSTER, SECRET, write_secret
    from zth.plugins import Plugins
    from zth.records import ZthError

    lessons = Plugins.load().lessons().values()
    texts = {
        CLASS: _settings(title or tr("LLM: zero to hero"), lessons),
        ROSTER: "student,name,alias,email\n",
        ".gitignore": IGNORED,
    }
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            if not (folder / name).exists():
                (folder / name).write_text(text, "utf-8")
                written.append(name)
        if not (folder / SECRET).exists():
            write_secret(folder / SECRET)
            written.append(SECRET)
    except OSError as error:
        raise ZthError(
            tr(
                "cannot write to {folder}: {reason}",
                folder=error.filename or folder,
                reason=error.strerror,
            )
        ) from None
    said = tr(", ").join(written)
    click.echo(
        tr("written to {folder}: {files}", folder=folder, files=said)
        if written
        else tr("nothing to add to {folder}", folder=folder)
    )
    if SECRET in written:
        click.echo(
            tr(
                "{file}: keep a copy in a safe place, and show it to nobody; all seeds of this "
                "class come from it",
                file=SECRET,
            )
        )
    click.echo(tr("next: a line for each student in roster.csv; lessons and dates in class.toml"))
    click.echo(tr("then: zth class grade SUBMISSIONS"))


def _settings(title: str, lessons: Iterable[Lesson]) -> str:
    """The text of class.toml, with every setting that there is."""
    import msgspec

    from grader.classroom.settings import BoardRules, Late, Limits

    late, limits, boards = Late(), Limits(), BoardRules()
    quoted = msgspec.json.encode(title).decode()
    head = tr(
        """\
# A class of zth. Times need a time zone: 2026-10-01T23:59:00+02:00

title = {title}
# the language of students' reports and pages: en, zh
language = "{language}"
# where grades are kept: a file beside this one, or postgresql+psycopg://user@host/name
store = "sqlite:///class.db"
# the weakest sandbox that may grade: landlock, bwrap
sandbox = "landlock"
# what a student's report tells of a failure: counterexamples, verdicts
show = "counterexamples"
# which of a student's submissions counts: best, last
counts = "best"

[late]
# minutes that are not late yet; the share of the points that each day begun costs; and after how
# many days nothing counts
grace_minutes = {late.grace_minutes:g}
per_day = {late.per_day:g}
days = {late.days:g}

[limits]
# seconds for one lesson of one submission, bytes and files when unpacked
seconds = {limits.seconds:g}
bytes = {limits.bytes}
files = {limits.files}
# what a student may hand in by the web in a day
uploads_per_day = {limits.uploads_per_day}

[boards]
# boards that are open, measurements of one student a day, secret seeds for a rank (3 or more);
# what boards there are: zth class leaderboard
open = []
per_day = {boards.per_day}
seeds = {boards.seeds}
""",
        title=quoted,
        language=_language(),
        late=late,
        limits=limits,
        boards=boards,
    )
    rows = [
        tr(
            """
[[lessons]]
name = "{id}"  # {title}
weight = 1
# due = 2026-10-01T23:59:00+02:00
# which milestones count: quick, all, none, or a name
milestone = "quick"
""",
            id=lesson.id,
            title=tr(lesson.title),
        )
        for lesson in lessons
    ]
    return head + "".join(rows)


def _language() -> str:
    from zth import language

    return language.chosen()
