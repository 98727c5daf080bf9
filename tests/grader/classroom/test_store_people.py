"""Tokens, passwords and attempts, as they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from grader.classroom.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_token_is_its_students(store: Store) -> None:
    store.add_token("anna", "a1")
    store.add_token("anna", "a2")
    store.add_token("ben", "b1")
    assert [store.student_of(token) for token in ("a1", "a2", "b1", "c1")] == [
        "anna",
        "anna",
        "ben",
        None,
    ]


def test_a_revoked_token_is_nobodys(store: Store) -> None:
    store.add_token("anna", "a1")
    store.add_token("ben", "b1")
    assert store.revoke("anna") == 1
    assert store.revoke("anna") == 0
    assert store.student_of("a1") is None
    assert store.student_of("b1") == "ben"
    store.add_token("anna", "a2")
    assert store.student_of("a2") == "anna"


def test_an_instructor_has_one_password(store: Store) -> None:
    assert store.instructor("prof") is None
    store.set_instructor("prof", "first")
    store.set_instructor("prof", "second")
    store.set_instructor("other", "third")
    assert store.instructor("prof") == "second"
    assert store.instructor("Prof") is None


def test_attempts_are_counted_and_forgotten_after_a_day(ready: str) -> None:
    times = [NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=25)]
    clock = iter(times)
    with Store.open(ready, lambda: next(clock)) as store:
        store.attempt("127.0.0.1")
        store.attempt("127.0.0.1")
        assert store.attempts_since("127.0.0.1", NOON) == 2
        assert store.attempts_since("127.0.0.1", NOON + timedelta(minutes=1)) == 1
        assert store.attempts_since("127.0.0.2", NOON) == 0
        store.attempt("127.0.0.1")
        assert store.attempts_since("127.0.0.1", NOON) == 2  # the first is older than a day


def test_who_has_a_token_is_known(store: Store) -> None:
    store.add_token("anna", "a1")
    store.add_token("ben", "b1")
    store.revoke("ben")
    assert store.holders() == {"anna"}
