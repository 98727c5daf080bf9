"""Code to paste: its lines fit a terminal, and it says what it said."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from grader.snippets import WIDTH, wrapped

LONG = "x" * 40
NUMBERS = [n / 8 for n in range(60)]


def same(code: str, told: str) -> bool:
    return ast.dump(ast.parse(code)) == ast.dump(ast.parse(told))


@pytest.mark.parametrize(
    "code",
    [
        f"x = torch.tensor({NUMBERS}, dtype=torch.float64)",
        f"for p, w in zip(model.parameters(), {NUMBERS}):\n    p.data = w",
        f"def f():\n    if x:\n        return f({NUMBERS}, [{LONG}, {LONG}])",
        f"x = {NUMBERS!r}",
        f"text = {LONG * 10!r}",
        f"text = {LONG * 10!r}.encode()",
        f"print({LONG * 10!r}, {'注意力' * 40!r}, b{LONG * 5!r}, '')",
        f"é, y = f({NUMBERS}), {{{LONG!r}: {LONG * 3!r}}}",
        f"from lesson.file import {LONG}, {LONG} as y",
        "s = '" + '\\n\\\\ \\x00"' * 30 + "'",
    ],
)
def test_long_lines_become_short_ones(code: str) -> None:
    told = wrapped(code)
    assert same(code, told)
    assert max(map(cell_len, told.split("\n"))) <= WIDTH


def test_a_comment_comes_before_what_it_was_behind() -> None:
    told = wrapped(f"if x:\n    print({LONG}, {LONG})  # must raise ValueError: # not '")
    assert (
        told == f"if x:\n    # must raise ValueError: # not '\n    print({LONG},\n        {LONG})"
    )


def test_small_brackets_stay_whole() -> None:
    told = wrapped(f"x = {[[1.25, 2.5, 3.75]] * 9}")
    assert told.count("[1.25, 2.5, 3.75]") == 9


@pytest.mark.parametrize(
    "code",
    [
        f"x = {NUMBERS[:5]}  # short",
        f"Case(array([{LONG}, {LONG} …])) is no Python",
        f"x = {LONG} + {LONG}\ny = (1",
        f"assert {LONG} + {LONG} + {LONG}",
        f"'''a text\n{LONG}, {LONG}, {LONG}\n'''",
        f"x = '''{LONG}, {LONG}\n{LONG}, {LONG}'''",
        f"x = f'{{{LONG}}} {{{LONG}}} {{{LONG}}}'",
    ],
)
def test_what_cannot_be_broken_says_what_it_said(code: str) -> None:
    told = wrapped(code)
    assert told == code or same(code, told)


VALUES = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=30)
@given(VALUES, st.text(max_size=300))
def test_whatever_is_in_it_stays(value: object, text: str) -> None:
    code = f"x = f({value!r}, {text!r})\ny = {LONG * 2 + text!r}"
    told = wrapped(code)
    assert told != code
    assert same(code, told)
