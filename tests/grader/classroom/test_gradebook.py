"""Who has what: what counts, what was refused, what could not be graded, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom import gradebook
from grader.classroom.gradebook import Gradebook, Row, Status
from tests.grader.classroom.made_up import ALSO_RIGHT, RIGHT, WRONG, Class


def book(made: Class) -> Gradebook:
    return gradebook.read(made.room, made.store)


def rows(made: Class) -> dict[str, Row]:
    return {row.student.id: row for row in book(made).rows()}


def statuses(row: Row) -> list[str]:
    return [entry.status.value for entry in row.entries.values()]


@pytest.fixture
def made(tmp_path: Path) -> Class:
    return Class(tmp_path / "class")


def test_everybody_on_the_roster_has_a_row_in_its_order(made: Class) -> None:
    made.hand_in("ben", "lesson1", RIGHT, WRONG)
    found = rows(made)
    assert list(found) == ["anna", "ben", "chen", "dora"]
    assert statuses(found["ben"]) == ["graded", "missing"]
    assert statuses(found["anna"]) == ["missing", "missing"]
    assert found["anna"].total == 0
    assert found["ben"].total == pytest.approx(0.25 * 2 / 5)


def test_one_submission_counts_and_what_being_late_costs_is_known(made: Class) -> None:
    made.hand_in("anna", "lesson1", RIGHT, WRONG)
    made.hand_in("anna", "lesson1", RIGHT, ALSO_RIGHT, hours=30)
    one = rows(made)["anna"].entries["lesson1"].counted
    assert one is not None
    assert (one.factor, one.score, one.grade.outcome.report) == (0.8, 4.0, "")


def test_what_could_not_be_graded_is_withheld_where_nothing_else_counts(made: Class) -> None:
    made.hand_in("anna", "lesson1", fault="no space left")
    made.hand_in("ben", "lesson1", fault="no space left")
    made.hand_in("ben", "lesson1", RIGHT)
    found = rows(made)
    assert statuses(found["anna"])[0] == "withheld"
    assert found["anna"].entries["lesson1"].problem == "no space left"
    assert statuses(found["ben"])[0] == "graded"
    assert [grade.submission.student for grade in book(made).faults] == ["anna", "ben"]


def test_a_refusal_is_told_until_something_better_comes(made: Class) -> None:
    made.refuse("anna", "too large")
    made.refuse("ben", "too large")
    made.hand_in("ben", "lesson1", RIGHT)
    made.refuse("chen", "too large")
    made.hand_in("chen", "lesson1", RIGHT)
    made.refuse("chen", "no zip")
    found = rows(made)
    assert statuses(found["anna"]) == ["refused", "refused"]
    assert statuses(found["ben"]) == ["graded", "missing"]
    assert statuses(found["chen"]) == ["graded", "refused"]
    assert found["chen"].entries["lesson3"].problem == "no zip"
    assert [one.mended for one in book(made).refusals] == [False, True, True, False]


def test_who_is_not_on_the_roster_comes_after_it(made: Class) -> None:
    made.hand_in("zoe", "lesson3", RIGHT)
    made.refuse("yan", "too large")
    made.refuse("", "nobody's")
    last = list(rows(made).values())[4:]
    assert [(row.student.id, row.on_roster) for row in last] == [("yan", False), ("zoe", False)]
    assert statuses(last[1]) == ["missing", "graded"]


def test_a_student_is_the_same_in_capitals(made: Class) -> None:
    made.hand_in("ANNA", "lesson1", RIGHT)
    assert statuses(rows(made)["anna"]) == ["graded", "missing"]
    assert book(made).strangers == []


def test_without_a_roster_everybody_counts(tmp_path: Path) -> None:
    made = Class(tmp_path / "class", roster="student\n")
    made.hand_in("zoe", "lesson3", RIGHT)
    assert list(rows(made)) == ["zoe"]


def test_an_empty_class_is_empty(tmp_path: Path) -> None:
    found = book(Class(tmp_path / "class", roster="student\n"))
    assert list(found.rows()) == []
    assert (found.points("lesson1"), found.submissions, found.strangers) == (0, 0, [])


def test_a_lesson_is_worth_the_most_that_it_was(made: Class) -> None:
    made.hand_in("anna", "lesson1", RIGHT)
    made.hand_in("ben", "lesson1", RIGHT, replace(WRONG, points=8))
    assert book(made).points("lesson1") == 10
    assert rows(made)["anna"].entries["lesson1"].status is Status.GRADED
