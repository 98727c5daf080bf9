"""Submissions, outcomes and the log of grades, as they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from grader.classroom.records import Outcome, Submission
from grader.classroom.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Submission("anna", NOON, "d1", "anna.zip")
OUTCOME = Outcome("k1", "lesson1", "d1", 10, 7, 1.5, "bwrap", "s1", "0.3", '{"lessons": []}')
FAULT = replace(OUTCOME, earned=0, fault="the nursery did not start")


# --- runs -----------------------------------------------------------------------------------------


def test_a_run_is_unfinished_until_it_is_finished(store: Store) -> None:
    assert store.unfinished() is None
    id = store.begin("submissions", ["lesson1", "lesson3"])
    run = store.unfinished()
    assert run is not None
    assert (run.id, run.source, run.lessons) == (id, "submissions", ("lesson1", "lesson3"))
    assert run.finished is None
    assert run.started <= datetime.now(UTC)
    store.finish(id)
    assert store.unfinished() is None


def test_an_older_run_that_was_given_up_does_not_come_back(store: Store) -> None:
    store.begin("submissions", ["lesson1"])
    store.finish(store.begin("submissions", ["lesson1"]))
    assert store.unfinished() is None


# --- submissions ----------------------------------------------------------------------------------


def test_the_same_submission_is_added_once(store: Store) -> None:
    anna = store.add(ANNA)
    assert anna == replace(ANNA, id=anna.id)
    assert store.add(replace(ANNA, commit="other", problem="other")) == anna
    assert store.submission(anna.id) == anna
    assert store.submission(anna.id + 1) is None


def test_a_submission_that_differs_is_another(store: Store) -> None:
    others = [
        replace(ANNA, student="ann", digest="ad1"),
        replace(ANNA, digest=""),
        replace(ANNA, source="Anna.zip"),
        replace(ANNA, received=NOON + timedelta(microseconds=1)),
    ]
    added = [store.add(submission) for submission in [ANNA, *others]]
    assert store.submissions() == added
    assert len({submission.id for submission in added}) == 5
    assert store.submissions("ann") == [added[1]]
    assert store.submissions("nobody") == []


def test_a_time_is_the_same_in_every_time_zone(store: Store) -> None:
    abroad = store.add(replace(ANNA, received=NOON.astimezone(timezone(timedelta(hours=9)))))
    assert store.add(ANNA) == abroad
    assert store.submissions()[0].received == NOON
    assert store.submissions()[0].received.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_a_mistake(store: Store) -> None:
    with pytest.raises(Exception, match="no time zone"):
        store.add(replace(ANNA, received=NOON.replace(tzinfo=None)))
    assert store.submissions() == []


# --- outcomes -------------------------------------------------------------------------------------


def test_an_outcome_is_known_by_its_key(store: Store) -> None:
    anna = store.add(ANNA)
    grade = store.record(anna.id, OUTCOME)
    assert (grade.submission, grade.outcome, grade.reason) == (anna, OUTCOME, "graded")
    assert store.known(["k1", "k2"]) == {"k1": OUTCOME}
    assert store.known([]) == {}


def test_many_keys_are_known_at_once(store: Store) -> None:
    anna = store.add(ANNA)
    for number in (0, 700, 1400):
        store.record(anna.id, replace(OUTCOME, key=f"k{number}"))
    assert store.known(f"k{number}" for number in range(1500)).keys() == {"k0", "k700", "k1400"}


def test_a_key_has_one_outcome(store: Store) -> None:
    """Two students with the same files have the same grade, whatever a busy machine made of it."""
    anna, ben = store.add(ANNA), store.add(replace(ANNA, student="ben"))
    store.record(anna.id, OUTCOME)
    grade = store.record(ben.id, replace(OUTCOME, earned=3, seconds=9.0))
    assert grade.outcome == OUTCOME
    assert store.known(["k1"]) == {"k1": OUTCOME}


def test_graded_again_there_is_a_new_outcome_and_the_old_one_stays(store: Store) -> None:
    anna = store.add(ANNA)
    better = replace(OUTCOME, earned=10)
    first = store.record(anna.id, OUTCOME)
    second = store.record(anna.id, better, "the check was wrong")
    assert store.history(anna.id) == [first, second]
    assert list(store.grades()) == [second]
    assert store.known(["k1"]) == {"k1": better}
    assert store.has(anna.id, "k1")


def test_a_fault_is_noted_and_never_reused(store: Store) -> None:
    anna, ben = store.add(ANNA), store.add(replace(ANNA, student="ben"))
    store.record(anna.id, FAULT)
    assert not store.has(anna.id, "k1")
    assert store.known(["k1"]) == {}
    assert store.record(ben.id, OUTCOME).outcome == OUTCOME
    assert store.record(anna.id, OUTCOME).outcome == OUTCOME
    assert [grade.outcome for grade in store.history(anna.id)] == [FAULT, OUTCOME]
    assert store.has(anna.id, "k1")
    assert store.known(["k1"]) == {"k1": OUTCOME}


# --- the log --------------------------------------------------------------------------------------


def test_what_stands_is_noted_once(store: Store) -> None:
    anna = store.add(ANNA)
    grade = store.record(anna.id, OUTCOME)
    assert store.record(anna.id, OUTCOME) == grade
    assert store.history(anna.id) == [grade]


def test_what_stood_before_is_noted_again(store: Store) -> None:
    """The files, or what may be used, changed and changed back."""
    anna = store.add(ANNA)
    store.record(anna.id, OUTCOME)
    store.record(anna.id, replace(OUTCOME, key="k2"))
    assert not store.has(anna.id, "k1")
    store.record(anna.id, OUTCOME)
    assert [grade.outcome.key for grade in store.history(anna.id)] == ["k1", "k2", "k1"]
    assert store.standing([anna.id]) == {(anna.id, "k1")}


def test_each_submission_and_lesson_has_a_grade_that_stands(store: Store) -> None:
    anna, ben = store.add(ANNA), store.add(replace(ANNA, student="ben"))
    other = replace(OUTCOME, key="k3", lesson="lesson3")
    for submission in (ben, anna):
        store.record(submission.id, OUTCOME)
        store.record(submission.id, other)
    again = store.record(anna.id, replace(other, earned=9), "asked")
    where = [(grade.submission.student, grade.outcome.lesson) for grade in store.grades()]
    assert where == [
        ("anna", "lesson1"),
        ("anna", "lesson3"),
        ("ben", "lesson1"),
        ("ben", "lesson3"),
    ]
    assert list(store.grades("anna", "lesson3")) == [again]
    assert [grade.outcome.earned for grade in store.grades("anna", "lesson3", newest=False)] == [
        7,
        9,
    ]
    assert len(list(store.grades(newest=False))) == 5
    assert list(store.grades("nobody")) == []
    assert store.standing([anna.id, ben.id]) == {
        (submission.id, key) for submission in (anna, ben) for key in ("k1", "k3")
    }


def test_without_reports_there_are_none(store: Store) -> None:
    grade = store.record(store.add(ANNA).id, OUTCOME)
    without = replace(grade, outcome=replace(OUTCOME, report=""))
    assert list(store.grades(reports=False)) == [without]


def test_the_log_may_be_written_while_it_is_read(store: Store) -> None:
    anna = store.add(ANNA)
    for number in range(3):
        store.record(anna.id, replace(OUTCOME, key=f"k{number}", lesson=f"lesson{number}"))
    for grade in store.grades():
        store.record(anna.id, grade.outcome, "asked")
    assert len(store.history(anna.id)) == 6


def test_a_grade_of_no_submission_leaves_nothing(store: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        store.record(99, OUTCOME)
    assert store.known(["k1"]) == {}
