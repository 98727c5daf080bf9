"""One task: what a submission earns, whatever it holds."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import hypothesis
import msgspec
import pytest

from grader.classroom import work
from grader.classroom.records import Task
from zth import trees
from zth.records import Report, Verdict

FOLDER = "lesson1_autograd"


def files(tree: str) -> dict[str, bytes]:
    root = trees.shipped(tree)
    return {str(f.relative_to(root)): f.read_bytes() for f in root.glob(f"{FOLDER}/*.py")}


TASK = Task(
    key="k",
    lesson="lesson1",
    digest="d",
    seed=5,
    seed_id="name-of-5",
    hand=7,
    milestone="none",
    sandbox="isolating",
    seconds=120.0,
    files=files(trees.REFERENCE),
)


def read(text: str) -> Report:
    return msgspec.json.decode(text, type=Report)


def test_a_right_tree_earns_all_and_the_report_keeps_the_seed_to_itself() -> None:
    outcome = work.grade(TASK)
    assert outcome.fault == ""
    assert 0 < outcome.points == outcome.earned
    report = read(outcome.report)
    assert (report.seed, report.digest, report.tree) == ("name-of-5", "d", work.HANDED_IN)
    assert report.sandbox == outcome.sandbox != "process"


def test_the_same_task_has_the_same_outcome_and_no_path_of_this_machine() -> None:
    wrong = {name: body.replace(b"+=", b"=") for name, body in TASK.files.items()}
    one, two = (work.grade(replace(TASK, files=wrong)) for _ in range(2))
    assert 0 < one.earned < one.points
    assert tempfile.gettempdir() not in one.report
    assert _timeless(one.report) == _timeless(two.report)


def test_what_was_drawn_for_one_tree_is_not_drawn_again_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = work.grade(replace(TASK, hand=11))
    monkeypatch.setattr(hypothesis, "given", lambda *_: pytest.fail("drawn"))
    other = {name: body + b"# another\n" for name, body in TASK.files.items()}
    second = work.grade(replace(TASK, hand=11, seed=6, files=other))
    assert second.fault == ""
    assert second.earned == first.earned == first.points > 0


def _timeless(text: str) -> Report:
    report = read(text)
    lessons = tuple(
        replace(lesson, results=tuple(replace(r, seconds=0.0) for r in lesson.results))
        for lesson in report.lessons
    )
    return replace(report, seconds=0.0, lessons=lessons)


def test_a_tree_without_the_files_earns_nothing() -> None:
    outcome = work.grade(replace(TASK, files={"other.py": b""}))
    assert (outcome.earned, outcome.fault) == (0, "")
    [lesson] = read(outcome.report).lessons
    verdicts = {r.verdict for r in lesson.results}
    assert Verdict.NOT_IMPLEMENTED in verdicts
    assert verdicts <= {Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED}
    assert "submission" in outcome.report


def test_time_is_for_the_whole_lesson() -> None:
    slow = {name: body + SLEEP for name, body in TASK.files.items() if "value" in name}
    outcome = work.grade(replace(TASK, files={**TASK.files, **slow}, seconds=1.5))
    assert outcome.fault == ""
    [lesson] = read(outcome.report).lessons
    assert outcome.earned < outcome.points
    last = lesson.results[-1]
    assert last.verdict is Verdict.SKIPPED
    assert last.finding is not None
    assert "used up" in last.finding.message
    assert all(r.seconds < 10 for r in lesson.results)


SLEEP = b"""
import time
_init = Value.__init__
def _slow(self, *args, **kwargs):
    time.sleep(0.02)
    _init(self, *args, **kwargs)
Value.__init__ = _slow
"""


@pytest.mark.parametrize("change", [{"lesson": "lesson77"}, {"sandbox": "nosuch"}])
def test_what_goes_wrong_on_our_side_is_a_fault_and_no_grade(change: dict[str, str]) -> None:
    outcome = work.grade(replace(TASK, **change))  # type: ignore[arg-type]
    assert outcome.fault
    assert (outcome.points, outcome.earned, outcome.report) == (0, 0, "")


def test_files_stay_in_their_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out"), work.unpacked({"../out.py": b"1"}):
        pass
    with work.unpacked({"a/b.py": b"1"}) as root:
        assert (root / "a/b.py").read_bytes() == b"1"
    assert not root.exists()
