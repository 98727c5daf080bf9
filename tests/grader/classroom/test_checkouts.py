"""Which commit a checkout has, without Git's help."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from grader.classroom.checkouts import commit
from tests.grader.classroom.packing import TREE, spread

ONE, TWO = "1" * 40, "2" * 64
IDENTITY = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@x", "GIT_CONFIG_GLOBAL": os.devnull}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | IDENTITY, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = spread(TREE, tmp_path / "clone")
    git(folder, "init", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    return folder


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD")


def test_a_branch_a_packed_one_and_a_commit_of_its_own(clone: Path) -> None:
    assert commit(clone) == head(clone)
    git(clone, "pack-refs", "--all")
    assert not (clone / ".git" / "refs" / "heads" / "main").exists()
    assert commit(clone) == head(clone)
    git(clone, "commit", "--allow-empty", "-m", "second")
    assert commit(clone) == head(clone)
    git(clone, "checkout", "--detach", "HEAD~1")
    assert commit(clone) == head(clone)


def test_another_worktree(clone: Path, tmp_path: Path) -> None:
    git(clone, "worktree", "add", "-b", "other", str(tmp_path / "other"))
    git(tmp_path / "other", "commit", "--allow-empty", "-m", "second")
    assert commit(tmp_path / "other") == head(tmp_path / "other") != head(clone)
    git(clone, "pack-refs", "--all")
    assert commit(tmp_path / "other") == head(tmp_path / "other")


def test_nothing_of_the_checkout_is_run(clone: Path, tmp_path: Path) -> None:
    script = clone / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    with (clone / ".git" / "config").open("a") as stream:
        stream.write(
            f"[core]\nfsmonitor = {script}\nhooksPath = {clone}\n[include]\npath = /dev/zero\n"
        )
    assert len(commit(clone)) == 40
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"HEAD": ONE}, ONE),
        ({"HEAD": f"{TWO}\n"}, TWO),
        ({"HEAD": "ref: refs/x", "refs/x": "ref: refs/heads/y", "refs/heads/y": ONE}, ONE),
        ({"HEAD": "ref: refs/x", "packed-refs": f"# pack\n{TWO} refs/x\n^{ONE}\n"}, TWO),
        ({}, ""),
        ({"HEAD": ""}, ""),
        ({"HEAD": "ref: refs/heads/.invalid"}, ""),
        ({"HEAD": "ref: refs/heads/x"}, ""),
        ({"HEAD": "ref: refs/heads/x", "refs/heads/x": "ref: refs/heads/x"}, ""),
        ({"HEAD": "ref: refs/../../../secret", "refs/x": ONE}, ""),
        ({"HEAD": "ref: /secret"}, ""),
        ({"HEAD": "ref: secret", "secret": ONE}, ""),
        ({"HEAD": "<script>" + "x" * 30}, ""),
        ({"HEAD": "\udc80\n\0"}, ""),
        ({"HEAD": ONE + "f" * 5000}, ""),
    ],
)
def test_what_is_read_is_a_hash_or_nothing(
    files: dict[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(ONE)
    bodies = {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}
    spread(bodies, tmp_path / "x" / ".git")
    assert commit(tmp_path / "x") == said


@pytest.mark.parametrize(
    "text", ["gitdir: /dev", "gitdir: /dev/zero", "gitdir: a\0b", "gitdir:", "x" * 9000]
)
def test_a_repository_that_is_nowhere(text: str, tmp_path: Path) -> None:
    (tmp_path / ".git").write_text(text)
    assert commit(tmp_path) == ""


def test_no_pipe_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git" / "HEAD")
    assert commit(tmp_path) == ""
