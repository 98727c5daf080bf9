"""Lesson 8's instruments: what was measured is what NumPy says of such a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.figures import layer_diagnostics, record
from grader.lessons.lesson8_normalization import spirals

KEPT = record.read("layer_diagnostics")["data"]["gains"]
ROWS = pytest.mark.parametrize("row", KEPT, ids=lambda row: f"gain {row['gain']:.2g}")


@ROWS
def test_the_area_of_a_histogram_is_1(row: dict[str, Any]) -> None:
    edges = np.array(row["edges"])
    assert (np.array(row["density"]) * np.diff(edges)).sum() == pytest.approx(1, abs=0.01)
    assert np.abs(edges).max() <= 1


@ROWS
def test_the_outputs_are_as_large_as_those_of_other_weights(row: dict[str, Any]) -> None:
    """In the first layers: chance adds up in the others."""
    draw, width = np.random.default_rng(0), layer_diagnostics.WIDTH
    x = spirals.points(layer_diagnostics.ROWS, draw)[0]
    h = x @ draw.normal(size=(2, width)) / np.sqrt(2)
    for std in row["std"][:5]:
        h = np.tanh(h @ draw.normal(size=(width, width)) * row["gain"] / np.sqrt(width))
        assert h.std() == pytest.approx(std, rel=0.25)


def test_only_the_right_gain_keeps_both_sizes() -> None:
    small, right, large = KEPT
    assert small["std"][-1] < 0.3 * small["std"][0]
    assert 0.8 < right["std"][-1] / right["std"][0] < 1.25
    assert large["saturation"][-1] > 0.3 > 0.1 > right["saturation"][-1]
    assert large["gradient"][0] / large["gradient"][-1] > 100
