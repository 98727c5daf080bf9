"""The command line as a shell sees it: exit codes, one line for each mistake, no process left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from zth.cli.main import cli
from zth.host.sandbox import choose
from zth.trees import STUBS, shipped

ZTH = [sys.executable, "-m", "zth"]


def zth(*args: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ZTH, *args],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


MISTAKES = {
    "lesson": (["grade", "lesson33"], "there is no lesson named 'lesson33'; did you mean lesson3?"),
    "command": (["grad"], "there is no command named 'grad'; did you mean grade?"),
    "component": (["grade", "lesson3", "--component", "sdp"], "did you mean sdpa?"),
    "milestone": (["grade", "lesson1", "--milestone", "moons"], "no milestone named 'moons'"),
    "tree": (["grade", "lesson1", "--impl", "no/such"], "it is no folder nor one of"),
    "sandbox": (["grade", "lesson1", "--sandbox", "castle"], "there is no sandbox 'castle'"),
    "output": (["grade", "lesson1", "-o", "no/such/file"], "there is no folder no/such"),
    "recipe": (["train", "shakespear-tiny"], "did you mean shakespeare-tiny?"),
    "slot": (["train", "shakespeare-tiny", "--with", "attn=student"], "did you mean attention?"),
    "no slot": (["train", "shakespeare-tiny", "--with", "attention"], "is not SLOT=TREE"),
    "dataset": (["data", "fetch", "tinyshakespear"], "did you mean tinyshakespeare?"),
    "run": (["sample", "nowhere"], "there is no run nowhere"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_clear_line(name: str, tmp_path: Path) -> None:
    args, words = MISTAKES[name]
    done = zth(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_without_a_lesson_it_says_how() -> None:
    done = zth("grade")
    assert done.returncode == 2
    assert "LESSON" in done.stderr


def test_full_marks_exit_with_0_and_stubs_with_1(tmp_path: Path) -> None:
    right = zth("grade", "lesson1", "--impl", "reference", "-o", str(tmp_path / "report.txt"))
    assert right.returncode == 0
    assert "lesson1  Autograd" in (tmp_path / "report.txt").read_text("utf-8")
    assert zth("init", str(tmp_path / "mine")).returncode == 0
    stub = zth("grade", "lesson1", cwd=tmp_path / "mine")
    assert stub.returncode == 1
    assert "not implemented yet" in stub.stdout
    assert stub.stderr == ""
    left = {file.name for file in (tmp_path / "mine").glob("[!.]*")} - {"pyrightconfig.json"}
    stubs = {folder.name for folder in shipped(STUBS).glob("lesson*")}
    assert left == {"zth.toml", "README.md", *stubs}


def test_the_json_report_has_it_all() -> None:
    done = zth("grade", "lesson3", "--impl", "reference", "--component", "sdpa", "--format", "json")
    report = json.loads(done.stdout)
    assert report["format"] == "zth-report/1"
    assert report["earned"] == report["points"] > 0
    assert report["exit_code"] == 0
    assert report["sandbox"] == choose().name
    assert len(report["digest"]) == 64
    assert set(report["versions"]) >= {"zth", "python", "torch", "numpy"}
    assert {r["verdict"] for r in report["lessons"][0]["results"]} == {"passed"}


def test_the_same_seed_gives_the_same_report() -> None:
    def results(seed: str) -> list[dict[str, object]]:
        done = zth("grade", "lesson1", "--impl", "reference", "--format", "json", "--seed", seed)
        rows = json.loads(done.stdout)["lessons"][0]["results"]
        return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]

    assert results("5") == results("5")


def test_init_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "工作 区"
    assert zth("init", str(folder)).returncode == 0
    mine = folder / "lesson3_attention" / "attention.py"
    mine.write_text("mine", "utf-8")
    again = zth("init", str(folder))
    assert again.returncode == 0
    assert "nothing to add" in again.stdout
    assert mine.read_text("utf-8") == "mine"


@pytest.mark.parametrize("after", [0.3, 0.6, 1.0, 1.5])
def test_ctrl_c_at_any_moment(after: float, tmp_path: Path) -> None:
    source = tmp_path / "lesson3_attention"
    source.mkdir()
    (source / "attention.py").write_text("while True: pass\n", "utf-8")
    process = subprocess.Popen(
        [*ZTH, "grade", "lesson3", "--impl", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    if process.returncode == 130:
        assert errors.strip() == "interrupted"
    assert not descendants_of(process.pid)


def descendants_of(pid: int) -> list[str]:
    """Workers and nurseries whose command line names this process as their host."""
    found = subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [line for line in found if "worker/__main__.py" in line and f" {pid} " in line]


WITHOUT_TORCH = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "torch" else found(name, *a)
sys.argv[0] = "zth"
from zth.cli import main
main()
"""


def test_without_torch_lesson_1_still_works() -> None:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", WITHOUT_TORCH, "grade", *args, "--impl", "reference"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run("lesson1").returncode == 0
    refused = run("lesson3")
    assert refused.returncode == 2
    assert refused.stderr == "error: torch is not installed; install it: pip install torch\n"


LOADED = "import sys; from zth.cli import main\ntry: main()\nfinally: print(sorted(sys.modules))"


def loaded(*args: str) -> set[str]:
    """The modules that a command has imported at its end."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *args], capture_output=True, text=True, check=False
    )
    return set(eval(done.stdout.splitlines()[-1]))


def test_help_imports_nothing_heavy() -> None:
    for args in (["--help"], ["grade", "--help"], ["train", "--help"]):
        assert not loaded(*args) & {"torch", "numpy", "hypothesis", "rich", "msgspec"}


def test_status_imports_nothing_heavy() -> None:
    modules = loaded("status")
    assert "zth.progress" in modules
    assert not modules & {"torch", "numpy", "hypothesis", "grader.kit"}


def test_grading_imports_torch_in_the_worker_alone() -> None:
    modules = loaded("grade", "lesson3", "--impl", "reference", "--component", "sdpa")
    assert "hypothesis" in modules
    assert "numpy" in modules
    assert "torch" not in modules


def test_shell_completion_is_clicks() -> None:
    done = zth(_ZTH_COMPLETE="bash_source")
    assert "_zth_completion" in done.stdout


def test_zth_alone_without_a_workspace_shows_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zth.trees.workspace", lambda: None)
    alone = CliRunner().invoke(cli, [])
    assert alone.exit_code == 0
    assert "Commands:" in alone.output
    error = CliRunner().invoke(cli, ["status"]).exception
    assert str(error) == "there is no workspace here (no zth.toml upwards); make one: zth init"
