"""The queue of uploads: who is next, who grades what, what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grader.classroom.records import Stage, Submission, Upload
from grader.classroom.store import Store
from grader.classroom.store.claims import CLAIMS, LEASE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
UPLOAD = Upload("anna", NOON, "my work.zip", "uploads/1", ("lesson1", "lesson3"))


class Clock:
    """Stands still until it is told to go on."""

    time = NOON

    def __call__(self) -> datetime:
        return self.time

    def later(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(ready: str, clock: Clock) -> Iterator[Store]:
    with Store.open(ready, clock) as store:
        yield store


def test_uploads_are_graded_in_the_order_in_which_they_came(store: Store) -> None:
    first, second = store.enqueue(UPLOAD), store.enqueue(replace(UPLOAD, student="ben"))
    assert first == replace(UPLOAD, id=first.id)
    assert (store.position(first.id), store.position(second.id), store.position(99)) == (1, 2, 0)
    assert store.claim("worker 1") == replace(first, stage=Stage.GRADING)
    assert (store.position(first.id), store.position(second.id)) == (0, 1)
    assert store.claim("worker 2") == replace(second, stage=Stage.GRADING)
    assert store.claim("worker 1") is None


def test_what_came_of_an_upload_is_kept(store: Store) -> None:
    anna = store.add(Submission("anna", NOON, "d1", "uploads/1"))
    done, refused = store.enqueue(UPLOAD), store.enqueue(UPLOAD)
    store.settle(done.id, Stage.DONE, anna.id)
    store.settle(refused.id, Stage.REFUSED, problem="it is no archive")
    assert store.upload(done.id) == replace(done, stage=Stage.DONE, submission=anna.id)
    assert store.uploads("anna") == [
        replace(refused, stage=Stage.REFUSED, problem="it is no archive"),
        replace(done, stage=Stage.DONE, submission=anna.id),
    ]
    assert store.claim("worker") is None
    assert store.upload(99) is None
    assert store.uploads("ben") == []


def test_what_a_dead_worker_left_is_graded_by_another(store: Store, clock: Clock) -> None:
    store.enqueue(UPLOAD)
    assert store.claim("worker 1")
    clock.later(seconds=LEASE.total_seconds())
    assert store.claim("worker 2") is None
    clock.later(seconds=1)
    assert store.claim("worker 2")
    assert store.claim("worker 1") is None


def test_a_worker_that_says_so_keeps_what_it_claimed(store: Store, clock: Clock) -> None:
    upload = store.enqueue(UPLOAD)
    store.claim("worker 1")
    clock.later(minutes=9)
    assert store.hold(upload.id, "worker 1")
    clock.later(minutes=9)
    assert store.claim("worker 2") is None
    clock.later(minutes=9)
    assert store.claim("worker 2")
    assert not store.hold(upload.id, "worker 1")
    store.settle(upload.id, Stage.DONE)
    assert not store.hold(upload.id, "worker 2")


def test_what_kills_every_worker_is_given_up(store: Store, clock: Clock) -> None:
    upload = store.enqueue(UPLOAD)
    for number in range(CLAIMS):
        assert store.claim(f"worker {number}")
        clock.later(minutes=11)
    assert store.claim("another") is None
    given_up = store.upload(upload.id)
    assert given_up is not None
    assert given_up.stage is Stage.REFUSED
    assert given_up.problem == f"grading was begun {CLAIMS} times and never came to its end"


def test_uploads_are_counted_from_a_time_on(store: Store) -> None:
    for minutes in (0, 1, 2):
        store.enqueue(replace(UPLOAD, received=NOON + timedelta(minutes=minutes)))
    store.enqueue(replace(UPLOAD, student="ben"))
    assert store.count_since("anna", NOON) == 3
    assert store.count_since("anna", NOON + timedelta(minutes=1)) == 2
    assert store.count_since("eve", NOON) == 0


def test_no_more_are_admitted_than_a_day_allows(store: Store) -> None:
    assert store.admit(UPLOAD, 2, NOON)
    second = store.admit(replace(UPLOAD, file="uploads/2"), 2, NOON)
    assert second is not None
    store.settle(second.id, Stage.REFUSED, problem="it is no archive")
    assert store.admit(replace(UPLOAD, file="uploads/3"), 2, NOON) is None
    assert store.admit(replace(UPLOAD, student="ben"), 2, NOON)
    tomorrow = NOON + timedelta(days=1)
    assert store.admit(replace(UPLOAD, received=tomorrow), 2, tomorrow)


def test_a_limit_holds_for_many_at_once(store: Store) -> None:
    together = threading.Barrier(8)

    def admitted(number: int) -> bool:
        together.wait()
        return store.admit(replace(UPLOAD, file=f"uploads/{number}"), 2, NOON) is not None

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(admitted, range(8))) == 2
    assert len(store.uploads("anna")) == 2


def test_what_waits_already_is_not_admitted_twice(store: Store) -> None:
    first = store.admit(UPLOAD, 2, NOON)
    assert first
    again = replace(UPLOAD, received=NOON + timedelta(minutes=1), name="the same.zip")
    assert store.admit(again, 2, NOON) == first
    assert store.admit(replace(UPLOAD, student="ben"), 2, NOON) != first
    assert store.claim("worker") == replace(first, stage=Stage.GRADING)
    assert store.admit(again, 2, NOON) == replace(again, id=3)


def test_the_queue_is_what_is_not_done(store: Store) -> None:
    one, two, three = (store.enqueue(UPLOAD) for _ in range(3))
    store.claim("worker")
    assert [u.id for u in store.queue()] == [one.id, two.id, three.id]
    store.settle(one.id, Stage.DONE)
    store.settle(three.id, Stage.REFUSED, problem="it is no archive")
    assert store.queue() == [two]
    assert [u.id for u in store.settled(5)] == [three.id, one.id]
    assert [u.id for u in store.settled(1)] == [three.id]


def test_what_a_worker_held_when_it_ended_waits_again_at_once(store: Store) -> None:
    first, second = store.enqueue(UPLOAD), store.enqueue(UPLOAD)
    store.claim("one")
    store.claim("two")
    assert store.release("one", died=True) == 1
    assert store.position(first.id) == 1
    assert store.claim("two") == replace(first, stage=Stage.GRADING)
    store.settle(second.id, Stage.DONE)
    assert store.release("two", died=False) == 1
    assert store.queue() == [first]


def test_only_what_workers_die_of_is_given_up(store: Store) -> None:
    upload = store.enqueue(UPLOAD)
    for _ in range(2 * CLAIMS):
        assert store.claim("worker")
        store.release("worker", died=False)
    for _ in range(CLAIMS):
        assert store.claim("worker")
        store.release("worker", died=True)
    given_up = store.upload(upload.id)
    assert given_up is not None
    assert given_up.stage is Stage.REFUSED
    assert "never came to its end" in given_up.problem
