"""Lesson 4's curves: of the milestones' own trials, and as the oracle has them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from grader.figures import optimizer_steps, record
from grader.kit import Check
from grader.lessons.lesson4_optimizer import milestones
from grader.lessons.lesson4_optimizer.driver import Trial
from grader.lessons.lesson4_optimizer.trials import Valley

KEPT = record.read("optimizer_steps")["data"]
# All but Muon, whose last digits are chaotic: its steps are others with another library.
EXACT = [row for row in KEPT["valley"] if row["name"] != "Muon"]


def trials(*checks: Check) -> list[Trial]:
    """What the milestones play."""
    found = []
    for check in checks:
        known = inspect.getclosurevars(check.function).nonlocals
        rows: dict[str, Any] = known["trials"]
        found += [Trial(known["component"].id, *row) for row in rows.values()]
    return found


def test_the_curves_are_of_what_the_milestones_play() -> None:
    valley = trials(milestones.sgd_valley, milestones.adamw_valley, milestones.muon_valley)
    language = trials(milestones.sgd_language, milestones.adamw_language, milestones.muon_language)
    assert list(optimizer_steps.VALLEY.values()) == valley
    assert list(optimizer_steps.LANGUAGE.values()) == language


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row["name"])
def test_the_reference_goes_down_the_valley_as_the_oracle_does(row: dict[str, Any]) -> None:
    trial = optimizer_steps.VALLEY[row["name"]]
    shares = (
        Valley().reference(Trial(trial.kind, trial.settings, trial.rates[: row["steps"]])).tolist()
    )
    assert [share for _, share in row["shares"][1:]] == pytest.approx(
        [shares[step - 1] for step, _ in row["shares"][1:]], rel=2e-3
    )
    assert shares[-1] <= milestones.SHARE < shares[-2]


@pytest.mark.slow
def test_the_data_are_made_again_by_the_command() -> None:
    data = optimizer_steps.measure(0, lambda _: None)
    for kept, now in zip(EXACT, data["valley"][: len(EXACT)], strict=True):
        assert now["steps"] == kept["steps"]
    for kept, now in zip(KEPT["language"], data["language"], strict=True):
        for before, after in zip(kept["excesses"], now["excesses"], strict=True):
            assert after == pytest.approx(before, abs=5e-3)
