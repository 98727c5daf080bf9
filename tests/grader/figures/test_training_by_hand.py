"""Lesson 9's two runs: what the data say of themselves, and that the command makes them again."""

from __future__ import annotations

import numpy as np
import pytest

from grader.figures import hand_driver, record, training_by_hand
from grader.lessons.lesson9_backprop.milestones import STEPS, start
from tests.grader.lessons.test_lesson9 import by_autograd

torch = pytest.importorskip("torch")

KEPT = record.read("training_by_hand")["data"]


def test_both_runs_are_one():
    assert KEPT["steps"] == STEPS
    assert KEPT["parameters"] == 12_297
    assert KEPT["farthest"] < 1e-9
    assert KEPT["losses_apart"] < 1e-6
    for _, hand, autograd in KEPT["losses"]:
        assert hand == pytest.approx(autograd, abs=2e-4)


def test_the_short_forms_are_faster_than_the_steps():
    taken = KEPT["microseconds"]
    assert taken["fused"] < taken["steps"]


def test_a_gradient_that_is_off_shows():
    """Of two ways, one is autograd's, and the other makes every gradient a little larger."""
    draw = np.random.default_rng(0)
    p, (x, y) = start(5, 0), (draw.integers(0, 5, (4, 3)), draw.integers(0, 5, 4))
    _, right = by_autograd(p, x, y)
    right = {name: torch.tensor(a) for name, a in right.items()}
    assert hand_driver._apart(right, right) == 0
    off = {name: a * (1 + 1e-3) for name, a in right.items()}
    assert hand_driver._apart(off, right) == pytest.approx(1e-3)


def test_powers_are_written_out():
    assert training_by_hand._power(1e-6) == "10⁻⁶"


@pytest.mark.slow
def test_the_data_are_made_again_by_the_command():
    data = training_by_hand.measure(0, lambda _: None)
    np.testing.assert_allclose(data["losses"], KEPT["losses"], atol=1e-3)
