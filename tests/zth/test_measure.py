"""The measure: right numbers, and nothing that is no distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from zth import measure
from zth.measure import Unmeasurable


def scores(seed: int, N: int, T: int, V: int, size: float = 3.0) -> NDArray[Any]:
    return np.random.default_rng(seed).normal(0, size, (N, T, V)).astype(np.float32)


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 5), st.integers(1, 9))
def test_losses_are_those_of_the_plain_formula(seed: int, N: int, T: int, V: int) -> None:
    s = scores(seed, N, T, V)
    targets = np.random.default_rng(seed).integers(0, V, (N, T))
    got = measure.losses(s, targets, V)
    for n in range(N):
        for t in range(T):
            row = [float(x) for x in s[n, t]]
            expected = math.log(math.fsum(math.exp(x) for x in row)) - row[targets[n, t]]
            assert got[n, t] == pytest.approx(expected, abs=1e-12)


def test_a_constant_added_to_all_scores_changes_nothing() -> None:
    s, targets = scores(0, 2, 3, 5), np.zeros((2, 3), np.int64)
    shifted = s.astype(np.float64) + 1e4
    np.testing.assert_allclose(
        measure.losses(shifted, targets, 5), measure.losses(s.astype(np.float64), targets, 5)
    )


def test_claimed_probabilities_above_one_are_normalised_away() -> None:
    """A model cannot say that every token is certain."""
    certain = np.zeros((1, 4, 10), np.float32)
    got = measure.losses(certain, np.arange(4)[None], 10)
    np.testing.assert_allclose(got, math.log(10))


def test_huge_scores_do_not_overflow() -> None:
    s = np.array([[[1e30, -1e30]]], np.float32)
    assert measure.losses(s, np.array([[0]]), 2)[0, 0] == 0
    assert measure.losses(s, np.array([[1]]), 2)[0, 0] == pytest.approx(2e30)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_no_numbers_are_refused(bad: float) -> None:
    s = scores(0, 2, 3, 5)
    s[1, 2, 4] = bad
    with pytest.raises(Unmeasurable, match="NaN or infinity"):
        measure.losses(s, np.zeros((2, 3), np.int64), 5)


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3), (3, 2, 5), (2, 3, 5, 1)])
def test_scores_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(Unmeasurable, match=r"expected \(2, 3, 5\)"):
        measure.losses(np.zeros(shape, np.float32), np.zeros((2, 3), np.int64), 5)


@given(st.integers(2, 200), st.integers(1, 20))
def test_windows_predict_each_token_once_and_in_order(count: int, length: int) -> None:
    tokens = np.arange(count)
    if count <= length:
        with pytest.raises(Unmeasurable, match="too few"):
            measure.windows(tokens, length)
        return
    inputs, targets = measure.windows(tokens, length)
    assert inputs.shape == targets.shape == ((count - 1) // length, length)
    np.testing.assert_array_equal(targets.ravel(), np.arange(1, targets.size + 1))
    np.testing.assert_array_equal(inputs + 1, targets)


def test_the_interval_holds_the_truth_19_times_out_of_20() -> None:
    draw = np.random.default_rng(0)
    hits = 0
    for _ in range(400):
        loss = measure.summary(draw.exponential(2.0, (200, 8)))
        hits += abs(loss.mean - 2.0) <= loss.margin
    assert 0.92 <= hits / 400 <= 0.98


def test_one_window_leaves_the_interval_open() -> None:
    loss = measure.summary(np.ones((1, 4)))
    assert (loss.mean, loss.margin, loss.tokens) == (1.0, math.inf, 4)


def causal(inputs: NDArray[Any]) -> NDArray[Any]:
    """A model that looks at all that came before, and at nothing else."""
    seen = np.cumsum(np.eye(7)[inputs], axis=1)
    return np.cos(seen)


def peeking(inputs: NDArray[Any]) -> NDArray[Any]:
    """The same, but one position in eight knows the next token."""
    scores = causal(inputs)
    scores[:, :-1:8] += np.eye(7)[inputs[:, 1::8]]
    return scores


def neighbourly(inputs: NDArray[Any]) -> NDArray[Any]:
    """The same, but with an eye on the first row of the batch."""
    scores = causal(inputs)
    return scores + 0.1 * scores[:1]


def furthest(model: Callable[[NDArray[Any]], NDArray[Any]], T: int) -> float:
    """How far the model's scores of the past move."""
    rows = np.random.default_rng(0).integers(0, 7, (64, T))
    asked = measure.Questions.about(rows, 200, seed=0)
    first, again = (measure.log_softmax(model(x), (*x.shape, 7)) for x in (rows, asked.inputs))
    return float(asked.moved(first, again).max())


@pytest.mark.parametrize("T", [1, 2, 16])
def test_a_model_that_looks_back_only_stays_where_it_was(T: int) -> None:
    assert furthest(causal, T) == 0


@pytest.mark.parametrize("model", [peeking, neighbourly])
def test_a_model_that_looks_elsewhere_now_and_then_moves(
    model: Callable[[NDArray[Any]], NDArray[Any]],
) -> None:
    assert furthest(model, 16) > measure.AGREE


def test_questions_ask_about_every_window_with_its_past_and_another_future() -> None:
    rows = np.arange(5)[:, None] * 100 + np.arange(8)
    asked = measure.Questions.about(rows, 12, seed=1)
    assert asked.inputs.shape == asked.past.shape == (12, 8)
    assert set(asked.rows) == set(range(5))
    assert asked.past[:, 0].all()
    assert not asked.past[:, -1].any()
    np.testing.assert_array_equal(asked.inputs[asked.past], rows[asked.rows][asked.past])
    np.testing.assert_array_equal(asked.inputs % 100, np.broadcast_to(np.arange(8), (12, 8)))
    assert (asked.inputs != rows[asked.rows]).any()
