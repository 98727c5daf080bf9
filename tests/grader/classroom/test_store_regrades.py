"""What is to be graded again: who does it, once, in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from grader.classroom.records import Regrade, Stage
from grader.classroom.store import Store
from tests.grader.classroom.test_store_grading import ANNA, FAULT, NOON, OUTCOME


def ordered(store: Store, *lessons: str) -> list[Regrade]:
    """Wishes for one submission, as the store has them."""
    anna = store.add(ANNA)
    store.order([Regrade(anna.id, lesson, "a check was wrong", "prof", NOON) for lesson in lessons])
    return store.orders(10)[::-1]


def test_wishes_are_done_in_their_order_each_by_one_worker(store: Store) -> None:
    first, second = ordered(store, "lesson1", "lesson3")
    assert first == Regrade(first.submission, "lesson1", "a check was wrong", "prof", NOON, id=1)
    assert store.next_order("one") == replace(first, stage=Stage.GRADING)
    assert store.next_order("two") == replace(second, stage=Stage.GRADING)
    assert store.next_order("one") is None
    assert store.hold_order(first.id, "one")
    assert not store.hold_order(first.id, "two")
    assert store.open_orders() == 2
    store.close_order(first.id)
    store.close_order(second.id, "the snapshot is gone")
    assert store.open_orders() == 0
    assert store.orders(10) == [
        replace(second, stage=Stage.REFUSED, problem="the snapshot is gone"),
        replace(first, stage=Stage.DONE),
    ]


def test_what_a_worker_held_when_it_ended_is_done_by_another(store: Store) -> None:
    [wish] = ordered(store, "lesson1")
    store.next_order("one")
    assert store.release("one", died=True) == 1
    assert store.next_order("two") == replace(wish, stage=Stage.GRADING)


def test_to_want_nothing_is_no_wish(store: Store) -> None:
    store.order([])
    assert store.orders(10) == []


def test_what_was_graded_again_for_a_reason_is_found_by_others_with_the_same_files(
    store: Store,
) -> None:
    anna = store.add(ANNA)
    store.record(anna.id, OUTCOME)
    start = datetime.now(UTC)
    assert store.regraded("k1", "a check was wrong", start) is None
    again = replace(OUTCOME, earned=9)
    store.record(anna.id, again, "a check was wrong")
    assert store.regraded("k1", "a check was wrong", start) == again
    assert store.regraded("k1", "another reason", start) is None
    assert store.regraded("k2", "a check was wrong", start) is None
    assert store.regraded("k1", "a check was wrong", datetime.now(UTC)) is None
    store.record(anna.id, FAULT, "a check was wrong")
    assert store.regraded("k1", "a check was wrong", start) == again
