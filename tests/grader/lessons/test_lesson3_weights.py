"""Lesson 3: a failure of attention shows which weights are wrong."""

from __future__ import annotations

import pytest

from grader.kit import Failed
from grader.lessons.lesson3_attention.checks.judging import matches
from grader.lessons.lesson3_attention.strategies.functions import QKV
from zth.host import Raised

torch = pytest.importorskip("torch")

CASE = QKV((2,), 3, 3, 2, 2, causal=True, seed=5)


def attention(q, k, v, is_causal=False, sees_ahead=0):
    """Right, but for a mask that sees so many positions ahead."""
    seen = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool)
    if is_causal:
        seen = seen.tril(k.shape[-2] - q.shape[-2] + sees_ahead)
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, seen)


def calling(function):
    """Calls the driver here, with this function as the learner's."""
    return lambda play, *args: play(function, *args)


def test_right_weights_are_not_asked_for():
    assert matches(calling(attention), CASE).y.shape == (2, 3, 2)


def test_a_mask_that_sees_the_next_position_shows_in_the_weights():
    def wrong(q, k, v, is_causal=False):
        return attention(q, k, v, is_causal, sees_ahead=1)

    with pytest.raises(Failed) as caught:
        matches(calling(wrong), CASE)
    of_y, of_weights = caught.value.windows
    assert (of_y.weights, of_weights.weights) == (False, True)
    assert of_weights.expected[0][1:] == (0.0, 0.0)
    assert of_weights.actual[0][1] > 0
    assert of_weights.actual[2] == of_weights.expected[2]
    assert not [(row, column) for row, column in of_weights.wrong if row == 2]


def test_who_takes_no_other_values_is_told_of_y_alone():
    def picky(q, k, v, is_causal=False):
        if v.shape[-1] != CASE.dv:
            raise Raised("ValueError", "other values", ())
        return 2 * attention(q, k, v, is_causal)

    with pytest.raises(Failed) as caught:
        matches(calling(picky), CASE)
    assert [window.weights for window in caught.value.windows] == [False]
