"""Whatever strangers write comes back as it was: NUL bytes, lone surrogates, all numbers."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.classroom.records import Measurement, Outcome, Ruling, Submission, Upload
from grader.classroom.store import Store
from grader.classroom.store.columns import escaped, unescaped

ALL = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
AWKWARD = st.sampled_from(["", "\x00", "\x10", "\x100041", "a\x00b", "\ud800", "\udcff", "名", "'"])
TEXTS = st.text(st.characters(exclude_categories=()), max_size=60) | AWKWARD
LONG = st.text(st.characters(exclude_categories=()), max_size=2000)
TIMES = st.datetimes(timezones=st.just(UTC))
COUNTS = st.integers(0, 2**31 - 1)
NUMBERS = st.floats()

SUBMISSIONS = st.builds(
    Submission, TEXTS, TIMES, TEXTS, source=TEXTS, commit=TEXTS, problem=TEXTS, id=st.just(0)
)
OUTCOMES = st.builds(
    Outcome, TEXTS, TEXTS, TEXTS, COUNTS, COUNTS, NUMBERS, TEXTS, TEXTS, TEXTS, LONG, st.just("")
)
MEASUREMENTS = st.builds(
    Measurement,
    board=TEXTS,
    submission=st.just(0),
    seed_id=TEXTS,
    at=TIMES,
    value=NUMBERS,
    reference=NUMBERS,
    tokens=st.integers(0, 2**62),
    seconds=NUMBERS,
    machine=TEXTS,
    grader=TEXTS,
    curve=st.lists(st.tuples(st.integers(0, 2**53), NUMBERS), max_size=5).map(tuple),
    problem=TEXTS,
    id=st.just(0),
)
RULINGS = st.builds(
    Ruling, TEXTS, st.just(0), TIMES, TEXTS, TEXTS, disqualified=st.booleans(), id=st.just(0)
)
UPLOADS = st.builds(
    Upload, TEXTS, TIMES, TEXTS, TEXTS, st.lists(TEXTS, max_size=3).map(tuple), problem=TEXTS
)


def same(one: Any, other: Any) -> bool:
    """Whether two records are the same, where NaN is NaN."""
    return _comparable(asdict(one)) == _comparable(asdict(other))


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _comparable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_comparable(inner) for inner in value]
    return "nan" if isinstance(value, float) and math.isnan(value) else value


@ALL
@given(TEXTS, TEXTS)
def test_texts_are_escaped_without_loss(one: str, other: str) -> None:
    for text in (one, other):
        kept = escaped(text)
        assert unescaped(kept) == text
        assert "\x00" not in kept
        assert kept.encode("utf-8").decode("utf-8") == kept  # there is no lone surrogate
    assert (escaped(one) == escaped(other)) == (one == other)


@pytest.mark.parametrize("text", ["plain", "名字", "a\tb\n", "😀"])
def test_what_is_not_awkward_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text


@ALL
@given(submission=SUBMISSIONS, outcome=OUTCOMES, reason=TEXTS)
def test_any_grade_comes_back(
    store: Store, submission: Submission, outcome: Outcome, reason: str
) -> None:
    kept = store.add(submission)
    assert same(
        replace(kept, id=0, commit="", problem=""), replace(submission, commit="", problem="")
    )
    assert kept in store.submissions(submission.student)
    grade = store.record(kept.id, outcome, "again: " + reason)
    assert same(grade.outcome, outcome)
    assert grade.reason == "again: " + reason
    assert same(store.known([outcome.key])[outcome.key], outcome)
    assert store.has(kept.id, outcome.key)
    assert any(same(found, grade) for found in store.grades(submission.student, outcome.lesson))


@ALL
@given(submission=SUBMISSIONS, measurement=MEASUREMENTS, ruling=RULINGS)
def test_any_measurement_and_any_ruling_come_back(
    store: Store, submission: Submission, measurement: Measurement, ruling: Ruling
) -> None:
    id = store.add(submission).id
    measured = store.measure(replace(measurement, submission=id))
    assert same(measured, replace(measurement, submission=id, id=measured.id))
    assert same(store.measurements(measurement.board)[-1], measured)
    ruled = store.rule(replace(ruling, submission=id))
    assert same(store.rulings(ruling.board)[-1], ruled)


@ALL
@given(upload=UPLOADS, worker=TEXTS, problem=TEXTS)
def test_any_upload_comes_back(store: Store, upload: Upload, worker: str, problem: str) -> None:
    kept = store.enqueue(upload)
    assert kept == replace(upload, id=kept.id)
    assert store.upload(kept.id) == kept
    claimed = store.claim(worker)
    assert claimed == replace(kept, stage=claimed.stage)
    store.settle(kept.id, upload.stage.DONE, problem=problem)
    assert store.uploads(upload.student)[0].problem == problem
    store.set_instructor(worker, problem)
    assert store.instructor(worker) == problem
