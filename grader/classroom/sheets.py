"""CSV that a spreadsheet may open: no cell of text begins a formula, and all text can come back.

Text is in quotes, numbers are not: what reads the file can tell "007" from 7. Spreadsheets do not
heed the quotes but take for a formula what begins with one of a few signs; such text has a ' before
it, which `original` takes away. As some open the file with another separator than the comma, the
same holds after each semicolon, tab and end of line within a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from zth.render.escape import plain

Cell = str | int | float
ENCODING = "utf-8-sig"  # spreadsheets know UTF-8 by the mark

_STARTS = r"(?:\A|(?<=[;\t\r\n]))"  # where a cell may start, whatever the separator
_BLANK = r"((?:[^\S\t\r\n]|[\"\ufeff\u200b])*)"  # what a spreadsheet may drop in front
_FORMULA = r"(?=[-=+@\t\r\n\0＝＋－＠])"
_BEFORE = re.compile(rf"{_STARTS}{_BLANK}('*){_FORMULA}")
_ADDED = re.compile(rf"{_STARTS}{_BLANK}'('*){_FORMULA}")


def text(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as CSV."""
    found = io.StringIO(newline="")
    writer = csv.writer(found, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return found.getvalue()


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return safe(cell)
    return round(cell, 4) if isinstance(cell, float) else cell


def safe(text: str) -> str:
    """The text as no spreadsheet takes it for a formula."""
    return _BEFORE.sub(r"\1'\2", text)


def original(text: str) -> str:
    """The text that `safe` made this of."""
    return _ADDED.sub(r"\1\2", text)


def line(text: str) -> str:
    """A stranger's text in one line, cut where it is long, with what cannot be seen spelled out."""
    return plain(" ".join(text.splitlines()), 1)
