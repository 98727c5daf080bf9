"""What is counted over a class."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.classroom import gradebook, statistics
from grader.classroom.records import Grade
from grader.classroom.statistics import Bin, LessonCount, Mistake
from tests.grader.classroom.made_up import (
    ALSO_RIGHT,
    BREACH,
    CRASHED,
    RIGHT,
    STUB,
    TIMED_OUT,
    WRONG,
    Class,
    mistaken,
    verdict,
)
from zth.records import Verdict


@pytest.fixture
def made(tmp_path: Path) -> Class:
    return Class(tmp_path / "class")


def count(made: Class) -> LessonCount:
    """What is counted of lesson 1."""
    return statistics.count(gradebook.read(made.room, made.store), made.store.grades())[0]


def test_each_student_counts_once_by_the_submission_that_counts(made: Class) -> None:
    made.hand_in("anna", "lesson1", RIGHT, WRONG)
    made.hand_in("anna", "lesson1", RIGHT, ALSO_RIGHT)
    made.hand_in("anna", "lesson1", STUB)
    made.hand_in("ben", "lesson1", RIGHT, WRONG)
    made.hand_in("chen", "lesson1", fault="no space left")
    found = count(made)
    assert found.graded == 2
    assert found.checks[WRONG.id].verdicts == {Verdict.PASSED: 1, Verdict.FAILED: 1}
    assert found.checks[RIGHT.id].verdicts == {Verdict.PASSED: 2}
    assert found.shares == [0.4, 1.0]


def test_a_regrade_is_counted_in_place_of_the_first(made: Class) -> None:
    first = made.hand_in("anna", "lesson1", RIGHT, WRONG)
    better = made.hand_in("ben", "lesson1", RIGHT, ALSO_RIGHT).outcome
    made.store.record(first.submission.id, replace(better, key="new"), "the check was wrong")
    assert count(made).checks[WRONG.id].verdicts == {Verdict.PASSED: 2}


def test_the_checks_come_in_the_order_of_what_was_not_understood(made: Class) -> None:
    passed, failed, not_yet = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_IMPLEMENTED
    made.hand_in(
        "anna", "lesson1", verdict("a", passed), verdict("b", failed), verdict("c", passed)
    )
    made.hand_in(
        "ben", "lesson1", verdict("a", passed), verdict("b", passed), verdict("c", not_yet)
    )
    made.hand_in(
        "dora",
        "lesson1",
        verdict("a", Verdict.TIMED_OUT),
        verdict("b", Verdict.CRASHED),
        verdict("c", Verdict.FLAKY),
    )
    assert [(c.id, c.wrong) for c in count(made).hardest()] == [("b", 2), ("c", 1), ("a", 1)]


def test_what_was_not_tried_is_not_wrong(made: Class) -> None:
    made.hand_in("anna", "lesson1", STUB, CRASHED, TIMED_OUT, verdict("s", Verdict.SKIPPED))
    found = {check.id: check.wrong for check in count(made).checks.values()}
    assert found == {STUB.id: 0, CRASHED.id: 1, TIMED_OUT.id: 1, "s": 0}


def test_a_mistake_counts_once_for_each_student(made: Class) -> None:
    twice = [mistaken("Each position sees the next."), mistaken("Each position sees the next.")]
    made.hand_in("anna", "lesson1", *twice, mistaken("No scale.", "docs/toy.md#scale"))
    made.hand_in("ben", "lesson1", twice[0], breaches=(BREACH, BREACH))
    found = count(made)
    assert found.mistakes == {
        Mistake("Each position sees the next.", "docs/toy.md#mask"): 2,
        Mistake("No scale.", "docs/toy.md#scale"): 1,
    }
    assert found.forbidden == {BREACH.name: 1}


def test_late_is_who_loses_by_it(made: Class) -> None:
    made.hand_in("anna", "lesson1", RIGHT, hours=0.1)
    made.hand_in("ben", "lesson1", RIGHT, hours=3)
    assert count(made).late == 1


def test_few_points_have_a_bin_each(made: Class) -> None:
    made.hand_in("anna", "lesson1", RIGHT, WRONG)
    made.hand_in("ben", "lesson1", RIGHT, ALSO_RIGHT)
    made.hand_in("chen", "lesson1", STUB, replace(WRONG, id="x", points=2))
    found = count(made).histogram()
    assert [b.students for b in found if b.least == b.most] == [1, 0, 1, 0, 0, 1]


def test_nobody_has_no_histogram_and_all_zero_has_one(made: Class) -> None:
    assert count(made).histogram() == []
    made.hand_in("anna", "lesson1", STUB)
    assert count(made).histogram() == [Bin(0, 0, 1), Bin(1, 1, 0), Bin(2, 2, 0), Bin(3, 3, 0)]


def test_a_lesson_without_points_divides_by_nothing(made: Class) -> None:
    made.hand_in("anna", "lesson1", replace(WRONG, points=0))
    found = count(made)
    assert (found.shares, found.histogram()) == ([0.0], [])


@settings(derandomize=True)
@given(st.integers(1, 200), st.data())
def test_every_student_is_in_one_bin(points: int, data: st.DataObject) -> None:
    earned = data.draw(st.lists(st.integers(0, points), min_size=1, max_size=30))
    found = LessonCount("x", earned=[(e, points) for e in earned]).histogram()
    assert len(found) <= 13
    assert [b.least for b in found[1:]] == [b.most + 1 for b in found[:-1]]
    assert (found[0].least, found[-1].least, found[-1].most) == (0, points, points)
    for b in found:
        assert b.students == sum(b.least <= e <= b.most for e in earned)


def test_what_cannot_be_read_is_told_and_its_points_count(made: Class) -> None:
    grade = made.hand_in("anna", "lesson1", RIGHT)
    old = replace(grade.outcome, key="old", report='{"format": "of another version"}')
    made.store.record(grade.submission.id, old, "x")
    found = count(made)
    assert (found.unreadable, found.graded, found.checks) == (1, 1, {})


def test_reports_are_in_memory_one_after_the_other(made: Class) -> None:
    """What is kept does not grow with the reports; of a grade that was counted nothing is left."""
    alive: weakref.WeakSet[Grade] = weakref.WeakSet()
    most = 0

    def watched() -> Iterator[Grade]:
        nonlocal most
        for grade in grades:
            fresh = replace(grade)
            alive.add(fresh)
            yield fresh
            del fresh
            most = max(most, len(alive))

    for student in ("anna", "ben", "chen", "dora"):
        made.hand_in(student, "lesson1", RIGHT, WRONG)
    book = gradebook.read(made.room, made.store)
    grades = list(made.store.grades())
    assert statistics.count(book, watched())[0].graded == 4
    assert most <= 2
