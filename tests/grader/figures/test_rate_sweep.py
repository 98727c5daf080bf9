"""Lesson 7's sweep: what the data say of themselves, and that the command makes them again."""

from __future__ import annotations

import pytest

from grader.figures import rate_sweep, record
from grader.lessons.lesson7_mlp import oracle

KEPT = record.read("rate_sweep")["data"]


def test_losses_are_smoothed_and_the_lowest_is_found():
    rates, losses = (
        [0.001 * 2.0**i for i in range(9)],
        [5.0, 4.0, 3.0, 2.0, 1.0, 1.0, 9.0, 9.0, 9.0],
    )
    found = rate_sweep._swept(rates, losses)
    smooth = oracle.smoothed(losses, rate_sweep.SMOOTHING)
    assert [loss for _, loss in found["losses"]] == pytest.approx(smooth.tolist(), abs=1e-4)
    assert found["lowest"] == pytest.approx(rates[int(smooth.argmin())], rel=1e-2)
    assert found["chosen"] == pytest.approx(found["lowest"] / 3, rel=1e-2)


def test_the_rates_that_are_chosen_are_good_ones():
    """Training at a rate near the chosen ones ends below training at a tenth of it."""
    losses = {run["rate"]: run["loss"] for run in KEPT["runs"]}
    for sweep in KEPT["sweeps"]:
        near = min(losses, key=lambda rate: abs(rate - sweep["chosen"]))
        assert losses[near] < losses[0.01] - 0.1


@pytest.mark.slow
def test_the_data_are_made_again_by_the_command():
    data = rate_sweep.measure(0, lambda _: None)
    assert data["source"] == KEPT["source"]
    for kept, now in zip(KEPT["sweeps"], data["sweeps"], strict=True):
        assert now["losses"][0] == pytest.approx(kept["losses"][0], rel=1e-3)
    for before, after in zip(KEPT["runs"], data["runs"], strict=True):
        assert after["loss"] == pytest.approx(before["loss"], abs=0.02)
