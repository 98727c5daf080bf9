"""The boards: open to whoever reaches the server, and so of aliases alone."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from grader.classroom import entering
from grader.classroom.boards.board import Board, boards
from grader.classroom.boards.ranking import Row, Table
from grader.classroom.records import Measurement, Ruling, Standing
from grader.classroom.store.base import now
from grader.classroom.web import pages
from grader.classroom.web.forms import Form, posted
from grader.classroom.web.site import Site, id_in, site_of
from grader.classroom.web.teach import reason_in
from grader.classroom.web.visitors import INSTRUCTOR, check_mark, instructor_needed, visitor_of
from zth import language, trees
from zth import pages as chapters
from zth.render import curve
from zth.render.escape import plain

AT_ONCE = 100  # rows of a page
FIRST = 3  # names of those who share the first rank
LEADERS = curve.MODELS  # whose curves are drawn together
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
RULES = "instructors/leaderboard.md"


@dataclass(frozen=True)
class Drawn:
    """A board's table, and whether there are curves to draw."""

    table: Table
    curves: bool


def home(request: Request) -> Response:
    """Which boards are open, and who is first."""
    site = site_of(request)
    found = [(board, drawn(site, board).table) for board in _open(site).values()]
    return pages.render(request, "boards.html", boards=[_told(*one) for one in found])


def _told(board: Board, table: Table) -> Mapping[str, object]:
    first = [row for row in table.rows if row.rank == 1]
    return {
        "board": board,
        "entries": len(table.rows),
        "first": first[:FIRST],
        "more": len(first[FIRST:]),
    }


def _open(site: Site) -> Mapping[str, Board]:
    """The boards that the class has, in its order."""
    known = boards()
    return {name: known[name] for name in site.settings.boards.open if name in known}


def _asked(request: Request) -> Board:
    """The board that the address names. Raises a 404."""
    board = _open(site_of(request)).get(request.path_params["board"])
    if board is None:
        raise HTTPException(404)
    return board


def drawn(site: Site, board: Board) -> Drawn:
    """The table as it stands, or stood a moment ago. Its reasons are in the language spoken."""
    aliases = {student.id: student.alias for student in site.roster.students}

    def make() -> Drawn:
        table = entering.standing(site.classroom, site.store, board, aliases)
        leaders = [row for row in table.rows[:LEADERS] if row.rank]
        return Drawn(table, any(m.curve for row in leaders for m in _measured(site, board, row)))

    state = site.store.extent(board.name), hash(frozenset(aliases.items()))
    return site.drawn.get((board.name, language.chosen()), state, make)


def prepare(site: Site) -> None:
    """Makes the tables before anybody asks for them."""
    with language.speaking(site.settings.language):
        for board in _open(site).values():
            drawn(site, board)


def _measured(site: Site, board: Board, row: Row) -> Sequence[Measurement]:
    """What was measured of an entry with the seeds that count: of each the last."""
    found = site.store.measurements(board.name, row.submission)
    latest = {m.seed_id: m for m in found}
    seeds = site.classroom.board_seeds(board.name)
    return [latest[name] for _, name in seeds if name in latest]


def board(request: Request) -> Response:
    """A board: all entries, some at a time."""
    asked = _asked(request)
    found = drawn(site_of(request), asked)
    last = max(1, -(-len(found.table.rows) // AT_ONCE))
    page = id_in(request.query_params.get("page", "1"))
    if not 1 <= page <= last:
        raise HTTPException(404)
    return pages.render(
        request,
        "board.html",
        board=asked,
        rows=found.table.rows[(page - 1) * AT_ONCE : page * AT_ONCE],
        curves=found.curves,
        page=page,
        last=last,
        seeds=site_of(request).settings.boards.seeds,
        per_day=site_of(request).settings.boards.per_day,
    )


def leaders(request: Request) -> Response:
    """The curves of those that lead, as a drawing."""
    site, asked = site_of(request), _asked(request)
    rows = [row for row in drawn(site, asked).table.rows[:LEADERS] if row.rank]
    curves = {_name(row): [m.curve for m in _measured(site, asked, row)] for row in rows}
    return _drawing(asked.title, curves)


def _name(row: Row) -> str:
    return plain(row.alias or f"#{row.submission}", 1)


def _drawing(title: str, curves: Mapping[str, Sequence[curve.Points]]) -> Response:
    """A drawing, which may use its own style, and nothing else."""
    return Response(
        curve.overlaid(title, curves),
        media_type="image/svg+xml",
        headers={"Content-Security-Policy": f"default-src 'none'; style-src {_style()}"},
    )


@cache
def _style() -> str:
    digest = hashlib.sha256(curve.STYLE.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


# --- an entry -------------------------------------------------------------------------------------


def _entry(site: Site, board: Board, request: Request) -> Row:
    """The entry that the address names. Raises a 404."""
    id = id_in(request.path_params["id"])
    for row in drawn(site, board).table.rows:
        if row.submission == id:
            return row
    raise HTTPException(404)


def entry(request: Request) -> Response:
    """One entry: what was measured with each seed, and why it stands as it does."""
    site, asked = site_of(request), _asked(request)
    row = _entry(site, asked, request)
    measured = _measured(site, asked, row)
    return pages.render(
        request,
        "entry.html",
        board=asked,
        row=row,
        measured=measured,
        curves=any(m.curve for m in measured),
        rulings=[r for r in site.store.rulings(asked.name) if r.submission == row.submission],
        disqualified=row.standing is Standing.DISQUALIFIED,
        student=_student(site, row) if visitor_of(request).instructor else "",
    )


def _student(site: Site, row: Row) -> str:
    submission = site.store.submission(row.submission)
    return submission.student if submission else ""


def drawing(request: Request) -> Response:
    """The curves of an entry, one for each seed."""
    site, asked = site_of(request), _asked(request)
    row = _entry(site, asked, request)
    curves = [m.curve for m in _measured(site, asked, row)]
    return _drawing(asked.title, {_name(row): curves})


@posted
def rule(request: Request, form: Form) -> Response:
    """Takes an entry out of a board, or takes that back, for a reason that is shown."""
    by = instructor_needed(request)
    check_mark(visitor_of(request), INSTRUCTOR, form.get("mark", ""))
    site, asked = site_of(request), _asked(request)
    row = _entry(site, asked, request)
    out = form.get("disqualified") == "yes"
    site.store.rule(Ruling(asked.name, row.submission, now(), by, reason_in(form), out))
    site.drawn.forget()
    return RedirectResponse(f"/boards/{asked.name}/entries/{row.submission}", 303)


# --- the rules ------------------------------------------------------------------------------------


def rules(request: Request) -> Response:
    """The rules of the boards, as the documentation has them."""
    spoken = language.chosen() if _file(language.chosen()).is_file() else "en"
    return pages.render(request, "rules.html", rules=_rules(spoken), spoken=spoken)


def _file(spoken: str) -> Path:
    """The page of the documentation in a language; it may lack one."""
    docs = trees.shipped(trees.REFERENCE).parent / "docs"
    return (docs if spoken == "en" else docs / spoken) / RULES


@cache
def _rules(spoken: str) -> Markup:
    """The rules as HTML. Tables may be wider than a screen."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    words = COMMENT.sub("", chapters.as_text(_file(spoken).read_text("utf-8")))
    text: str = markdown.render(words)
    wide = '<div class="scroll" role="group" tabindex="0"><table>'
    return Markup(text.replace("<table>", wide).replace("</table>", "</table></div>"))
