"""What `close` says of numbers that do not agree."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from grader.kit import Failed, Remote, close, gathered, milestone, property_check
from zth.records import Component, Window


def failure(actual: Any, expected: Any, **options: Any) -> Failed:
    with pytest.raises(Failed) as caught:
        close(actual, expected, **options)
    return caught.value


def test_the_window_holds_the_first_wrong_element_with_one_before_it():
    right = np.arange(2 * 20 * 30, dtype=float).reshape(2, 20, 30)
    got = right.copy()
    got[1, 7, 25] += 1
    got[1, 9, 29] += 1
    found = failure(got, right, what="y")
    assert found.message == "y[1, 7, 25] is 836, expected 835 (2 of 1200 elements differ)"
    [window] = found.windows
    assert (window.start, window.shape, window.differ) == ((1, 6, 22), (2, 20, 30), 2)
    assert (len(window.expected), len(window.expected[0])) == (6, 8)
    assert window.wrong == ((1, 3), (3, 7))
    assert (window.expected[1][3], window.actual[1][3]) == (835, 836)
    assert (found.expected, found.actual) == ("", "")


def test_a_list_is_a_window_of_one_row():
    [window] = failure([1.0, 2.5, float("nan")], [1.0, 2.0, 3.0], what="grad").windows
    assert window == Window(
        "grad", (3,), (0,), ((1.0, 2.0, 3.0),), ((1.0, 2.5, "nan"),), ((0, 1), (0, 2)), 2
    )


def test_one_number_needs_no_window():
    found = failure(np.ones((1, 1)), np.zeros((1, 1)), what="y")
    assert (found.windows, found.expected, found.actual) == ((), "0.0", "1.0")
    assert failure(np.float64(1), np.array(2.0)).windows == ()
    assert failure(1.0, 2.0).windows == ()


def test_numbers_have_six_digits_or_as_many_as_tell_them_apart():
    [window] = failure(np.array([1 / 3, 1.0 + 1e-9]), np.array([1 / 3, 1.0]), rtol=0).windows
    assert window.actual == ((0.333333, 1.000000001),)


def test_weights_are_asked_for_after_a_failure_alone():
    close(np.ones(2), np.ones(2), weights=lambda: pytest.fail("nothing failed"))
    right = np.tril(np.full((1, 20, 20), 0.25))
    got = np.full((1, 20, 20), 0.25)
    found = failure(np.ones(2), np.zeros(2), weights=lambda: (got, right))
    of_y, of_weights = found.windows
    assert (of_y.weights, of_weights.weights) == (False, True)
    assert (len(of_weights.actual), len(of_weights.actual[0])) == (12, 12)
    assert of_weights.wrong[0] == (0, 1)


@pytest.mark.parametrize("got", [None, np.ones((2, 2)), np.eye(3)])
def test_weights_that_cannot_be_had_or_are_right_are_not_shown(got):
    found = failure(np.ones(2), np.zeros(2), weights=lambda: (got, np.eye(3)))
    assert [w.weights for w in found.windows] == [False]


def test_checks_of_several_modules_are_gathered_in_their_order():
    @property_check(Component("mean", "", "", ""), points=1, case=st.none())
    def is_right(remote: Remote, case: None) -> None:
        """It is right."""

    @milestone(Component("mean", "", "", ""))
    def arrives(remote: Remote, seed: int) -> str:
        """It arrives."""
        return ""

    first, second = ModuleType("first"), ModuleType("second")
    vars(first).update(is_right=is_right, other=3)
    vars(second).update(arrives=arrives, again=is_right)
    assert gathered(first, second) == {"mean.is_right": is_right, "mean.arrives": arrives}
    assert list(gathered(second, first)) == ["mean.arrives", "mean.is_right"]
