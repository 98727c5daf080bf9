"""What a page judges is what `zth grade` judges: the same verdicts, points and counterexamples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader import grading, mutations
from grader.kit import Check
from grader.page.session import Nobody
from zth import trees
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import Lesson, Result, Tree, Verdict

LESSONS = [Plugins.load().lessons()[id] for id in ("lesson1", "lesson2")]
MUTANTS = [(lesson, mutant) for lesson in LESSONS for mutant in mutations.mutants(lesson)]
# Out of time where there is a host; a page ends them from outside, as nothing in it can.
ENDLESS = {"lesson1-every-path", "lesson2-counts-all-at-every-step"}
FEW = {
    "value.mul",
    "value.order",
    "value.same_node_twice",
    "value.number_on_the_left",
    "mlp.zero_grad",
    "basic.runs_of_one_letter",
    "regex.within_pieces",
    "special.longest_first",
}
SOME = {mutant.fails: (lesson, mutant) for lesson, mutant in MUTANTS if mutant.fails in FEW}


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["regex"]) as nursery:
        yield nursery


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both search for the smallest case to the end, however busy the machine is."""
    monkeypatch.setattr(grading, "SHRINKING", 600.0)


def judged(
    lesson: Lesson, root: Path, nursery: Nursery, checks: list[Check]
) -> tuple[list[Result], object]:
    """The results, without what differs between any two runs; and the breaches."""
    with grading.opened(lesson, Tree("student", root), nursery) as run:
        results = [replace(run.judge(check), seconds=0.0) for check in checks]
        return results, run.report(results).breaches


def both(lesson: Lesson, root: Path, nursery: Nursery, checks: list[Check]) -> list[Result]:
    """The results, which are those of the page as well."""
    outside = judged(lesson, root, nursery, checks)
    assert judged(lesson, root, Nobody(), checks) == outside
    return outside[0]


def named(lesson: Lesson, *names: str) -> list[Check]:
    """Checks of the lesson: of these names, or all that a page has."""
    checks = [c for c in grading.checks_of(lesson) if not c.milestone or c.quick]
    return [c for c in checks if c.id in names] if names else checks


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_stubs_are_not_implemented(lesson: Lesson, nursery: Nursery) -> None:
    got = both(lesson, trees.shipped(trees.STUBS), nursery, named(lesson))
    assert Verdict.NOT_IMPLEMENTED in {r.verdict for r in got}
    assert not any(r.earned for r in got)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_the_reference_passes(lesson: Lesson, nursery: Nursery) -> None:
    checks = named(lesson, "value.add", "mlp.layers_in_a_row", "basic.vocab", "special.saves")
    got = both(lesson, trees.shipped(trees.REFERENCE), nursery, checks)
    assert {r.verdict for r in got} == {Verdict.PASSED}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_the_reference_passes_everything(lesson: Lesson, nursery: Nursery) -> None:
    got = both(lesson, trees.shipped(trees.REFERENCE), nursery, named(lesson))
    assert {r.verdict for r in got} == {Verdict.PASSED}


@pytest.mark.parametrize(("lesson", "mutant"), SOME.values(), ids=SOME)
def test_a_mistake_has_the_same_counterexample(lesson, mutant, nursery, tmp_path) -> None:
    root = mutations.plant(mutant, lesson, tmp_path).root
    (got,) = both(lesson, root, nursery, named(lesson, mutant.fails))
    assert got.verdict is Verdict.FAILED
    assert got.finding
    assert got.finding.snippet


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lesson", "mutant"), MUTANTS, ids=[f"{lesson.id}-{m.name}" for lesson, m in MUTANTS]
)
def test_every_mistake_has_the_same_counterexample(lesson, mutant, nursery, tmp_path) -> None:
    root = mutations.plant(mutant, lesson, tmp_path).root
    checks = named(lesson, mutant.fails)
    if f"{lesson.id}-{mutant.name}" in ENDLESS:
        (got,), _ = judged(lesson, root, nursery, checks)
        assert got.verdict is Verdict.TIMED_OUT
    elif checks:  # the others are of a milestone that a page leaves out
        both(lesson, root, nursery, checks)
