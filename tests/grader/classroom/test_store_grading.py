"""Submissions, outcomes and the log of grades, as they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from grader.classroom.records import Outcome, Submission
from grader.classroom.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Submission("anna", NOON, "d1", "anna.zip")
OUTCOME = Outcome("k1", "lesson1", "d1", 10, 7, 1.5, "bwrap", "s1", "0.3", '{"lessons": []}')


def test_the_same_submission_is_added_once(store: Store) -> None:
    anna = store.add(ANNA)
    assert anna == replace(ANNA, id=anna.id)
    assert store.add(replace(ANNA, commit="other")) == anna
    later = store.add(replace(ANNA, received=NOON.replace(minute=1)))
    assert store.submissions("anna") == [anna, later]
    assert store.submissions("nobody") == []


def test_an_outcome_is_known_by_its_key(store: Store) -> None:
    anna = store.add(ANNA)
    grade = store.record(anna.id, OUTCOME)
    assert (grade.submission, grade.outcome, grade.reason) == (anna, OUTCOME, "graded")
    assert store.known(["k1", "k2"]) == {"k1": OUTCOME}
    assert store.has(anna.id, "k1")
    assert not store.has(anna.id, "k2")
