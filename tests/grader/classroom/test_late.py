"""What counts, and what being late costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.classroom.late import counted, factor, total
from grader.classroom.records import Grade, Outcome, Submission
from grader.classroom.settings import Late, LessonRule, Settings

DUE = datetime(2026, 10, 1, 22, 0, tzinfo=UTC)
LATE = Late(grace_minutes=15, per_day=0.1, days=7)


def grade(
    hours: float, earned: int, lesson: str = "lesson1", student: str = "anna", fault: str = ""
) -> Grade:
    received = DUE + timedelta(hours=hours)
    outcome = Outcome("k", lesson, "d", 10, earned, 1.0, "bwrap", "s", "g", "", fault)
    id = int(received.timestamp()) + earned
    return Grade(Submission(student, received, "d", "x", id=id), outcome, received)


@pytest.mark.parametrize(
    ("hours", "kept"),
    [
        (-100, 1.0),
        (0, 1.0),
        (0.25, 1.0),
        (0.26, 0.9),
        (24, 0.9),
        (24.01, 0.8),
        (7 * 24, 0.3),
        (7 * 24 + 0.01, 0.0),
    ],
)
def test_each_day_that_has_begun_costs_after_the_grace(hours: float, kept: float) -> None:
    assert factor(DUE + timedelta(hours=hours), DUE, LATE) == pytest.approx(kept)


def test_a_time_zone_is_no_excuse_and_no_harm() -> None:
    there = (DUE + timedelta(minutes=10)).astimezone(timezone(timedelta(hours=-11)))
    assert factor(there, DUE, LATE) == 1.0


@given(st.floats(-500, 500), st.floats(0, 500))
def test_later_is_never_better(hours: float, more: float) -> None:
    one, two = (factor(DUE + timedelta(hours=h), DUE, LATE) for h in (hours, hours + more))
    assert 0.0 <= two <= one <= 1.0


def settings(counts: str = "best") -> Settings:
    rules = (LessonRule("lesson1", weight=3, due=DUE), LessonRule("lesson2", weight=1))
    return Settings(title="x", lessons=rules, late=LATE, counts=counts)  # type: ignore[arg-type]


def test_the_best_counts_after_what_being_late_costs() -> None:
    found = counted([grade(-1, 8), grade(30, 9), grade(-2, 8), grade(2, 3)], settings())
    [(place, one)] = found.items()
    assert place == ("anna", "lesson1")
    assert (one.score, one.late) == (8, timedelta())
    assert one.grade.submission.received == DUE - timedelta(hours=2)


def test_or_the_last_one_does() -> None:
    one = counted([grade(2, 3), grade(-1, 8)], settings("last"))["anna", "lesson1"]
    assert one.score == pytest.approx(2.7)
    assert one.late == timedelta(hours=2)


def test_what_was_withheld_or_is_of_no_lesson_of_the_class_counts_nowhere() -> None:
    assert counted([grade(0, 0, fault="ours"), grade(0, 5, "lesson99")], settings()) == {}


def test_weights_make_the_total() -> None:
    found = counted([grade(0, 5), grade(0, 10, "lesson2")], settings())
    assert total("anna", found, settings()) == pytest.approx((3 * 0.5 + 1 * 1.0) / 4)
    assert total("nobody", found, settings()) == 0.0
