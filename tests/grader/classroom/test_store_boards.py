"""Measurements and rulings, as they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from grader.classroom.records import Measurement, Ruling, Submission
from grader.classroom.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def anna(store: Store) -> Submission:
    return store.add(Submission("anna", NOON, "d1", "anna.zip"))


def measured(submission: Submission, **others: object) -> Measurement:
    measurement = Measurement("entropy", submission.id, "s1", NOON, 1.75, 1.5)
    return replace(measurement, **others)  # type: ignore[arg-type]


def test_a_measurement_comes_back_as_it_was(store: Store, anna: Submission) -> None:
    rich = measured(
        anna,
        tokens=3_000_000_000,
        seconds=12.25,
        machine="2 cores",
        grader="0.3",
        curve=((0, 4.17), (100, 2.5), (200, 1e-300)),
        problem="",
    )
    kept = [store.measure(rich), store.measure(measured(anna, seed_id="s2"))]
    assert kept[0] == replace(rich, id=kept[0].id)
    assert store.measurements("entropy") == kept
    assert store.measurements("bpe-speed") == []


def test_curves_come_when_they_are_asked_for(store: Store, anna: Submission) -> None:
    ben = store.add(replace(anna, student="ben", id=0))
    first = store.measure(measured(anna, curve=((0, 1.0),)))
    second = store.measure(measured(ben, curve=((0, 2.0),)))
    assert [m.curve for m in store.measurements("entropy", curves=False)] == [(), ()]
    assert store.measurements("entropy", ben.id) == [second]
    assert store.measurements("entropy", anna.id) == [first]


def test_the_last_ruling_is_the_last(store: Store, anna: Submission) -> None:
    out = store.rule(Ruling("entropy", anna.id, NOON, "prof", "it carries the text"))
    back = store.rule(Ruling("entropy", anna.id, NOON, "prof", "it does not", disqualified=False))
    assert store.rulings("entropy") == [out, back]
    assert store.rulings("bpe-speed") == []


def test_a_board_knows_its_entrants(store: Store, anna: Submission) -> None:
    ben = store.add(replace(anna, student="ben", id=0))
    eve = store.add(replace(anna, student="eve", id=0))
    store.measure(measured(anna))
    store.measure(measured(anna, seed_id="s2"))
    store.measure(measured(eve, board="bpe-speed"))
    store.rule(Ruling("entropy", ben.id, NOON, "prof", "why"))
    assert store.entrants("entropy") == {anna.id: anna, ben.id: ben}
    assert store.entrants("nothing") == {}


def test_the_extent_of_a_board_grows_with_each_entry_and_ruling(
    store: Store, anna: Submission
) -> None:
    assert store.extent("entropy") == (0, 0)
    store.measure(measured(anna))
    store.measure(measured(anna, board="bpe-speed"))
    assert store.extent("entropy") == (1, 0)
    store.rule(Ruling("entropy", anna.id, NOON, "prof", "why"))
    assert store.extent("entropy") == (1, 1)
