"""Cases that are kept: the same reports as with cases drawn anew, and nothing from a wrong file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from grader import grading, kept, mutations
from grader.kept import Filed, Kept
from grader.kit import Remote, close, property_check
from tests.grader.conftest import Toy
from tests.zth.host import echo_driver as driver
from zth.host import Nursery, sandbox
from zth.plugins import Plugins
from zth.records import Component, Lesson, LessonReport, Tree, Verdict

DOUBLE = Component("double", "Twice", "toy/toy.py", "double")
TOY = Lesson("toy", "Toy", "toy", (DOUBLE,), driver.__name__, __name__)
LESSONS = Plugins.load().lessons()
FINE = "def double(x): return 2 * x\n"
DRAWN = {"evaluation.the_generator_draws"}  # a case holds a subclass of what its type says
EVERY = 5  # of the known mistakes of a lesson, one in so many is compared


@dataclass(frozen=True)
class Case:
    x: int

    def snippet(self) -> str:
        return f"double({self.x})"


@property_check(DOUBLE, points=1, case=st.builds(Case, st.integers(-1000, 1000)), hint="Twice.")
def doubles(remote: Remote, case: Case) -> None:
    """The result is twice the number"""
    close(remote(driver.play, float(case.x)), 2.0 * case.x, what="double(x)")


@property_check(DOUBLE, points=1, case=st.tuples(st.integers(), st.just("é")), hint="Any.")
def takes_anything(remote: Remote, pair: Any) -> None:
    """Any number will do"""
    assert isinstance(pair, tuple)


@property_check(DOUBLE, points=1, case=st.integers(2**70, 2**80), hint="Large.")
def takes_large(remote: Remote, number: int) -> None:
    """A large number will do"""


Grade = Callable[..., LessonReport]


@pytest.fixture
def grade(nursery: Nursery, toy: Toy) -> Grade:
    def run(source: str, found: Kept | None, **options: Any) -> LessonReport:
        return grading.grade(TOY, toy({"toy.py": source}), nursery, kept=found, **options)

    return run


@pytest.fixture
def store(tmp_path: Path) -> Filed:
    return Filed(tmp_path / "cache" / "toy.cases", b"key")


def timeless(report: LessonReport) -> LessonReport:
    return replace(report, results=tuple(replace(r, seconds=0.0) for r in report.results))


def filled(grade: Grade, store: Filed) -> Filed:
    """What is read from the file that grading what is right has written."""
    assert grade(FINE, store).passed
    return Filed(store.file, b"key")


def test_what_was_drawn_once_is_not_drawn_again(
    grade: Grade, store: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = grade(FINE, None)
    again = filled(grade, store)
    assert again.cases(doubles) == store.cases(doubles) != []
    one = grading.Selection(checks=(doubles.id,))
    monkeypatch.setattr(hypothesis, "given", lambda *_: pytest.fail("drawn"))
    played = grade(FINE, again, selection=one)
    assert timeless(played).results == timeless(drawn).results[:1]
    assert played.results[0].examples == 30


@pytest.mark.parametrize(
    "source",
    [
        "def double(x): return 2 * x if x < 100 else 0\n",
        "def double(x): return 2 * x if x < 100 else nothing\n",
        "def double(x): raise NotImplementedError\n",
        "def double(x): return 2 * x if x > -50 else [x]\n",
        "import os\ndef double(x): return 2 * x if x < 100 else os._exit(0)\n",
        "seen = []\ndef double(x):\n    seen.append(x)\n    return 2 * x + (len(seen) == 9)\n",
        "def nothing(): pass\n",
        "def double(x): return 2 * x if x else 1\n",
    ],
)
def test_a_report_is_the_same_whether_cases_are_kept_or_drawn(
    source: str, grade: Grade, store: Filed, tmp_path: Path
) -> None:
    again = filled(grade, store)
    assert timeless(grade(source, again)) == timeless(grade(source, None))


@pytest.mark.parametrize("smallest", [True, False])
def test_no_example_is_played_twice_before_one_fails(
    smallest: bool, grade: Grade, store: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays: list[object] = []

    def noting(remote: Remote, case: Case) -> None:
        plays.append(case)
        doubles.function(remote, case)

    wrong = "def double(x): return 2 * x if x < 100 else 0\n"
    again = filled(grade, store)
    monkeypatch.setattr(grading, "checks_of", lambda _: [replace(doubles, function=noting)])
    noting.__annotations__["case"] = Case
    grade(wrong, again, smallest=smallest)
    with_kept, plays[:] = list(plays), []
    grade(wrong, None, smallest=smallest)
    assert with_kept == plays


def test_a_glance_is_not_played_again(grade: Grade, store: Filed, nursery: Nursery) -> None:
    grade(FINE, None)
    root = store.file.parent.parent
    plays: list[object] = []

    def noting(remote: Remote, case: Case) -> None:
        plays.append(case)

    with grading.opened(TOY, Tree("toy", root), nursery) as run:
        check = replace(doubles, function=noting)
        assert run.glance(check) is None
        assert len(plays) == grading.GLANCE
        assert run.judge(check).examples == len(plays) == 30


def test_a_kept_case_that_is_wrong_counts_though_it_is_never_drawn(
    grade: Grade, store: Filed
) -> None:
    store.add(doubles, [Case(5000)])
    report = grade("def double(x): return 2 * x if x < 5000 else 0\n", store)
    found = report.results[0]
    assert found.verdict is Verdict.FAILED
    assert found.finding
    assert found.finding.snippet == "double(5000)"


def test_only_what_comes_back_as_it_was_is_kept(grade: Grade, store: Filed) -> None:
    again = filled(grade, store)
    assert again.cases(takes_anything) == []  # of no known type: a tuple would be a list
    assert again.cases(takes_large) == []  # no frame holds such a number
    store.add(doubles, [Case(2.0)])  # type: ignore[arg-type]
    assert store.cases(doubles) != [Case(2.0)]  # type: ignore[arg-type]


def test_a_file_that_is_damaged_or_of_others_holds_nothing(grade: Grade, store: Filed) -> None:
    filled(grade, store)
    data = store.file.read_bytes()
    assert Filed(store.file, b"another").cases(doubles) == []
    for damaged in (b"", data[:40], data[:-1], data + b"x", data[:50] + b"\0" + data[51:], b"\xff"):
        store.file.write_bytes(damaged)
        assert Filed(store.file, b"key").cases(doubles) == []
    assert [file.name for file in store.file.parent.iterdir()] == ["toy.cases"]


def test_where_nothing_can_be_written_all_is_drawn(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert grade(FINE, Filed(tmp_path / "file" / "toy.cases", b"key")).passed


def test_in_memory_cases_are_of_their_own_seed_and_a_milestone_of_the_runs(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Kept(5)
    first = grade(FINE, one, seed=1)
    assert one.cases(doubles) != []
    assert timeless(first).results[:1] == timeless(grade(FINE, None, seed=5)).results[:1]
    monkeypatch.setattr(hypothesis, "given", lambda *_: pytest.fail("drawn"))
    selection = grading.Selection(checks=(doubles.id,))
    assert grade(FINE, one, seed=2, selection=selection).results[0].verdict is Verdict.PASSED


def test_only_the_learners_seed_and_our_own_lessons_are_kept() -> None:
    assert Filed.of(LESSONS["lesson1"], kept.SEED)
    assert Filed.of(LESSONS["lesson1"], 1) is None
    assert Filed.of(TOY, kept.SEED) is None


def test_the_key_is_of_all_sources_that_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / "lessons" / name).mkdir(parents=True)
        (tmp_path / "lessons" / name / "cases.py").write_text(name)
    monkeypatch.setattr(kept, "HERE", tmp_path)
    keys = [kept._key.__wrapped__("one")]
    for file, text in {
        "lessons/one/cases.py": "from grader.lessons.two import cases",
        "lessons/two/cases.py": "changed",
        "kit.py": "new",
    }.items():
        (tmp_path / file).write_text(text)
        keys.append(kept._key.__wrapped__("one"))
    assert len(set(keys)) == len(keys)
    (tmp_path / "lessons" / "three" / "cases.py").write_text("not imported by one")
    monkeypatch.setattr(sys, "version", sys.version)
    assert kept._key.__wrapped__("one") == keys[-1]
    monkeypatch.setattr(sys, "version", "4.0")
    assert kept._key.__wrapped__("one") != keys[-1]


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_judge_the_same_by_kept_cases(
    lesson: str, warm: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "SHRINKING", 60.0)  # time decides nothing
    found = LESSONS[lesson]
    every = grading.checks_of(found)
    right = Plugins.load().trees()["reference"]
    selection = grading.Selection(milestone="none")
    store = Filed(tmp_path / f"{lesson}.cases", b"")
    drawn = grading.grade(found, right, warm, kept=store, selection=selection)
    left = {check.id for check in every if check.case is not None and not store.cases(check)}
    assert left <= DRAWN
    again = grading.grade(found, right, warm, kept=Filed(store.file, b""), selection=selection)
    assert timeless(again) == timeless(drawn)
    for mutant in mutations.mutants(found)[::EVERY]:
        tree = mutations.plant(mutant, found, tmp_path / mutant.name)
        selection = grading.Selection(checks=(mutant.fails,))
        reports = [
            grading.grade(found, tree, warm, kept=cases, selection=selection)
            for cases in (None, Filed(store.file, b""))
        ]
        first, second = map(timeless, reports)
        flaky = [r.id for r in first.results if r.verdict is Verdict.FLAKY]
        if not flaky:  # what a mistake draws at random is another number each time
            assert first == second, mutant.name
        assert [r.verdict for r in first.results] == [r.verdict for r in second.results]


def test_a_run_of_ones_own_keeps_its_cases_and_one_of_strangers_does_not(
    zth: Callable[..., Any], tmp_path: Path
) -> None:
    words = ["grade", "lesson1", "--component", "layer", "--impl", "reference"]
    there = tmp_path / "cache" / "zth" / "cases" / "lesson1.cases"
    if any(tier.isolates and not tier.why_not() for tier in sandbox.TIERS):
        assert zth(*words, "--sandbox", "isolating").returncode == 0
        assert not there.exists()
    assert zth(*words).returncode == 0
    assert there.exists()
