"""`zth class grade`, as an instructor uses it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.classroom.settings import Classroom
from grader.classroom.store import Store
from zth import trees

LESSON = "lesson1_autograd"
VALUE = f"{LESSON}/value.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class's folder, with room beside it for submissions."""
    folder = tmp_path / "my class"
    assert zth(["class", "init", str(folder)], tmp_path).returncode == 0
    text = (folder / "class.toml").read_text("utf-8")
    first = text.index("[[lessons]]")
    lesson = '[[lessons]]\nname = "lesson1"\nmilestone = "none"\n'
    (folder / "class.toml").write_text(text[:first] + lesson, "utf-8")
    return folder


def command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "zth", *words]


def zth(words: Sequence[str], where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(words), cwd=where, capture_output=True, text=True, timeout=120, check=False
    )


def hand_in(place: Path, tree: str = trees.STUBS, tail: str = "") -> Path:
    """A submission of lesson 1: the stubs or the reference, with something below the last line."""
    shutil.copytree(trees.shipped(tree) / LESSON, place / LESSON)
    with (place / VALUE).open("a", encoding="utf-8") as file:
        file.write(tail)
    return place


def grades(folder: Path) -> dict[str, list[tuple[int, str]]]:
    """Of each student, points and reason of every entry of the log."""
    found: dict[str, list[tuple[int, str]]] = {}
    with Store.open(Classroom.open(folder).store) as store:
        for grade in store.grades(newest=False):
            entry = grade.outcome.earned, grade.reason
            found.setdefault(grade.submission.student, []).append(entry)
    return found


def test_all_sorts_of_submissions_are_graded_once(folder: Path, tmp_path: Path) -> None:
    handed_in = tmp_path / "handed in"
    hand_in(handed_in / "anna o'neil", trees.REFERENCE)
    hand_in(handed_in / "-张三 +1")
    hand_in(handed_in / "copy", trees.REFERENCE)
    hand_in(handed_in / "exits", tail="import os; os._exit(0)\n")
    (handed_in / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    with zipfile.ZipFile(handed_in / "dora.zip", "w") as archive:
        archive.write(trees.shipped(trees.STUBS) / VALUE, VALUE)
    said = zth(["class", "grade", str(handed_in)], folder)
    assert said.returncode == 0, said.stderr
    assert "refused" in said.stdout
    assert "broken.zip" in said.stdout
    assert "6 submissions, 1 refused; of their lessons 5 graded now" in said.stdout
    found = grades(folder)
    points = {student: [earned for earned, _ in entries] for student, entries in found.items()}
    assert points["anna o'neil"] == points["copy"]
    assert points["anna o'neil"][0] > 40
    assert points == points | {"-张三 +1": [0], "exits": [0], "dora": [0]}
    assert (Classroom.open(folder).snapshots).is_dir()

    again = zth(["class", "grade", str(handed_in)], folder)
    assert "0 graded now, 0 as others that are the same, 5 before" in again.stdout
    assert grades(folder) == found

    hand_in(handed_in / "late copy", trees.REFERENCE)
    shared = zth(["class", "grade", str(handed_in)], folder)
    assert "0 graded now, 1 as others that are the same, 5 before" in shared.stdout

    shutil.rmtree(handed_in / "exits")
    shutil.rmtree(handed_in / "anna o'neil")
    shutil.rmtree(handed_in / "copy")
    shutil.rmtree(handed_in / "late copy")
    regraded = zth(["class", "grade", str(handed_in), "--regrade", "a check was mended"], folder)
    assert "2 graded now" in regraded.stdout
    assert grades(folder)["dora"] == [(0, "graded"), (0, "a check was mended")]


def test_a_run_that_is_killed_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    handed_in = tmp_path / "handed in"
    for number in range(8):
        hand_in(handed_in / f"student{number}", tail=f"# {number}\nimport time; time.sleep(0.3)\n")
    with subprocess.Popen(
        command(["class", "grade", str(handed_in), "--jobs", "2"]),
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stderr is not None
        for _ in range(3):
            assert "0 of" in running.stderr.readline()
        os.kill(running.pid, signal.SIGKILL)
        running.stderr.read()  # which ends when the last process that holds it has
    before = grades(folder)
    assert 3 <= len(before) < 8
    said = zth(["class", "grade", "--resume"], folder)
    assert said.returncode == 0, said.stderr
    assert len(said.stderr.splitlines()) == 8 - len(before)
    assert {name: len(entries) for name, entries in grades(folder).items()} == {
        f"student{number}": 1 for number in range(8)
    }
    finished = zth(["class", "grade", "--resume"], folder)
    assert finished.returncode == 2
    assert "nothing to go on with" in finished.stderr


def children(pid: int) -> list[str]:
    """The processes that it has started (Linux)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [child for task in tasks for child in (task / "children").read_text().split()]


def test_ctrl_c_says_how_to_go_on(folder: Path, tmp_path: Path) -> None:
    handed_in = tmp_path / "handed in"
    hand_in(handed_in / "anna", tail="import time; time.sleep(60)\n")
    with subprocess.Popen(
        command(["class", "grade", str(handed_in)]),
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stderr is not None
        while not children(running.pid):  # until the pool has its first process
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(running.pid, signal.SIGINT)
        said = running.stderr.read()
    assert running.returncode == 130
    assert "zth class grade --resume" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which submissions?"),
        (["nowhere"], "there is no folder"),
        ([".", "--lessons", "lesson2"], "lesson2"),
        ([".", "--sandbox", "nosuch"], "there is no sandbox 'nosuch'"),
        ([".", "--on", "tcp://127.0.0.1"], "is no address"),
        (["--resume"], "nothing to go on with"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(words: list[str], said: str, folder: Path) -> None:
    hand_in(folder / "x")
    result = zth(["class", "grade", *words], folder)
    assert result.returncode == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
