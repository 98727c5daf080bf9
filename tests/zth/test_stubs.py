"""The stubs as the course gave them: from the package or, in a clone, from git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from zth import stubs, trees
from zth.plugins import Plugins
from zth.records import ZthError

FILE = "lesson1_autograd/value.py"


def commit(repository: Path, author: str, text: str) -> None:
    (repository / FILE).parent.mkdir(parents=True, exist_ok=True)
    (repository / FILE).write_text(text, "utf-8")
    who = ["-c", f"user.email={author}", "-c", "user.name=x", "-c", "commit.gpgsign=false"]
    for arguments in (["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *who, *arguments], cwd=repository, check=True)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone in which the learner, me@x, works in the stubs themselves."""
    monkeypatch.setattr(trees, "shipped", lambda _: tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "config", "user.email", "me@x"], cwd=tmp_path, check=True)
    return tmp_path


def test_a_workspace_is_compared_with_the_shipped_stubs(tmp_path: Path) -> None:
    shipped = (trees.shipped(trees.STUBS) / FILE).read_text("utf-8")
    assert stubs.stub(FILE, tmp_path) == shipped
    with pytest.raises(ZthError, match=r"there is no stub of toy/x\.py"):
        stubs.stub("toy/x.py", tmp_path)


def test_in_a_clone_it_is_what_somebody_else_committed_last(clone: Path) -> None:
    for author, text in [("a@x", "old"), ("a@x", "stub"), ("me@x", "half"), ("me@x", "done")]:
        commit(clone, author, text)
    (clone / FILE).write_text("better", "utf-8")
    assert stubs.stub(FILE, clone) == "stub"


def test_for_who_wrote_the_stubs_it_is_what_was_committed(clone: Path) -> None:
    commit(clone, "me@x", "stub")
    (clone / FILE).write_text("changed", "utf-8")
    assert stubs.stub(FILE, clone) == "stub"


def test_without_git_it_says_so(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZthError, match=r"git does not have .* make a workspace: zth init"):
        stubs.stub(FILE, clone)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ZthError, match="git does not have"):
        stubs.stub(FILE, clone)


def test_a_lessons_files_come_once_each() -> None:
    assert stubs.files(Plugins.load().lessons()["lesson1"]) == [
        "lesson1_autograd/value.py",
        "lesson1_autograd/mlp.py",
    ]


def test_what_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(b"\xff\xfe")
    with pytest.raises(ZthError, match="no UTF-8 text"):
        stubs.read(tmp_path / "x.py", "absent")
    with pytest.raises(ZthError, match="cannot be read"):
        stubs.read(tmp_path, "absent")
