"""Lesson 8's curves: of the milestone's own networks, and what the page says of them."""

from __future__ import annotations

from grader.figures import depth_that_trains, record
from grader.lessons.lesson8_normalization import milestones, spirals

KEPT = record.read("depth_that_trains")["data"]


def test_the_depths_are_those_of_the_milestone() -> None:
    assert tuple(KEPT["depths"]) == milestones.DEPTHS
    assert tuple(KEPT["rates"]) == depth_that_trains.RATES


def test_plain_networks_stop_and_residual_ones_do_not() -> None:
    plain, residual = KEPT["by_depth"]
    assert all(row[0] >= spirals.ENOUGH > 0.5 > row[-1] for row in plain["shares"])
    assert all(min(row) >= spirals.ENOUGH for row in residual["shares"])


def test_the_largest_rate_is_that_of_the_curve() -> None:
    for row in KEPT["by_rate"]:
        assert row["largest"] == [depth_that_trains._largest(s) for s in row["shares"]]
    first, second = depth_that_trains.RATES[:2]
    assert depth_that_trains._largest([0.95, 0.5, 0.95, 0.95, 0.95, 0.95]) == first
    assert depth_that_trains._largest([0.95, 0.95, 0.5, 0.95, 0.95, 0.95]) == second
    assert depth_that_trains._largest([0.5] * 6) == 0
