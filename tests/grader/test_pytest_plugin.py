"""`pytest --zth`: the checks of a lesson as tests, in a workspace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.desk import Desk, Said
from zth import progress, trees

pytest_plugins = ["pytester"]
VALUE = "lesson1_autograd/value.py"
ADDS, FORGETS = "parent.grad += local * grad", "parent.grad = local * grad"


@pytest.fixture
def stubs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the stubs of lesson 1, where pytest runs."""
    monkeypatch.setenv("ZTH_LANG", "en")
    shutil.copytree(trees.shipped(trees.STUBS) / "lesson1_autograd", "lesson1_autograd")
    Path(trees.MARKER).touch()
    return pytester.path


@pytest.fixture
def solved(stubs: Path) -> Path:
    """The same, with `Value` as the reference has it."""
    shutil.copy(trees.shipped(trees.REFERENCE) / VALUE, stubs / VALUE)
    return stubs


def change(workspace: Path, old: str, new: str) -> None:
    text = (workspace / VALUE).read_text("utf-8")
    assert old in text
    (workspace / VALUE).write_text(text.replace(old, new), "utf-8")


def test_what_is_not_written_yet_is_skipped(pytester: pytest.Pytester, stubs: Path) -> None:
    done = pytester.runpytest("--zth", "lesson1", "-rs", "-k", "starts or relu")
    done.assert_outcomes(skipped=2, deselected=31)
    done.stdout.fnmatch_lines(["*SKIPPED*not implemented yet"])


def test_a_failure_is_what_the_report_says_and_no_traceback(
    pytester: pytest.Pytester, solved: Path
) -> None:
    change(solved, ADDS, FORGETS)
    done = pytester.runpytest("--zth", "lesson1", "-k", "same_node_twice or tanh")
    done.assert_outcomes(passed=2, failed=1, deselected=30)
    said = done.stdout.str()
    assert "from lesson1_autograd.value import Value" in said
    assert "hint       " in said
    assert "pytest_plugin.py" not in said
    assert "FAILED lesson1_autograd/value.py::value.same_node_twice" in said


def test_one_check_runs_by_its_node_id(pytester: pytest.Pytester, solved: Path) -> None:
    done = pytester.runpytest("--zth", "lesson1", f"{VALUE}::value.order", "-v")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines([f"{VALUE}::value.order PASSED*"])


@pytest.mark.slow
def test_the_last_failures_run_again(pytester: pytest.Pytester, solved: Path) -> None:
    change(solved, ADDS, FORGETS)
    pytester.runpytest("--zth", "lesson1", "-k", "order or exp")
    done = pytester.runpytest("--zth", "lesson1", "--lf")
    assert done.parseoutcomes()["failed"] == 1
    assert "passed" not in done.parseoutcomes()


def test_a_breach_fails_its_component_and_advice_never_does(
    pytester: pytest.Pytester, solved: Path
) -> None:
    change(solved, "import math\n", "import math\n\ndef unused():\n    import torch\n")
    done = pytester.runpytest("--zth", "lesson1", "-k", "value and tanh")
    done.assert_outcomes(failed=1, xfailed=1, deselected=31)
    done.stdout.fnmatch_lines(["torch is used at *value earns no points until it is gone"])


def test_the_graders_own_error_is_an_error(
    pytester: pytest.Pytester, solved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "said", lambda *_: Said("the grader failed", fault=True))
    done = pytester.runpytest("--zth", "lesson1", f"{VALUE}::value.order")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["the grader failed"])


def test_nothing_of_the_learners_is_imported(pytester: pytest.Pytester, stubs: Path) -> None:
    leave = "open('imported', 'w').close()\n"
    for file in ("__init__.py", "value.py", "mlp.py"):
        (stubs / "lesson1_autograd" / file).write_text(leave, "utf-8")
    done = pytester.runpytest("--zth", "lesson1", "lesson1_autograd", "-q")
    assert "error" not in done.parseoutcomes()
    assert sum(done.parseoutcomes().values()) == 33
    assert not (stubs / "imported").exists()


def test_own_tests_run_beside_what_the_settings_name(
    pytester: pytest.Pytester, solved: Path
) -> None:
    pytester.makeini("[pytest]\nzth = lesson1")
    pytester.makepyfile(test_mine="def test_mine(): pass")
    done = pytester.runpytest("-k", "mine or same_node_twice")
    done.assert_outcomes(passed=2, deselected=32)


def test_what_was_found_joins_the_progress(pytester: pytest.Pytester, solved: Path) -> None:
    pytester.runpytest("--zth", "lesson1", "-k", "order or exp")
    known = progress.read(solved, "lesson1")
    assert known is not None
    passed = {entry.id for entry in known.entries if entry.passed}
    assert passed == {"value.order", "value.exp"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--zth", "lesson11"], "there is no lesson named 'lesson11'; did you mean lesson1?"),
        (["--zth", "lesson1", "--zth-impl", "nowhere"], "there is no tree 'nowhere'"),
        (["--zth", "lesson1", "--zth-sandbox", "none"], "sandbox"),
        (["--zth", "lesson2"], "there is no file"),
    ],
)
def test_bad_options_are_one_line(
    options: list[str], said: str, pytester: pytest.Pytester, stubs: Path
) -> None:
    done = pytester.runpytest(*options)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    [line] = [line for line in done.stderr.lines if line]
    assert line.startswith("ERROR: ")
    assert said in line


def test_without_a_workspace_it_says_how_to_make_one(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "in_clone", lambda: False)
    done = pytester.runpytest("--zth", "lesson1")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: *zth init*"])


def test_other_runs_of_pytest_pay_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_mine(): pass")
    code = (
        "import sys, pytest\n"
        "assert pytest.main(['-q', '-p', 'no:hypothesispytest']) == 0\n"
        "ours = {m for m in sys.modules if m.split('.')[0] in ('zth', 'grader')}\n"
        "assert ours == {'grader', 'grader.pytest_plugin'}, ours\n"
        "assert not {'numpy', 'rich', 'torch'} & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_two_processes_share_the_checks(pytester: pytest.Pytester, solved: Path) -> None:
    done = pytester.runpytest_subprocess("--zth", "lesson1", "-n", "2", "-k", "value and not mlp")
    assert "failed" not in done.parseoutcomes()
    assert done.parseoutcomes()["passed"] >= 15
