"""The engine's verdicts, on a lesson of one function that is made here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import strategies as st

from grader import grading
from grader.kit import Check, Failed, Remote, close, fail, milestone, property_check
from tests.grader.conftest import Toy
from tests.zth.host import echo_driver as driver
from zth.host import Nursery
from zth.records import Component, Lesson, LessonReport, Verdict, ZthError
from zth.render.terminal import told

DOUBLE = Component("double", "Twice", "toy/toy.py", "double", forbidden=("math.fsum", "json"))
OTHER = Component("other", "Another", "toy/toy.py", "other")
LESSON = Lesson("toy", "Toy", "toy", (DOUBLE, OTHER), driver.__name__, __name__)


@dataclass(frozen=True)
class Case:
    x: int

    def snippet(self) -> str:
        return f"double({self.x})"


CASES = st.builds(Case, st.integers(-1000, 1000))


@property_check(DOUBLE, points=3, case=CASES, hint="Twice.", examples=60)
def doubles(remote: Remote, case: Case) -> None:
    """The result is twice the number."""
    close(remote(driver.play, float(case.x)), 2.0 * case.x, what="double(x)")


@property_check(DOUBLE, case=CASES, advisory=True, needs=["double.doubles"])
def is_even(remote: Remote, case: Case) -> None:
    """Beyond: the result is even"""
    if remote(driver.play, float(case.x)) % 2:
        fail("odd")


@property_check(OTHER, points=2, case=CASES)
def other_is_right(remote: Remote, case: Case) -> None:
    """The other one is right"""
    close(remote(driver.play, float(case.x)), float(case.x), what="other(x)")


@milestone(DOUBLE, points=1, quick=True)
def reaches(remote: Remote, seed: int) -> str:
    """It reaches ten"""
    return f"{remote(driver.play, 5.0):g}, seeded {seed % 10 < 10}"


Grade = Callable[..., LessonReport]
FINE = "def double(x): return 2 * x\ndef other(x): return x\n"


@pytest.fixture
def grade(nursery: Nursery, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> Grade:
    module = sys.modules[__name__]

    def run(
        source: str, *, limit: float = 5.0, checks: list[Check] | None = None, **options: object
    ) -> LessonReport:
        found = checks or [v for v in vars(module).values() if isinstance(v, Check)]
        limited = [replace(c, limit=limit) for c in found]
        monkeypatch.setattr(grading, "checks_of", lambda lesson: limited)
        return grading.grade(LESSON, toy({"toy.py": source}), nursery, **options)  # type: ignore[arg-type]

    return run


def verdicts(report: LessonReport) -> list[str]:
    return [r.verdict.value for r in report.results]


def test_a_right_tree_earns_all(grade: Grade) -> None:
    report = grade(FINE)
    assert verdicts(report) == ["passed"] * 4
    assert (report.earned, report.points) == (6, 6)
    assert report.passed
    assert report.results[0].examples == 60
    assert report.results[-1].detail == "10, seeded True"
    assert report.results[0].title == "The result is twice the number"


def test_a_counterexample_is_minimal(grade: Grade) -> None:
    report = grade("def double(x): return 2 * x if x < 100 else 0\ndef other(x): return x\n")
    found = report.results[0]
    assert found.verdict is Verdict.FAILED
    assert found.finding is not None
    assert found.finding.snippet == "double(100)"
    assert found.finding.message == "double(x) is wrong"
    assert (found.finding.expected, found.finding.actual) == ("200.0", "0.0")
    assert found.hint == "Twice."
    assert report.results[1].verdict is Verdict.SKIPPED
    assert "needs double.doubles" in str(report.results[1].finding)
    assert report.results[2].verdict is Verdict.PASSED
    assert not report.passed


@dataclass(frozen=True)
class Long:
    """A case that takes long lines to write."""

    numbers: list[float]
    text: str

    def snippet(self) -> str:
        lines = f"numbers = {self.numbers}", f"print(double(sum(numbers) + len({self.text!r})))"
        return "\n".join(["from toy.toy import double", *lines])


LONG = st.builds(Long, st.lists(st.floats(0, 9), min_size=90), st.text(min_size=310))


def doubles_much(remote: Remote, case: Long) -> None:
    """Twice a lot"""
    x = sum(case.numbers) + len(case.text)
    close(remote(driver.play, x), 2 * x, what="double(x)")


def test_a_long_case_can_be_pasted_from_a_terminal_and_fails_as_told(
    grade: Grade, tmp_path: Path
) -> None:
    much = property_check(DOUBLE, points=1, case=LONG)(doubles_much)
    report = grade("def double(x): return 3 * x\n", checks=[much])
    finding = report.results[0].finding
    assert finding is not None
    shown = told(report.results[0], "", 80).split("\n")
    first, last = (i for i, line in enumerate(shown) if line.startswith(("  from", "  print")))
    code = "\n".join(line.removeprefix("  ") for line in [*shown[first:last], shown[last]])
    code += "\n" + "\n".join(takewhile(lambda line: line.startswith("   "), shown[last + 1 :]))
    assert len(code.split("\n")) > 8
    assert max(map(len, code.split("\n"))) < 80
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == finding.actual != finding.expected


def test_a_failing_advisory_check_costs_nothing(grade: Grade) -> None:
    odd = replace(is_even, needs=(), function=lambda remote, case: fail("always"))
    report = grade(FINE, checks=[doubles, odd, other_is_right])
    assert verdicts(report) == ["passed", "failed", "passed"]
    assert report.earned == report.points == 5
    assert report.passed


def test_not_implemented_is_neither_failed_nor_crashed(grade: Grade) -> None:
    report = grade("def double(x): raise NotImplementedError\ndef other(x): return x\n")
    assert verdicts(report)[0] == "not implemented"
    assert report.results[2].verdict is Verdict.PASSED


def test_a_not_implemented_error_from_elsewhere_is_a_crash(grade: Grade) -> None:
    source = "import io\ndef double(x): return io.RawIOBase().readinto(b'')\n"
    found = grade(source, checks=[doubles]).results[0]
    assert found.verdict is Verdict.CRASHED


def test_an_exception_is_shrunk_too(grade: Grade) -> None:
    source = "def double(x):\n    if x > 41: raise ValueError('big')\n    return 2 * x\n"
    found = grade(source, checks=[doubles]).results[0]
    assert found.verdict is Verdict.CRASHED
    assert found.finding is not None
    assert found.finding.snippet == "double(42)"
    assert [f.source for f in found.finding.trace] == ["if x > 41: raise ValueError('big')"]


COUNTS = """
n = [0]
def double(x):
    n[0] += 1
    return 2 * x if n[0] < 30 else 0
"""
STATEFUL = {
    "counts calls": COUNTS,
    "random": "import random\ndef double(x): return 2 * x + random.random()\n",
    "clock": "import time\ndef double(x): return 2 * x + 1 + time.time_ns() % 1000\n",
}


@pytest.mark.parametrize("name", STATEFUL)
def test_what_differs_on_replay_is_flaky(name: str, grade: Grade) -> None:
    found = grade(STATEFUL[name], checks=[doubles]).results[0]
    assert found.verdict is Verdict.FLAKY
    assert found.earned == 0


def test_time_outs_end_within_three_limits_and_spare_the_rest(grade: Grade) -> None:
    source = "import time\ndef double(x): time.sleep(100)\ndef other(x): return x\n"
    many = [replace(doubles, id=f"double.check{i}") for i in range(12)]
    report = grade(source, limit=0.8, checks=[*many, other_is_right])
    assert verdicts(report)[:3] == ["timed out", "timed out", "skipped"]
    assert report.results[-1].verdict is Verdict.PASSED
    assert sum(r.seconds for r in report.results) < 3 * 0.8


def test_a_tree_that_hangs_everywhere_is_given_up(grade: Grade) -> None:
    parts = [
        replace(doubles, id=f"{c.id}.check{i}", component=c)
        for i in range(10)
        for c in (DOUBLE, OTHER)
    ]
    source = "import time\ndef double(x): time.sleep(100)\nother = double\n"
    report = grade(source, limit=0.8, checks=parts)
    assert set(verdicts(report)) == {"timed out", "skipped"}
    assert sum(r.seconds for r in report.results) < 3 * 0.8


def test_milestones_that_take_too_long_cost_no_check_its_turn(grade: Grade) -> None:
    def long(remote: Remote, seed: int) -> str:
        return str(remote(driver.play, 0.5))

    slow = [replace(reaches, id=f"double.long{i}", function=long) for i in range(3)]
    source = "def double(x):\n    while x == 0.5: pass\n    return 2 * x\ndef other(x): return x\n"
    later = [replace(doubles, id="double.later"), other_is_right]
    report = grade(source, limit=0.8, checks=[doubles, *slow, *later])
    assert verdicts(report) == ["passed", *["timed out"] * 3, "passed", "passed"]


def test_our_own_fault_withholds_the_grade(grade: Grade) -> None:
    def broken(remote: Remote, case: Case) -> None:
        raise KeyError("ours")

    found = grade(FINE, checks=[replace(doubles, function=broken)]).results[0]
    assert found.verdict is Verdict.GRADER_ERROR
    assert "KeyError" in str(found.finding)
    assert found.earned == 0


def test_where_no_worker_starts_it_is_said_once(
    grade: Grade, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(**_: object) -> NoReturn:
        raise ZthError("the process that runs workers does not start: why")

    monkeypatch.setattr(nursery, "session", none)
    with pytest.raises(ZthError, match="does not start: why"):
        grade(FINE)


def test_the_seed_decides_and_other_checks_do_not(grade: Grade) -> None:
    seen: list[int] = []

    def note(remote: Remote, case: Case) -> None:
        seen.append(case.x)

    noting = replace(doubles, function=note)
    runs = []
    for checks, seed in (([noting], 1), ([other_is_right, noting], 1), ([noting], 2)):
        seen.clear()
        grade(FINE, checks=checks, seed=seed)
        runs.append(list(seen))
    assert runs[0] == runs[1] != runs[2]


def test_components_and_milestones_are_chosen(grade: Grade) -> None:
    only = grade(FINE, selection=grading.Selection(components=("other",)))
    assert [r.id for r in only.results] == ["other.other_is_right"]
    none = grade(FINE, selection=grading.Selection(milestone="none"))
    assert not any(r.milestone for r in none.results)
    slow = replace(reaches, quick=False)
    assert not any(r.milestone for r in grade(FINE, checks=[doubles, slow]).results)
    named = grade(FINE, checks=[doubles, slow], selection=grading.Selection(milestone="reaches"))
    assert named.results[-1].milestone


def test_a_milestone_waits_for_the_checks_of_its_component(grade: Grade) -> None:
    report = grade("def double(x): return x\ndef other(x): return x\n")
    assert report.results[-1].verdict is Verdict.SKIPPED


BREACHES = {
    "an attribute": "import math\ndef double(x): return math.fsum([x, x])\n",
    "an alias": "import math as m\ndef double(x): return m.fsum([x, x])\n",
    "a name": "from math import fsum\ndef double(x): return fsum([x, x])\n",
    "at run time": "import math\ndef double(x): return getattr(math, 'fs' + 'um')([x, x])\n",
    "in a helper": "import math\ndef h(x): return math.fsum([x, x])\ndef double(x): return h(x)\n",
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_right_and_earns_nothing(name: str, grade: Grade) -> None:
    report = grade(BREACHES[name] + "def other(x): return x\n")
    assert set(verdicts(report)) == {"passed"}
    assert [(b.component, b.name) for b in report.breaches] == [("double", "math.fsum")]
    assert report.earned == 2
    assert not report.passed


def test_a_forbidden_module_is_not_there_and_its_import_is_a_breach(grade: Grade) -> None:
    report = grade("import json\n" + FINE)
    assert report.results[0].verdict is Verdict.CRASHED
    assert "json is not available" in str(report.results[0].finding)
    assert ("double", "json") in [(b.component, b.name) for b in report.breaches]


def test_the_policy_can_be_lifted(grade: Grade) -> None:
    report = grade("import json\n" + FINE, lift_policy=True)
    assert report.passed
    assert report.earned == 6


@pytest.mark.parametrize(
    ("actual", "expected", "said"),
    [
        (0.25, 0.5, "0.25, expected 0.5"),
        (0.2 + 1e-8, 0.2, "0.20000001, expected 0.2"),
        (1.0 + 2**-52, 1.0, "1.0000000000000002, expected 1"),
        (float("nan"), 1.0, "nan, expected 1"),
    ],
)
def test_a_message_shows_the_digits_that_differ(actual: float, expected: float, said: str) -> None:
    with pytest.raises(Failed, match=f"y\\[0\\] is {said}$"):
        close([actual], [expected], rtol=0, atol=0, what="y")
