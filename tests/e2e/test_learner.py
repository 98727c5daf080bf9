"""The learner's loop as a shell sees it: begin, look where you are, take a hint, start over."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from zth.plugins import Plugins

Run = Callable[..., "CompletedProcess[str]"]


def one_line(done: CompletedProcess[str]) -> str:
    """What a mistake says: one line, with exit status 2, and nothing else."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


# --- zth init -------------------------------------------------------------------------------------


def test_init_begins_in_a_folder_with_spaces_and_chinese(zth: Run, tmp_path: Path) -> None:
    done = zth("init", "我的 工作区", "--path", "zero-to-hero", cwd=tmp_path)
    assert done.returncode == 0
    assert "next: cd '我的 工作区', then zth grade lesson1\n" in done.stdout
    folder = tmp_path / "我的 工作区"
    assert 'path = "zero-to-hero"' in (folder / "zth.toml").read_text("utf-8")
    graded = zth("grade", "lesson1", "--component", "layer", cwd=folder / "lesson1_autograd")
    assert graded.returncode == 1
    assert graded.stderr == ""


def test_init_adds_to_a_folder_that_is_there(zth: Run, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", "utf-8")
    assert zth("init", cwd=tmp_path).stdout.endswith("next: zth grade lesson1\n")
    assert (tmp_path / "README.md").read_text("utf-8") == "mine"
    (tmp_path / "lesson1_autograd" / "mlp.py").unlink()
    again = zth("init", "--path", "zero-to-hero", cwd=tmp_path)
    assert "written to .: 1 exercise file" in again.stdout
    assert "zth.toml was there already and stays" in again.stdout
    assert "nothing to add" in zth("init", cwd=tmp_path).stdout


def test_init_with_a_path_that_does_not_exist_is_one_line(zth: Run, tmp_path: Path) -> None:
    line = one_line(zth("init", "--path", "zero-to-her", cwd=tmp_path))
    assert "no path named 'zero-to-her'; did you mean zero-to-hero?" in line
    assert [*tmp_path.iterdir()] == [tmp_path / "elsewhere"]


def test_init_leaves_the_clones_own_stubs_alone(zth: Run, root: Path) -> None:
    assert "workspace already" in one_line(zth("init", root / "exercises"))
    assert not (root / "exercises" / "zth.toml").exists()


def test_the_workspaces_readme_names_commands_that_exist(zth: Run, tmp_path: Path) -> None:
    zth("init", cwd=tmp_path)
    text = (tmp_path / "README.md").read_text("utf-8")
    named = set(re.findall(r"(?:^ *|`)zth ([a-z]+)", text, re.MULTILINE))
    assert "grade" in named
    assert named <= Plugins.load().commands().keys()
