"""Rounds of grading: in another order than `zth grade` they say the same; the newest one counts."""

from __future__ import annotations

import itertools
import queue
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from grader import grading, mutations
from grader.kit import Check, Remote, close, property_check
from grader.watching.orders import Ended, Event, Judged, Order
from grader.watching.runner import Runner
from grader.watching.sources import Sources
from grader.watching.state import State
from tests.zth.host import echo_driver as driver
from zth import progress
from zth.host import Nursery, sandbox
from zth.plugins import Plugins
from zth.records import Component, Lesson, LessonReport, Tree, Verdict

DOUBLE = Component("double", "Twice", "toy/double.py", "double")
TRIPLE = Component("triple", "Thrice", "toy/triple.py", "triple")
LESSON = Lesson("toy", "Toy", "toy", (DOUBLE, TRIPLE), driver.__name__, __name__)
FINE = {
    "double.py": "def double(x): return 2 * x\n",
    "triple.py": "from .double import double\ndef triple(x): return double(x) + x\n",
}


@dataclass(frozen=True)
class Case:
    x: int

    def snippet(self) -> str:
        return f"double({self.x})"


CASES = st.builds(Case, st.integers(-1000, 1000))


@property_check(DOUBLE, points=1, case=st.builds(Case, st.integers(0, 9)), examples=20)
def of_small(remote: Remote, case: Case) -> None:
    """Twice a small number."""
    close(remote(driver.play, float(case.x)), 2.0 * case.x, what="double(x)")


@property_check(DOUBLE, points=3, case=CASES, examples=60, needs=["double.of_small"])
def of_any(remote: Remote, case: Case) -> None:
    """Twice any number."""
    close(remote(driver.play, float(case.x)), 2.0 * case.x, what="double(x)")


@property_check(TRIPLE, points=2, case=CASES)
def three_times(remote: Remote, case: Case) -> None:
    """Thrice any number."""
    close(remote(driver.play, float(case.x)), 3.0 * case.x, what="triple(x)")


CHECKS = [value for value in vars(sys.modules[__name__]).values() if isinstance(value, Check)]


class Watched:
    """A lesson in a folder, its state and its runner, and what the runner says."""

    def __init__(self, root: Path, lesson: Lesson = LESSON) -> None:
        self.root, self.lesson = root, lesson
        checks = grading.checks_of(lesson)
        self.state = State(lesson, checks, Sources(root, lesson, checks), None, itertools.count(1))
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.runner = Runner(lesson, Tree("mine", root), sandbox.choose("auto"), self.events.put)

    def write(self, **sources: str) -> None:
        (self.root / "toy").mkdir(exist_ok=True)
        for name, text in sources.items():
            (self.root / "toy" / f"{name}.py").write_text(text, "utf-8")

    def save(self, **sources: str) -> Order:
        self.write(**sources)
        order = self.state.changed()
        assert order is not None
        self.runner.order(order)
        return order

    def begin(self) -> None:
        self.runner.order(self.state.all_again())

    def until_ended(self) -> list[Judged]:
        """What is said until the state's order is done."""
        said: list[Judged] = []
        while True:
            event = self.events.get(timeout=60)
            assert isinstance(event, Judged | Ended), event
            current = self.state.take(event)
            if current and isinstance(event, Ended):
                return said
            if current and isinstance(event, Judged):
                said.append(event)

    def verdicts(self) -> dict[str, str]:
        return {s.entry.name: s.entry.result.verdict.value for s in self.state.standings
                if s.entry.result}  # fmt: skip


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """The toy lesson with right answers, graded once."""
    one = Watched(tmp_path)
    one.write(double=FINE["double.py"], triple=FINE["triple.py"])
    with one.runner:
        one.begin()
        one.until_ended()
        yield one


def test_a_save_is_graded_and_recorded(watched: Watched) -> None:
    assert set(watched.verdicts().values()) == {"passed"}
    watched.save(triple="def triple(x): return 3 * x if x < 100 else 0\n")
    said = watched.until_ended()
    assert {event.result.id for event in said} == {"triple.three_times"}
    assert not said[0].final
    assert said[-1].final
    found = said[-1].result.finding
    assert found is not None
    assert found.snippet == "double(100)"
    reached = progress.read(watched.root, "toy")
    assert reached is not None
    assert (reached.earned, reached.points) == (4, 6)
    assert not progress.changed(watched.root, reached, LESSON.components)


def test_what_failed_is_tried_first_with_the_case_that_failed(watched: Watched) -> None:
    watched.save(double="def double(x): return 2 * x if x < 100 else 0\n")
    assert watched.until_ended()[-1].result.finding
    said = watched.save(double="def double(x): return 2 * x if x < 60 else 0\n") and (
        watched.until_ended()
    )
    first, second = said[0].result, said[1].result
    assert (first.id, first.examples, said[1].final) == ("double.of_any", 0, True)
    assert second.finding is not None
    assert (second.finding.snippet, second.examples) == ("double(100)", 1)
    watched.save(double=FINE["double.py"])
    (mended, *_) = [event.result for event in watched.until_ended()]
    assert (mended.id, mended.verdict, mended.examples) == ("double.of_any", Verdict.PASSED, 60)


def test_what_was_judged_before_its_need_failed_waits_after_all(watched: Watched) -> None:
    watched.save(double="def double(x): return 2 * x if x < 300 else 0\n")
    watched.until_ended()
    watched.save(double="def double(x): return 0 * x\n")
    watched.until_ended()
    assert watched.verdicts() == {
        "of_small": "failed",
        "of_any": "skipped",
        "three_times": "failed",
    }


def test_a_new_save_ends_the_grading_of_the_old_one(watched: Watched) -> None:
    started = threading.Event()
    watched.save(double="def double(x):\n    while True: pass\n")
    threading.Timer(0.3, started.set).start()
    assert started.wait(10)
    old = watched.state.order
    watched.save(double="def double(x): return 2 * x + 1\n")
    said = watched.until_ended()
    assert old is not None
    assert old.number not in {event.number for event in said}
    assert watched.verdicts()["of_small"] == "failed"


def test_what_was_saved_since_is_not_said_to_be_graded(watched: Watched) -> None:
    order = watched.save(double="def double(x): return 2 * x + 1\n")
    watched.write(double=FINE["double.py"])  # and nobody has noticed yet
    time_for_both = watched.save(triple="def triple(x): return 3 * x  # more\n")
    said = watched.until_ended()
    assert order.number < time_for_both.number
    assert {event.number for event in said} == {time_for_both.number}
    assert set(watched.verdicts().values()) == {"passed"}


def test_half_a_file_is_one_failure_and_then_all_is_well(watched: Watched) -> None:
    watched.save(double="def double(x):")
    watched.until_ended()
    found = watched.verdicts()
    assert found == {"of_small": "crashed", "of_any": "skipped", "three_times": "crashed"}
    watched.save(double=FINE["double.py"])
    watched.until_ended()
    assert set(watched.verdicts().values()) == {"passed"}


def test_a_file_that_is_deleted_and_comes_back(watched: Watched) -> None:
    (watched.root / "toy" / "double.py").unlink()
    watched.save()
    watched.until_ended()
    assert watched.verdicts()["of_small"] == "not implemented"
    watched.save(double=FINE["double.py"])
    watched.until_ended()
    assert set(watched.verdicts().values()) == {"passed"}


def test_a_folder_that_is_replaced_is_read_anew(watched: Watched) -> None:
    shutil.move(watched.root / "toy", watched.root / "old")
    watched.save(double="def double(x): return 2 * x + 1\n", triple=FINE["triple.py"])
    watched.until_ended()
    assert watched.verdicts()["of_small"] == "failed"


def test_a_glance_finds_what_the_whole_search_finds_or_nothing(tmp_path: Path) -> None:
    one = Watched(tmp_path)
    tree = Tree("mine", tmp_path)
    with Nursery() as nursery:
        for source, seen in (("0 * x + 1", True), ("2 * x if x < 300 else 0", False)):
            one.write(double=f"def double(x): return {source}\n")
            with grading.opened(LESSON, tree, nursery) as run:
                glanced, judged = run.glance(of_any), run.judge(of_any)
            assert judged.verdict is Verdict.FAILED
            assert (glanced is not None) is seen
            if glanced:
                assert replace(glanced, seconds=0) == replace(judged, seconds=0)


@pytest.mark.slow
@pytest.mark.parametrize("lesson", ["lesson1", "lesson3"])
def test_a_round_says_of_known_mistakes_what_grade_says(lesson: str, tmp_path: Path) -> None:
    watched_lesson = Plugins.load().lessons()[lesson]
    known = mutations.mutants(watched_lesson)[::8]
    mutations.plant(known[0], watched_lesson, tmp_path)
    watched = Watched(tmp_path, watched_lesson)
    with watched.runner:
        watched.begin()
        watched.until_ended()
        for mutant in known[1:]:
            mutations.plant(mutant, watched_lesson, tmp_path)
            if order := watched.state.changed():
                watched.runner.order(order)
                watched.until_ended()
            due = graded(watched_lesson, tmp_path)
            found = {s.entry.id: s.entry.result for s in watched.state.standings}
            for right in due.results:
                got = found[right.id]
                assert got is not None
                assert (got.verdict, got.earned) == (right.verdict, right.earned), mutant.name


def graded(lesson: Lesson, root: Path) -> LessonReport:
    """What `zth grade` finds."""
    with Nursery(lesson.packages) as nursery:
        selection = grading.Selection(milestone="none")
        return grading.grade(lesson, Tree("mine", root), nursery, selection=selection)


def test_the_checks_of_this_file_are_a_lesson() -> None:
    assert [replace(c, function=None) for c in grading.checks_of(LESSON)] == [  # type: ignore[arg-type]
        replace(c, function=None)
        for c in CHECKS  # type: ignore[arg-type]
    ]
