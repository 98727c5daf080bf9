"""Diagnoses: the known mistake whose answers a learner's code gives, or silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader import diagnosis, grading, mutations
from grader.diagnosis import address, same
from grader.grading import checks_of
from grader.mutations import Mutant
from zth import trees
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import Result, Tree, Verdict
from zth.render import terminal

LESSONS = Plugins.load().lessons()
LESSON = LESSONS["lesson1"]
KNOWN = {m.name: m for m in mutations.mutants(LESSON)}
IDEAS = {m.mistake: m.idea for m in KNOWN.values()}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How busy the machine is must not decide what is said."""
    monkeypatch.setattr(diagnosis, "PATIENCE", 60.0)
    monkeypatch.setattr(diagnosis, "CALL", 10.0)


Grade = Callable[[Tree, str], Result]


@pytest.fixture
def graded(nursery: Nursery) -> Grade:
    """The result of one check of lesson 1, diagnosed."""

    def grade(tree: Tree, check: str) -> Result:
        selection = grading.Selection(checks=(check,))
        report = grading.grade(LESSON, tree, nursery, selection=selection, diagnose=True)
        return report.results[0]

    return grade


def said(result: Result) -> str:
    return result.finding.diagnosis if result.finding else ""


@pytest.mark.parametrize("name", [*KNOWN][::6])
def test_a_known_mistake_is_never_taken_for_another(
    name: str, graded: Grade, tmp_path: Path
) -> None:
    mutant = KNOWN[name]
    got = graded(mutations.plant(mutant, LESSON, tmp_path), mutant.fails)
    assert got.verdict is not Verdict.PASSED
    assert not said(got) or IDEAS[said(got)] == mutant.idea


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_known_mistakes_are_named_nine_times_in_ten(name: str, tmp_path: Path) -> None:
    lesson = LESSONS[name]
    known = mutations.mutants(lesson)
    named = failed = 0
    with Nursery(list(lesson.packages)) as nursery:
        for mutant in known:
            tree = mutations.plant(mutant, lesson, tmp_path / mutant.name)
            selection = grading.Selection(checks=(mutant.fails,))
            report = grading.grade(lesson, tree, nursery, selection=selection, diagnose=True)
            result = report.results[0]
            if result.verdict is not Verdict.FAILED:
                continue
            failed += 1
            component = mutant.fails.partition(".")[0]
            ideas = {m.mistake: m.idea for m in known if m.fails.startswith(component + ".")}
            if said(result):
                named += 1
                assert ideas[said(result)] == mutant.idea
    assert named >= 0.9 * failed > 0


def edited(root: Path, old: str, new: str) -> Tree:
    """The reference with another mistake."""
    mutant = Mutant(LESSON.id, "mine", "", "", "value.py", ((old, new),))
    return mutations.plant(mutant, LESSON, root)


def test_a_mistake_that_is_written_otherwise_is_recognised(graded: Grade, tmp_path: Path) -> None:
    mutant = KNOWN["assigns"]
    (old, new), *_ = mutant.edits
    assert " = " in new
    otherwise = new.replace(" = ", " = 0.0 + ")
    got = graded(edited(tmp_path, old, otherwise), mutant.fails)
    assert got.verdict is Verdict.FAILED
    assert said(got) == mutant.mistake


def test_a_mistake_that_nobody_knows_is_not_named(graded: Grade, tmp_path: Path) -> None:
    mutant = KNOWN["assigns"]
    (old, new), *_ = mutant.edits
    got = graded(edited(tmp_path, old, new.replace(" = ", " = 0.123 + ")), mutant.fails)
    assert got.verdict is Verdict.FAILED
    assert said(got) == ""


def test_a_mistake_whose_own_check_is_passed_is_not_named(tmp_path: Path) -> None:
    """A mask of −1,000 shows with scores of 100,000 alone, and so does a mask of 0, there alike."""
    edit = ('float("-inf")', "-1e3")
    file, lesson = "attention.py", LESSONS["lesson3"]
    tree = mutations.plant(Mutant(lesson.id, "mine", "", "", file, ()), lesson, tmp_path)
    source = tree.root / lesson.folder / file
    source.write_text(source.read_text("utf-8").replace(*edit), "utf-8")
    ids = ("sdpa.causal_matches_the_formula", "sdpa.past_ignores_the_future", "sdpa.large_scores")
    selection = grading.Selection(checks=ids)
    with Nursery(list(lesson.packages)) as nursery:
        report = grading.grade(lesson, tree, nursery, selection=selection, diagnose=True)
    first, second, third = report.results
    assert first.verdict is second.verdict is Verdict.PASSED
    assert third.verdict is Verdict.FAILED
    assert said(third).startswith("Masked scores are set to a finite number")


def test_right_code_is_not_diagnosed(graded: Grade) -> None:
    got = graded(Tree("reference", trees.shipped(trees.REFERENCE)), KNOWN["assigns"].fails)
    assert got.verdict is Verdict.PASSED
    assert got.finding is None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.0 + 1e-6, False),
        (1, True, False),
        ("a", "a", True),
        ([1.0, [2]], [1.0, [2]], True),
        ([1.0], [1.0, 2.0], False),
        ({"a": 1}, {"b": 1}, False),
        (float("nan"), float("nan"), True),
        (np.ones(3), np.ones(3) + 1e-12, True),
        (np.ones(3), np.ones(3) + 1e-3, False),
        (np.ones(3, np.float32), np.ones(3, np.float32) + np.float32(1e-5), True),
        (np.ones(3), np.ones(3, np.float32), False),
        (np.ones(3), np.ones((3, 1)), False),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0]), True),
        (np.array([np.inf, 1.0]), np.array([-np.inf, 1.0]), False),
        (np.array([1, 2]), np.array([1, 3]), False),
        (np.zeros(0), np.zeros(0), True),
    ],
)
def test_answers_are_the_same_but_for_rounding(a: object, b: object, expected: bool) -> None:
    assert same(a, b) is expected


def test_the_report_tells_it(graded: Grade, tmp_path: Path) -> None:
    mutant = KNOWN["assigns"]
    got = graded(mutations.plant(mutant, LESSON, tmp_path), mutant.fails)
    from rich.console import Console

    console = Console(width=100, record=True, file=None, force_terminal=False)
    with console.capture() as shown:
        console.print(terminal.failure(got, LESSON.reading))
    told = " ".join(shown.get().split())
    assert f"known mistake: {mutant.mistake}" in told
    assert f"chapter {LESSON.reading}#pitfalls" in told


def test_a_mistake_leads_to_its_own_section_or_to_that_of_its_check() -> None:
    checks = checks_of(LESSON)
    order = KNOWN["preorder"]
    assert address(order, LESSON, checks) == f"{LESSON.chapter}#order"
    assert address(replace(order, section="mine"), LESSON, checks) == f"{LESSON.chapter}#mine"
    assert address(order, LESSON, []) == LESSON.chapter
    assert address(order, replace(LESSON, chapter=""), checks) == ""
