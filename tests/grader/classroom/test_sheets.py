"""CSV for spreadsheets: nothing begins a formula, and everything comes back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.classroom import sheets

FORMULA = "=+-@\t\r\n\0＝＋－＠"
DROPPED = ' "\u00a0\u200b\ufeff\x0b\x0c\u3000'  # what some spreadsheet drops before it looks
HOSTILE = [
    "=1+1",
    "+49 30 123",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    " =1",
    '"=1"',
    "'=1",
    "''=1",
    "'tis",
    "x;=1+1;",
    'x;"=1+1;',
    "x\n=1+1",
    "a\tb\t@c",
    "007",
    "1e5",
    "",
    "'",
    "陈晨",
    "=cmd|' /C calc'!A0",
]
texts = st.text(st.sampled_from(FORMULA + DROPPED + "';,|ab1")) | st.text()


def read(text: str, **how: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), **how))  # type: ignore[arg-type]


@settings(derandomize=True)
@given(st.lists(texts, min_size=1, max_size=4))
@example(HOSTILE)
def test_any_text_comes_back_from_what_no_spreadsheet_takes_for_a_formula(cells: list[str]) -> None:
    [row] = read(sheets.text([cells]))
    assert [sheets.original(cell) for cell in row] == cells
    assert not [cell for cell in row if cell.lstrip(DROPPED)[:1] in [*FORMULA]]


@settings(derandomize=True)
@given(st.lists(st.lists(texts, min_size=2, max_size=3), max_size=3), st.sampled_from(",;\t"))
@example([["Ada", 'x;"=1+1;']], ";")
@example([["Ada", "x\n=1+1"]], ";")
def test_nor_does_another_separator_make_one(rows: list[list[str]], separator: str) -> None:
    found = read(sheets.text(rows), delimiter=separator)
    starts = [cell.lstrip(DROPPED + "\t\r\n")[:1] for row in found for cell in row]
    assert not [start for start in starts if start and start in FORMULA]


@settings(derandomize=True)
@given(st.lists(texts, min_size=1, max_size=4))
@example(HOSTILE)
def test_it_may_be_saved_by_a_spreadsheet_meanwhile(cells: list[str]) -> None:
    """Such a program shows text as it is, and writes it anew with a separator of its own."""
    saved = io.StringIO(newline="")
    csv.writer(saved, delimiter=";").writerows(read(sheets.text([cells])))
    [row] = read(saved.getvalue(), delimiter=";") if any(cells) or len(cells) > 1 else [cells]
    assert [sheets.original(cell) for cell in row] == cells


def test_text_is_in_quotes_and_numbers_are_not() -> None:
    """As LibreOffice reads it, "quoted field as text": an id of digits keeps its zeros."""
    [row] = read(sheets.text([["007", "1e5", 7, 0.25, 2 / 3]]), quoting=csv.QUOTE_NONNUMERIC)
    assert row == ["007", "1e5", 7.0, 0.25, 0.6667]


@pytest.mark.parametrize("text", ["O'Neil", "a = b", "3 - 4", "Ada, -1", "a@example.org", "1;2"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert sheets.safe(text) == text


def test_a_strangers_text_is_one_line_that_a_terminal_can_print() -> None:
    told = sheets.line("a\x1b[2J\u202eb\r\nc\ud800" + "x" * 10_000)
    assert told.startswith(r"a\x1b[2J\u202eb c\ud800xxx")
    assert len(told) < 400
    assert told.isprintable()
