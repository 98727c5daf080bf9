"""The loss curve: well-formed, within its frame, with round numbers beside it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zth.render.curve import BOTTOM, LEFT, RIGHT, TOP, curve, overlaid, ticks

LOSSES = st.lists(st.floats(0.001, 1e4), max_size=30)


@given(LOSSES, LOSSES, st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
def test_it_is_always_well_formed(train: list[float], val: list[float], title: str) -> None:
    svg = curve(title, list(enumerate(train, 1)), [(8 * i, y) for i, y in enumerate(val)])
    found = ET.fromstring(svg)
    assert found[0].text == (title or None)
    assert "nan" not in svg.replace(title, "")


@pytest.mark.parametrize(
    ("train", "val"),
    [([], [(0.0, 4.2)]), ([(1.0, 2.0), (2.0, 2.0)], [(0.0, 2.0), (2.0, 2.0)]), ([(1.0, 3.0)], [])],
)
def test_a_short_or_flat_run_is_drawn(
    train: list[tuple[float, float]], val: list[tuple[float, float]]
) -> None:
    ET.fromstring(curve("short", train, val))


def test_the_fall_at_the_start_does_not_flatten_the_rest() -> None:
    train = [(float(i), 2.0 + 2.0 * (i < 5)) for i in range(1, 201)]
    svg = curve("run", train, [(0.0, 4.2), (100.0, 2.1), (200.0, 1.9)])
    assert "from 4.200" in svg
    dots = re.findall(r'<circle class="dot" cx="([\d.]+)" cy="([\d.]+)"', svg)
    assert len(dots) == 2
    for x, y in dots:
        assert LEFT <= float(x) <= RIGHT
        assert TOP <= float(y) <= BOTTOM


def test_a_long_run_stays_small() -> None:
    train = [(float(i), 2.0 + 1 / i) for i in range(1, 50_001)]
    assert len(curve("long", train, [])) < 8_000


def test_it_names_both_lines_and_knows_the_dark() -> None:
    svg = curve("a & b", [(1.0, 2.5), (2.0, 2.25)], [(2.0, 2.125)])
    assert "<title>a &amp; b</title>" in svg
    assert "validation 2.125" in svg
    assert "training 2.250" in svg
    assert "prefers-color-scheme: dark" in svg
    assert "<script" not in svg


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_round_and_inside(low: float, width: float) -> None:
    found = ticks(low, low + width)
    assert 1 <= len(found) <= 8
    for value in found:
        assert low - 1e-6 * width <= value <= low + width * (1 + 1e-6)


def test_models_are_drawn_over_each_other_a_line_a_seed() -> None:
    curves: dict[str, list[list[tuple[float, float]]]] = {
        "all <yours>": [[(30.0, 3.0), (60.0, 2.5)], [(30.0, 3.1), (60.0, 2.7)]],
        "fails": [[]],
        "all the reference's": [[(30.0, 2.8), (60.0, 2.3)]],
    }
    svg = overlaid("short runs", curves)
    ET.fromstring(svg)
    assert len(re.findall(r'class="model m0" d="M[^H"]*L', svg)) == 2
    assert len(re.findall(r'class="model m2" d="M[^H"]*L', svg)) == 1
    assert "all &lt;yours&gt; 2.600" in svg
    ET.fromstring(overlaid("nothing", {}))
