"""Wrong, broken and hostile files: the right verdict, one clear line, the rest keeps its points."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader import grading
from zth import trees
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import LessonReport, Result, Tree, Verdict

LESSON = Plugins.load().lessons()["lesson3"]
FOLDER, FILE = "lesson3_attention", "attention.py"
LIMIT = 3.0  # all examples of a check together, on a busy machine too
WORTH = {
    c.id: sum(x.points for x in grading.checks_of(LESSON) if x.component == c)
    for c in LESSON.components
}

FIRST = "import math\n"
SIGNATURE = "    q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False\n"
SCORES = "    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, Tq, Tk)\n"
RESULT = "    return weights @ v  # (…, Tq, dv)\n"
FORWARD = "    def forward(self, x: Tensor) -> Tensor:\n        T = x.shape[1]\n"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["torch"]) as nursery:
        yield nursery


Grade = Callable[..., LessonReport]


@pytest.fixture
def grade(nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Grade:
    """Grades the reference with one edit, under a short limit."""
    checks = [replace(c, limit=LIMIT) for c in grading.checks_of(LESSON)]
    monkeypatch.setattr(grading, "checks_of", lambda lesson: checks)

    def run(
        old: str,
        new: str,
        *,
        folder: str = "tree",
        components: tuple[str, ...] = ("sdpa", "head"),
        nursery: Nursery = nursery,
    ) -> LessonReport:
        root = tmp_path / folder
        shutil.copytree(trees.shipped(trees.REFERENCE) / FOLDER, root / FOLDER)
        file = root / FOLDER / FILE
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
        selection = grading.Selection(components=components)
        return grading.grade(LESSON, Tree("tree", root), nursery, selection=selection)

    return run


def first(report: LessonReport, component: str = "sdpa") -> Result:
    """The first result of the component that did not pass."""
    return next(
        r for r in report.results if r.component == component and r.verdict is not Verdict.PASSED
    )


def points(report: LessonReport, component: str) -> tuple[int, int]:
    mine = [r for r in report.results if r.component == component]
    return sum(r.earned for r in mine), sum(r.points for r in mine)


# What the function returns, or does before; the verdict; what the line must say.
IN_A_CALL = {
    "shape": (RESULT, "    return (weights @ v).mT\n", "failed", "has shape"),
    "dtype": (RESULT, "    return (weights @ v).float()\n", "failed", "dtype float32"),
    "nan": (RESULT, "    return (weights @ v) * float('nan')\n", "failed", "is nan"),
    "inf": (RESULT, "    return (weights @ v) * float('inf')\n", "failed", "inf, expected"),
    "complex": (RESULT, "    return (weights @ v) + 0j\n", "failed", "complex"),
    "sparse": (RESULT, "    return (weights @ v).to_sparse()\n", "failed", "sparse"),
    "meta": (RESULT, "    return (weights @ v).to('meta')\n", "failed", "meta"),
    "expanded to terabytes": (
        RESULT,
        "    return torch.zeros(1).expand(10**6, 10**6)\n",
        "failed",
        "1,000,000,000,000 elements",
    ),
    "list": (RESULT, "    return (weights @ v).tolist()\n", "failed", "is a list"),
    "nothing": (RESULT, "    pass\n", "failed", "NoneType"),
    "input changed": (
        SCORES,
        "    with torch.no_grad():\n        q.mul_(1.001)\n" + SCORES,
        "failed",
        "q was changed in place",
    ),
    "random": (
        RESULT,
        "    import random\n    return weights @ v * (1 + random.random())\n",
        "flaky",
        "different results",
    ),
    "a subclass that lies": (
        RESULT,
        (
            "    class Liar(torch.Tensor):\n"
            "        @classmethod\n"
            "        def __torch_function__(cls, f, t, a=(), k=None):\n"
            "            return torch.zeros(())\n"
            "    return (weights @ v * 2).as_subclass(Liar)\n"
        ),
        "crashed",
        "",
    ),
    "arity": (
        SIGNATURE,
        "    q: Tensor, k: Tensor\n",
        "crashed",
        "takes 2 positional arguments but 3 were given",
    ),
    "exception": (
        SCORES,
        "    def a(): b()\n    def b(): raise ValueError('deep')\n    a()\n",
        "crashed",
        "ValueError: deep",
    ),
    "recursion": (
        SCORES,
        "    return scaled_dot_product_attention(q, k, v, is_causal)\n",
        "crashed",
        "RecursionError",
    ),
    "segfault": (
        SCORES,
        "    import ctypes\n    ctypes.string_at(0)\n",
        "crashed",
        "SIGSEGV",
    ),
    "exit": (SCORES, "    import os\n    os._exit(0)\n", "crashed", "exit status 0"),
    "sys.exit": (SCORES, "    raise SystemExit(0)\n", "crashed", "SystemExit"),
    "flood": (SCORES, "    print('x' * 100_000_000)\n" + SCORES, "crashed", "16 MiB were printed"),
    "memory": (
        SCORES,
        "    x = torch.ones(10 * 2**30)\n",
        "crashed",
        "it asked for 40 GiB of memory; this process may use 8 GiB",
    ),
    "memory in Python": (SCORES, "    x = bytearray(40 * 2**30)\n", "crashed", "may use 8 GiB"),
    "loop": (SCORES, "    while True: pass\n", "timed out", "no answer within 3 s"),
    "sleep": (SCORES, "    import time\n    time.sleep(1e9)\n", "timed out", "no answer"),
    "stopped": (
        SCORES,
        "    import os, signal\n    os.kill(os.getpid(), signal.SIGSTOP)\n",
        "timed out",
        "no answer",
    ),
    "slow": (SCORES, "    import time\n    time.sleep(0.1)\n" + SCORES, "timed out", "together"),
}


# Each is told by what is told of another one, which the quick tests play.
LIKE_ANOTHER = {"inf", "sparse", "list", "nothing", "sys.exit", "memory in Python", "sleep"}


def _some_quick(names):
    return [
        pytest.param(name, marks=pytest.mark.slow) if name in LIKE_ANOTHER else name
        for name in names
    ]


def test_a_child_that_is_left_behind_is_found(grade: Grade) -> None:
    child = "    import os, time\n    if os.fork() == 0:\n        os.setsid()\n"
    with Nursery(["torch"], "process") as process:
        report = grade(SCORES, child + "        time.sleep(1000)\n" + SCORES, nursery=process)
    found = first(report)
    assert found.verdict == "crashed"
    assert found.finding is not None
    assert "left a process running" in found.finding.message
    assert points(report, "head") == (WORTH["head"],) * 2


@pytest.mark.parametrize("name", _some_quick(IN_A_CALL))
def test_a_bad_call_costs_its_own_component_only(name: str, grade: Grade) -> None:
    old, new, verdict, words = IN_A_CALL[name]
    start = time.monotonic()
    report = grade(old, new)
    found = first(report)
    assert found.verdict == verdict
    assert found.finding is not None
    assert words in found.finding.message
    assert "\n" not in found.finding.message
    assert points(report, "head") == (WORTH["head"],) * 2
    assert points(report, "sdpa")[0] < points(report, "sdpa")[1]
    if verdict == "timed out":
        assert time.monotonic() - start < 3 * LIMIT + 6  # and what a busy machine adds


ON_IMPORT = {
    "syntax": ("def f(:\n", "crashed", "SyntaxError"),
    "import": ("import no_such_module\n", "crashed", "No module named 'no_such_module'"),
    "raises": ("1 / 0\n", "crashed", "ZeroDivisionError"),
    "exit": ("import os; os._exit(0)\n", "crashed", "exit status 0"),
    "sys.exit": ("import sys; sys.exit(0)\n", "crashed", "SystemExit"),
    "hang": ("while True: pass\n", "timed out", "importing lesson3_attention/attention.py"),
    "the grader": ("import grader\n", "crashed", "grader is not available"),
    "zth": ("import zth.wire\n", "crashed", "zth is not available"),
    "the reference": ("import solutions\n", "crashed", "solutions is not available"),
}


@pytest.mark.parametrize("name", ON_IMPORT)
def test_what_fails_on_import_is_told_once(name: str, grade: Grade) -> None:
    code, verdict, words = ON_IMPORT[name]
    report = grade(FIRST, FIRST + code, components=("sdpa",))
    results = report.results
    assert results[0].verdict == verdict
    assert results[0].finding is not None
    assert words in results[0].finding.message
    assert results[0].hint == ""  # the check's own would be about something else
    assert {r.verdict for r in results[1:]} == {Verdict.SKIPPED}
    assert report.earned == 0


def test_a_syntax_error_shows_the_learners_own_line(grade: Grade) -> None:
    report = grade(FIRST, FIRST + "def broken(:\n", components=("sdpa",))
    finding = report.results[0].finding
    assert finding is not None
    [frame] = finding.trace
    assert frame.file == f"{FOLDER}/{FILE}"
    assert frame.source == "def broken(:"
    assert (Path(report.parts["sdpa"]).read_text("utf-8").splitlines()[frame.line - 1]) == (
        "def broken(:"
    )


def test_a_traceback_has_the_learners_frames_alone(grade: Grade) -> None:
    old, new, *_ = IN_A_CALL["exception"]
    finding = first(grade(old, new, components=("sdpa",))).finding
    assert finding is not None
    assert [f.function for f in finding.trace] == ["scaled_dot_product_attention", "a", "b"]
    assert {f.file for f in finding.trace} == {f"{FOLDER}/{FILE}"}


def test_a_missing_class_and_a_missing_method(grade: Grade) -> None:
    report = grade("class Head(nn.Module)", "class Hed(nn.Module)", folder="a")
    assert first(report, "head").verdict is Verdict.NOT_IMPLEMENTED
    assert "attention.py has no Head" in str(first(report, "head").finding)
    report = grade(FORWARD, FORWARD.replace("forward", "forwrd"), folder="b")
    assert first(report, "head").verdict is Verdict.CRASHED
    assert "forward" in str(first(report, "head").finding)
    assert points(report, "sdpa") == (WORTH["sdpa"],) * 2


@pytest.mark.parametrize("what", ["folder", "file", "tree"])
def test_what_is_missing_is_named(what: str, nursery: Nursery, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    if what != "tree":
        root.mkdir()
    if what == "file":
        (root / FOLDER).mkdir()
    report = grading.grade(LESSON, Tree("tree", root), nursery)
    assert {r.verdict for r in report.results} == {Verdict.NOT_IMPLEMENTED}
    assert "there is no" in str(report.results[0].finding)


@pytest.mark.parametrize("folder", ["with space", 'it\'s "quoted"', "注意力", "-dash", "a.b"])
def test_any_path_will_do(folder: str, grade: Grade) -> None:
    assert grade(FIRST, FIRST, folder=folder).earned == WORTH["sdpa"] + WORTH["head"]


def test_planted_modules_shadow_nothing(grade: Grade, nursery: Nursery, tmp_path: Path) -> None:
    report = grade(FIRST, FIRST, components=("sdpa",))
    for name in ("torch.py", "numpy.py", "sitecustomize.py", "conftest.py"):
        (tmp_path / "tree" / FOLDER / name).write_text("raise SystemExit('planted')\n")
    again = grading.grade(
        LESSON,
        Tree("tree", tmp_path / "tree"),
        nursery,
        selection=grading.Selection(components=("sdpa",)),
    )
    assert again.earned == report.earned == WORTH["sdpa"]


CALL = "torch.nn.functional.scaled_dot_product_attention"
MASK = "q, k, v, causal_mask(q.shape[-2], k.shape[-2], q.device) if is_causal else None"


@pytest.mark.parametrize(
    ("code", "where"),
    [
        (f"    return {CALL}({MASK})\n", "attention.py:"),
        (f"    import torch.nn.functional as G\n    return G.{CALL[20:]}({MASK})\n", "py:"),
        (f"    from torch.nn.functional import {CALL[20:]} as f\n    return f({MASK})\n", "py:"),
        (
            (
                f"    name = 'scaled_dot_' + 'product_attention'\n"
                f"    return getattr(nn.functional, name)({MASK})\n"
            ),
            "at run time",
        ),
    ],
)
def test_a_forbidden_call_is_right_and_earns_nothing(code: str, where: str, grade: Grade) -> None:
    report = grade(SCORES, code)
    assert {r.verdict for r in report.results} == {Verdict.PASSED}
    assert {b.component for b in report.breaches} == {"sdpa"}
    assert any(b.name == CALL and where in b.where for b in report.breaches)
    assert points(report, "sdpa") == (0, WORTH["sdpa"])
    assert points(report, "head") == (WORTH["head"],) * 2
    assert not report.passed
