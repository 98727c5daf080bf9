"""Tensors in a report: what is wrong can be seen without colour, at every width."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.zth.render.samples import VALUES, VECTOR, WEIGHTS
from zth.records import Number, Window
from zth.render.tensors import lines, name, numbers, shade


def text(window: Window, width: int) -> list[str]:
    return [line.plain for line in lines(window, width)]


@st.composite
def windows(draw: Any) -> Window:
    """Of any shape that the grader makes, with at least one wrong cell."""
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    some = st.floats() if draw(st.booleans()) else st.floats(0, 1)
    cell: st.SearchStrategy[Number] = some.map(lambda x: x if abs(x) < 1e300 else str(x))
    row = st.lists(cell, min_size=columns, max_size=columns).map(tuple)
    matrix = st.lists(row, min_size=rows, max_size=rows).map(tuple)
    places = st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1))
    wrong = tuple(sorted(draw(st.sets(places, min_size=1))))
    return Window(
        draw(st.sampled_from(["y", "一个张量", "blocks.0.attn.c_attn.weight.grad"])),
        (4, 40, 40),
        (1, draw(st.integers(0, 20)), draw(st.integers(0, 20))),
        draw(matrix),
        draw(matrix),
        wrong,
        len(wrong),
        draw(st.booleans()),
    )


@given(window=windows(), width=st.sampled_from([38, 76, 96]))
def test_the_first_wrong_cell_is_shown_and_marked_and_a_screen_is_not_overrun(window, width):
    shown = text(window, width)
    assert sum(line.count("◂") for line in shown) >= 1
    assert len(shown) <= 12
    assert max(map(cell_len, shown)) <= max(width, 45)


def test_expected_stands_beside_got_where_there_is_room():
    assert len(text(VALUES, 76)) == 5
    assert len(text(VALUES, 36)) == 10


def test_a_wrong_number_has_the_digits_that_tell_it_from_the_right_one():
    near = replace(VECTOR, expected=((1.0, 2.0, 3.0),), actual=((1.0, 2.0, 3.0000001),))
    assert "3.0000001◂" in text(near, 76)[2]


def test_a_part_of_a_tensor_says_which():
    assert (name(VALUES), name(WEIGHTS), name(VECTOR)) == ("y[1]", "weights", "a.grad")
    assert text(VALUES, 76)[1].split() == ["2", "3", "4", "2", "3", "4"]
    assert [line.split()[0] for line in text(VALUES, 76)[2:]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("weight", "block"),
    [(0.0, "·"), (0.01, "░"), (0.3, "▒"), (0.6, "▓"), (1.0, "█"), ("nan", "?"), (1.1, "?")],
)
def test_a_weight_is_a_shade(weight, block):
    assert shade(weight) == block


def test_weights_show_their_numbers_where_these_fit():
    assert "░0.10◂" in text(WEIGHTS, 76)[2]
    assert "░░◂" in text(WEIGHTS, 36)[2]
    assert numbers(WEIGHTS)[0][0] == ["1.00", "0.00", "0.00"]
