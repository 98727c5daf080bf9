"""Every mutant fails the check that it names."""

from __future__ import annotations

import pytest

from grader import exam, mutations
from zth.plugins import Plugins

LESSONS = Plugins.load().lessons()
MUTANTS = [m for lesson in LESSONS.values() for m in mutations.mutants(lesson)]
CORE = {f"lesson{number}" for number in range(1, 6)}
AT_LEAST = 30


def _place(mutant):
    """What one mutant is played of in the quick tests: each check; of later lessons each part."""
    whole = mutant.fails if mutant.lesson in CORE else mutant.fails.partition(".")[0]
    return mutant.lesson, whole


ONE_EACH = {_place(m): m for m in reversed(MUTANTS)}.values()  # the first of each


def rejected(mutant, warm, folder, seed):
    got = exam.verdict(mutant, LESSONS[mutant.lesson], folder, warm, seed)
    assert got.verdict not in exam.ALIVE, f"{mutant.mistake}: {got}"


@pytest.mark.parametrize("mutant", ONE_EACH, ids=lambda m: f"{m.lesson}-{m.name}")
def test_a_mutant_fails_the_check_that_it_names(mutant, warm, tmp_path):
    rejected(mutant, warm, tmp_path, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.lesson}-{m.name}")
def test_every_mutant_fails_the_check_that_it_names(mutant, seed, warm, tmp_path):
    rejected(mutant, warm, tmp_path, seed)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_mutant_is_an_edit_of_the_reference(lesson, tmp_path):
    for mutant in mutations.mutants(LESSONS[lesson]):
        mutations.plant(mutant, LESSONS[lesson], tmp_path / mutant.name)


@pytest.mark.parametrize("lesson", LESSONS)
def test_there_are_enough(lesson):
    names = [m.name for m in mutations.mutants(LESSONS[lesson])]
    assert len(names) == len(set(names))
    assert len(names) >= AT_LEAST
