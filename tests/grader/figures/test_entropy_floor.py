"""The runs towards an entropy: they begin above it, and end where the milestone wants them."""

from __future__ import annotations

from statistics import mean

import pytest

from grader.figures import entropy_floor, record
from grader.lessons.lesson5_gpt.milestones import FLOOR, FLOOR_BUDGET

KEPT = record.read("entropy_floor")["data"]


@pytest.mark.parametrize("source", ["markov", "copy"])
def test_every_seed_nears_the_source_and_stays_above_it(source: str) -> None:
    for curve in KEPT[source]["curves"]:
        steps, excess = zip(*curve, strict=True)
        assert steps == tuple(range(0, FLOOR_BUDGET.steps + 1, entropy_floor.EVERY))
        assert excess[0] > 0.5
        assert 0 < excess[-1] < FLOOR


@pytest.mark.parametrize("source", ["markov", "copy"])
def test_what_a_page_quotes_is_of_the_curves(source: str) -> None:
    ends = [curve[-1][1] for curve in KEPT[source]["curves"]]
    assert len(ends) == entropy_floor.SEEDS
    assert KEPT[source]["end"] == pytest.approx(mean(ends), abs=1e-4)
    assert KEPT[source]["largest"] == max(ends)
