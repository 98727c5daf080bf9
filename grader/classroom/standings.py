"""What `zth class leaderboard` does: measures what is missing, and shows who is where."""

from __future__ import annotations

import getpass
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from grader.classroom import aliases, entering, names, roster
from grader.classroom.boards.board import Board, boards, named
from grader.classroom.boards.ranking import Row, Table
from grader.classroom.entering import Due
from grader.classroom.means import check_sandbox
from grader.classroom.records import Measurement, Ruling, Standing
from grader.classroom.settings import CLASS, Classroom
from grader.classroom.store import Store
from zth.language import tr
from zth.plugins import nearest
from zth.records import ZthError
from zth.render.escape import plain


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    board: str = ""
    measure: bool = False
    names: bool = False
    disqualify: str = ""
    readmit: str = ""
    reason: str = ""
    sandbox: str = ""


def run(asked: Asked) -> int:
    """Does what was asked; the exit status: 0, or 1 where something could not be measured."""
    classroom = Classroom.open()
    with Store.open(classroom.store) as store:
        if not asked.board:
            _list(classroom, store)
            return 0
        board = named(asked.board)
        if student := asked.disqualify or asked.readmit:
            _rule(store, board, student, asked)
        failed = _measure(classroom, store, board, asked.sandbox) if asked.measure else 0
        _show(classroom, store, board, names=asked.names)
    return 1 if failed else 0


def standing(classroom: Classroom, store: Store, board: Board) -> Table:
    """The board as it stands."""
    students = (entry.student for entry in store.entrants(board.name).values())
    return entering.standing(classroom, store, board, aliases_of(classroom, students))


def aliases_of(classroom: Classroom, students: Iterable[str]) -> dict[str, str]:
    """The alias of each: the roster's, or one drawn for who is not in it."""
    known = roster.kept(classroom.roster, classroom.secret).students
    found = {student.id: student.alias for student in known}
    for student in sorted(set(students) - found.keys()):
        taken = {names.folded(alias) for alias in found.values()}
        found[student] = aliases.drawn(classroom.secret, student, taken)
    return found


def _list(classroom: Classroom, store: Store) -> None:
    """All boards, and how many entries each has."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for title in (tr("board"), tr("what"), tr("entries"), ""):
        grid.add_column(title, justify="right" if title == tr("entries") else "left")
    opened = classroom.settings.boards.open
    for board in boards().values():
        entries = len(store.entrants(board.name))
        said = [] if board.name in opened else [tr("not in class.toml")]
        said += [board.label] if board.label else []
        grid.add_row(board.name, f"{board.title} ({board.unit})", str(entries), "; ".join(said))
    Console(highlight=False).print(grid)
    click.echo(
        tr(
            "\nopen = [...] under [boards] of {file} names those that students see; one of them: "
            "zth class leaderboard {name} --measure",
            file=CLASS,
            name=next(iter(boards())),
        )
    )


# --- measuring ------------------------------------------------------------------------------------


def _measure(classroom: Classroom, store: Store, board: Board, sandbox: str) -> int:
    """Measures what is missing; 1 where that came to no end, for a fault that is no entry's."""
    check_sandbox(classroom, sandbox)
    missing, late = entering.due(classroom, store, board)
    console = Console(stderr=True, highlight=False)
    for student in late:
        console.print(
            Text(
                tr(
                    "{student} waits: {most} submissions were measured today, as many as "
                    "{file} allows",
                    student=plain(student),
                    most=classroom.settings.boards.per_day,
                    file=CLASS,
                )
            )
        )
    done = failed = 0
    with console.status("") as status:

        def begin(one: Due) -> None:
            status.update(Text(_what(one, classroom)))

        try:
            for one, found in entering.measured(
                classroom, store, board, missing, sandbox, begin=begin
            ):
                done += 1
                console.print(
                    Text(f"{done}/{len(missing)} {_what(one, classroom)}: {_said(found)}")
                )
        except ZthError as error:
            failed = 1
            console.print(Text(tr("error: {message}", message=error)))
    return failed


def _what(one: Due, classroom: Classroom) -> str:
    return tr(
        "{student}, seed {number} of {all}",
        student=plain(one.grade.submission.student),
        number=one.number + 1,
        all=classroom.settings.boards.seeds,
    )


def _said(found: Measurement) -> str:
    if found.problem:
        return plain(found.problem)
    return tr(
        "{value:.4g}, the reference {reference:.4g}  {seconds:.1f} s",
        value=found.value,
        reference=found.reference,
        seconds=found.seconds,
    )


# --- rulings --------------------------------------------------------------------------------------


def _rule(store: Store, board: Board, student: str, asked: Asked) -> None:
    """Keeps a ruling on a student's newest entry. Raises ZthError."""
    if asked.disqualify and asked.readmit:
        raise ZthError(tr("--disqualify or --readmit, one at a time"))
    if not asked.reason.strip():
        raise ZthError(tr('a ruling needs a reason: --reason "…"'))
    entries = [s for s in store.entrants(board.name).values() if s.student == student]
    if not entries:
        known = {s.student for s in store.entrants(board.name).values()}
        raise nearest(student, known, "entry")
    newest = max(entries, key=lambda s: (s.received, s.id))
    store.rule(
        Ruling(
            board=board.name,
            submission=newest.id,
            at=datetime.now(UTC),
            by=getpass.getuser(),
            reason=asked.reason.strip(),
            disqualified=bool(asked.disqualify),
        )
    )


# --- the table ------------------------------------------------------------------------------------


def _show(classroom: Classroom, store: Store, board: Board, *, names: bool) -> None:
    found = standing(classroom, store, board)
    console = Console(highlight=False)
    head = f"{board.title}, {board.unit}" + (f" — {board.label}" if board.label else "")
    console.print(Text(head, style="bold"))
    console.print(Text(board.budget))
    if not found.rows:
        click.echo(
            tr(
                "\nno entries yet; first zth class grade, then: zth class leaderboard {name} "
                "--measure",
                name=board.name,
            )
        )
        return
    students = {s.id: s.student for s in store.entrants(board.name).values()} if names else {}
    console.print(_grid(found.rows, students))
    if board.name not in classroom.settings.boards.open:
        click.echo(
            tr("students do not see it: {name} is not open in {file}", name=board.name, file=CLASS)
        )


def _grid(rows: Sequence[Row], students: dict[int, str]) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    grid.add_column(tr("rank"), justify="right")
    grid.add_column(tr("alias"), no_wrap=True)
    if students:
        grid.add_column(tr("student"), no_wrap=True)
    for title in (tr("mean"), tr("spread"), tr("reference"), tr("seeds"), tr("seconds")):
        grid.add_column(title, justify="right")
    grid.add_column(tr("standing"), overflow="fold", min_width=12)
    for row in rows:
        said = tr(row.standing.value) + (f": {plain(row.reason)}" if row.reason else "")
        grid.add_row(
            str(row.rank) if row.rank else "–",
            plain(row.alias) or "–",
            *([plain(students[row.submission])] if students else []),
            *map(_number, (row.mean, row.spread, row.reference)),
            str(row.seeds),
            f"{row.seconds:.1f}",
            Text(said, style="" if row.standing is Standing.VERIFIED else "dim"),
        )
    return grid


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "–"
