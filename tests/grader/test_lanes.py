"""Components judged at the same time get the verdicts that they get one after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from grader import engine, grading, mutations
from grader.bench import Bench
from grader.kit import Check, Remote, close, milestone, property_check
from grader.lanes import LANES, Lanes, shared_out
from tests.grader.conftest import Toy
from tests.zth.host import echo_driver as driver
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import Component, Lesson, LessonReport, Result, Tree, Verdict

DOUBLE = Component("double", "Twice", "toy/toy.py", "double")
OTHER = Component("other", "Another", "toy/other.py", "other")
TOY = Lesson("toy", "Toy", "toy", (DOUBLE, OTHER), driver.__name__, __name__)
LESSONS = Plugins.load().lessons()
FINE = {"toy.py": "def double(x): return 2 * x\n", "other.py": "def other(x): return x\n"}
EVERY = 7  # of the known mistakes of a lesson, one in so many is compared


@dataclass(frozen=True)
class Case:
    x: int


CASES = st.builds(Case, st.integers(-1000, 1000))


@property_check(DOUBLE, points=3, case=CASES, hint="Twice.", limit=2.0)
def doubles(remote: Remote, case: Case) -> None:
    """The result is twice the number"""
    close(remote(driver.play, float(case.x)), 2.0 * case.x, what="double(x)")


@milestone(DOUBLE, points=1, quick=True)
def reaches(remote: Remote, seed: int) -> str:
    """It reaches ten"""
    return f"{remote(driver.play, 5.0):g}"


@property_check(OTHER, points=2, case=CASES, hint="The same.", limit=2.0)
def other_is_right(remote: Remote, case: Case) -> None:
    """The other one is right"""
    close(remote(driver.play, float(case.x)), float(case.x), what="other(x)")


@property_check(OTHER, points=2, case=CASES, hint="Twice.", needs=["double.doubles"], limit=2.0)
def other_agrees(remote: Remote, case: Case) -> None:
    """The other one goes with double"""
    there = remote.of(DOUBLE)(driver.play, float(case.x))
    close(remote(driver.play, there), 2.0 * case.x, what="other(double(x))")


Grade = Callable[..., LessonReport]


@pytest.fixture
def grade(nursery: Nursery, toy: Toy) -> Grade:
    def run(sources: dict[str, str], lanes: int) -> LessonReport:
        report = grading.grade(TOY, toy(sources), nursery, lanes=lanes)
        return replace(report, results=tuple(told(report)))

    return run


def check_of(component: str, name: str, **changes: Any) -> Check:
    owner = replace(DOUBLE, id=component)
    return replace(doubles, id=f"{component}.{name}", component=owner, **changes)


def lanes_for(checks: list[Check], nursery: Nursery, lanes: int = 2) -> Lanes:
    return Lanes(Bench(nursery, driver, []), checks, lanes)


def test_the_lanes_have_about_as_much_to_do_and_depend_on_the_lesson_alone() -> None:
    for lesson in LESSONS.values():
        checks = grading.checks_of(lesson)
        lanes = shared_out(checks, 2)
        assert lanes == shared_out(checks, 2)
        assert lanes.keys() == {check.component.id for check in checks}
        work = [
            sum(c.examples for c in checks if not c.milestone and lanes[c.component.id] == lane)
            for lane in (0, 1)
        ]
        largest = max(
            sum(c.examples for c in checks if not c.milestone and c.component.id == id)
            for id in lanes
        )
        assert abs(work[0] - work[1]) <= largest


def test_two_components_are_judged_at_the_same_time(nursery: Nursery) -> None:
    checks = [check_of("one", "a"), check_of("two", "b")]
    both = threading.Barrier(2, timeout=20)
    with lanes_for(checks, nursery) as lanes:
        lanes.each(checks, lambda _: both.wait())


def test_a_check_waits_for_what_it_needs_and_a_milestone_for_all(nursery: Nursery) -> None:
    checks = [
        check_of("one", "slow"),
        check_of("one", "stone", milestone=True, alone=True),
        check_of("two", "needs", needs=("one.slow", "two.later", "three.unknown")),
        check_of("two", "later"),
    ]
    said = []

    def judge(check: Check) -> None:
        if check.id == "one.slow":
            time.sleep(0.2)
        said.append(check.id)

    with lanes_for(checks, nursery) as lanes:
        lanes.each(checks, judge)
    assert said == ["one.slow", "two.needs", "two.later", "one.stone"]


def test_a_milestone_that_need_not_be_alone_runs_beside_other_components(nursery: Nursery) -> None:
    checks = [check_of("one", "stone", milestone=True), check_of("two", "b")]
    both = threading.Barrier(2, timeout=20)
    with lanes_for(checks, nursery) as lanes:
        lanes.each(checks, lambda _: both.wait())


def test_with_one_lane_the_order_is_the_lessons(nursery: Nursery) -> None:
    stone = check_of("one", "stone", milestone=True, alone=True)
    checks = [stone, check_of("two", "b"), check_of("one", "c")]
    said: list[Check] = []
    with lanes_for(checks, nursery, 1) as lanes:
        lanes.each(checks, said.append)
    assert said == checks


@pytest.mark.parametrize("where", ["one.a", "two.b"])
def test_what_is_raised_in_a_lane_ends_them_all(where: str, nursery: Nursery) -> None:
    checks = [check_of("one", "a"), check_of("two", "b"), check_of("two", "c", needs=("one.a",))]

    def judge(check: Check) -> None:
        if check.id == where:
            raise KeyboardInterrupt

    with lanes_for(checks, nursery) as lanes:
        with pytest.raises(KeyboardInterrupt):
            lanes.each(checks, judge)
        assert all(bench.late for bench in lanes.benches)


def test_ending_a_bench_ends_the_call_that_it_waits_for(
    nursery: Nursery, tmp_path: Path, grade: Grade
) -> None:
    grade({"toy.py": "def double(x):\n    while True: pass\n", "other.py": ""}, 1)
    slow = replace(doubles, limit=60.0)

    def judge(check: Check) -> None:
        if check.component.id == "double":
            run.judge(slow)
        else:
            time.sleep(0.3)
            raise KeyboardInterrupt

    start = time.monotonic()
    with (
        grading.opened(TOY, Tree("toy", tmp_path), nursery, lanes=2) as run,
        pytest.raises(KeyboardInterrupt),
    ):
        run.lanes.each([other_is_right, doubles], judge)
    assert run.done[doubles.id].verdict.value == "crashed"
    assert time.monotonic() - start < 50  # the call's limit is over that


def test_threads_draw_the_cases_that_each_would_draw_alone() -> None:
    checks = [c for c in grading.checks_of(LESSONS["lesson1"]) if c.case is not None][10:16]

    def drawn(check: Check) -> str:
        found: list[object] = []

        def note(case: object) -> None:
            found.append(case)

        settings = hypothesis.settings(engine._SETTINGS, max_examples=25)
        assert check.case is not None
        hypothesis.seed(engine.derive(0, check.id))(settings(hypothesis.given(check.case)(note)))()
        return repr(found)

    alone = [drawn(check) for check in checks]
    with ThreadPoolExecutor(len(checks)) as pool:
        assert list(pool.map(drawn, checks)) == alone


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"toy.py": "def double(x): return 2 * x if x < 100 else 0\n"},
        {"other.py": "def other(x): raise NotImplementedError\n"},
        {"other.py": "import os\ndef other(x): os._exit(0)\n"},
        {"toy.py": "import nothing\n"},
        pytest.param({"toy.py": "while True: pass\n"}, marks=pytest.mark.slow),
    ],
)
def test_a_report_is_the_same_with_one_lane_and_with_two(
    changed: dict[str, str], grade: Grade
) -> None:
    assert grade(FINE | changed, 2) == grade(FINE | changed, 1)


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_get_the_same_results_with_several_lanes(
    lesson: str, warm: Nursery, tmp_path: Path
) -> None:
    found = LESSONS[lesson]
    trees = [Plugins.load().trees()["reference"], Plugins.load().trees()["student"]]
    known = mutations.mutants(found)[::EVERY]
    trees += [mutations.plant(mutant, found, tmp_path / mutant.name) for mutant in known]
    selection = grading.Selection(milestone="none")
    for tree in trees:
        one, more = (
            grading.grade(
                found, tree, warm, selection=selection, smallest=False, diagnose=True, lanes=n
            )
            for n in (1, LANES)
        )
        assert told(more) == told(one), tree.name


def told(report: LessonReport) -> list[Result]:
    """The results, without what differs from run to run."""
    return [
        replace(r, seconds=0.0, finding=None if r.verdict is Verdict.FLAKY else r.finding)
        for r in report.results
    ]
