"""Plots: where points lie, what is said to whom."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from grader.figures.plot import LEFT, RIGHT, TALL, Axis, Line, Panel, linear, powers, svg

NAMESPACE = "{http://www.w3.org/2000/svg}"
ACROSS = linear("step", 0, 10)
UP = powers("loss", [0.1, 1, 10], "{:g}".format)


def panel(*lines: Line) -> Panel:
    return Panel("A title & more", ACROSS, UP, lines)


@pytest.mark.parametrize(
    ("axis", "value", "share"), [(ACROSS, 0, 0), (ACROSS, 2.5, 0.25), (UP, 0.1, 0), (UP, 1, 0.5)]
)
def test_an_axis_is_linear_or_logarithmic(axis: Axis, value: float, share: float) -> None:
    assert axis.share(value) == pytest.approx(share)


def test_labels_are_round_numbers_within_the_axis() -> None:
    assert [label for _, label in linear("", 0, 300).labels] == [
        "0",
        "50",
        "100",
        "150",
        "200",
        "250",
        "300",
    ]
    assert UP.labels == [(0.1, "0.1"), (1, "1"), (10, "10")]


def test_the_ends_of_the_axes_are_the_corners_of_the_inside() -> None:
    drawn = panel()
    assert drawn.place((0, 10)) == (LEFT, drawn.top)
    assert drawn.place((10, 0.1)) == (RIGHT, drawn.top + TALL)


def test_a_legend_is_there_for_two_lines_and_not_for_one() -> None:
    one, two = panel(Line("a", [])), panel(Line("a", []), Line("b", [], kind=1))
    assert (len(one.named), len(two.named)) == (0, 2)
    assert two.top > one.top


def test_a_drawing_is_well_formed_and_says_what_it_shows() -> None:
    lines = [Line("a < b", [(1, 1), (2, 1)], [(1, 0.5, 2), (2, 0.5, 2)], marked=True)]
    drawn = svg("name", "Title", "What is seen", [panel(*lines), panel()])
    root = ET.fromstring(drawn)
    texts = [text.text for text in root.iter(f"{NAMESPACE}text")]
    assert texts.count("A title & more") == 2
    assert root.get("aria-labelledby") == "name-title name-about"
    said = {child.get("id"): child.text for child in root if child.get("id")}
    assert said == {"name-title": "Title", "name-about": "What is seen"}


def test_no_two_parts_of_a_drawing_have_the_same_id() -> None:
    drawn = ET.fromstring(svg("name", "", "", [panel(), panel()]))
    ids = [part.get("id") for part in drawn.iter() if part.get("id")]
    assert len(ids) == len(set(ids))


def test_lines_differ_in_more_than_their_colour() -> None:
    drawn = svg("name", "", "", [panel(*(Line(str(i), [(1, 1)], kind=i) for i in range(5)))])
    paths = [p for p in ET.fromstring(drawn).iter(f"{NAMESPACE}path") if p.get("class") == "line"]
    assert len({p.get("stroke-dasharray") for p in paths}) == 5
