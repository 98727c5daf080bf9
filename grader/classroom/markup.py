"""Pieces of the pages on a class, as HTML that is safe whatever it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from grader.classroom.sheets import line
from zth.language import tr

FIRST = 12  # rows of a long table that are seen at once


def text(text: str) -> str:
    """Anybody's text in one line, as HTML."""
    return escape(line(text))


def table(caption: str, heads: Iterable[str], rows: Iterable[str]) -> Iterator[str]:
    """A table; a head that begins with # is one of numbers."""
    cells = (
        f'<th scope="col"{_number(head)}>{text(head.removeprefix("#"))}</th>' for head in heads
    )
    yield f'<table class="list"><caption>{text(caption)}</caption>'
    yield f"<thead><tr>{''.join(cells)}</tr></thead><tbody>"
    yield from rows
    yield "</tbody></table>"


def _number(head: str) -> str:
    return ' class="number"' if head.startswith("#") else ""


def row(first: str, *cells: str | int, numbers: bool = False) -> str:
    """A row, of HTML."""
    tag = '<td class="number">' if numbers else "<td>"
    rest = (f"{tag}{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{first}</th>{"".join(rest)}</tr>'


def share(part: int, whole: int) -> str:
    """A share in percent; nothing of nothing is 0."""
    return tr("{percent:.0f} %", percent=100 * part / whole if whole else 0)


def bar(*parts: tuple[str, float]) -> str:
    """A bar, for the eye alone: classes, and shares of its length."""
    start, drawn = 0.0, []
    for name, share in parts:
        if share > 0:
            drawn.append(
                f'<rect class="{name}" x="{100 * start:.2f}%" width="{100 * share:.2f}%"'
                ' height="100%"/>'
            )
        start += share
    return f'<svg aria-hidden="true">{"".join(drawn)}</svg>'


def when(moment: datetime) -> str:
    """A moment, to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def section(id: str, title: str) -> str:
    """The beginning of a section."""
    return f'<section aria-labelledby="{id}"><h2 id="{id}">{title}</h2>'


def folded(caption: str, heads: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    """A table of which the first rows are seen, the others when they are asked for."""
    yield from table(caption, heads, rows[:FIRST])
    if rest := rows[FIRST:]:
        yield f"<details><summary>{text(tr('{n} more', n=len(rest)))}</summary>"
        yield from table(caption, heads, rest)
        yield "</details>"
