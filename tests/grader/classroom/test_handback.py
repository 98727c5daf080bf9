"""Grades for Gradescope: the zip files, and their script, run where Gradescope would run it."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.classroom import gradebook, handback
from grader.classroom.handback import Handed
from tests.grader.classroom.made_up import ALSO_RIGHT, CRASHED, RIGHT, ROSTER, TOML, WRONG, Class


@pytest.fixture
def made(tmp_path: Path) -> Class:
    made = Class(tmp_path / "class")
    made.hand_in("anna", "lesson3", RIGHT, WRONG)
    made.hand_in("anna", "lesson3", RIGHT, ALSO_RIGHT, hours=30)
    made.hand_in("ben", "lesson3", RIGHT, CRASHED)
    made.hand_in("chen", "lesson3", fault="no space left")
    return made


def write(made: Class) -> tuple[Path, Handed]:
    folder = made.root / "out"
    return folder, handback.write(
        gradebook.read(made.room, made.store), made.store.grades(), folder
    )


class Autograder:
    """A folder as Gradescope makes it of a zip file and a submission."""

    def __init__(self, archive: Path, root: Path) -> None:
        self.root = root
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(root / "source")
            modes = {i.filename: i.external_attr >> 16 for i in packed.infolist()}
        self.mode = modes["run_autograder"]
        (root / "run_autograder").write_bytes((root / "source/run_autograder").read_bytes())
        (root / "run_autograder").chmod(self.mode)

    def run(self, *emails: str) -> Any:
        users = [{"email": email, "id": i, "name": "x"} for i, email in enumerate(emails)]
        (self.root / "submission_metadata.json").write_text(json.dumps({"id": 1, "users": users}))
        return subprocess.run(
            [self.root / "run_autograder"],
            env=os.environ | {"AUTOGRADER": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )

    def result(self, *emails: str) -> dict[str, Any]:
        done = self.run(*emails)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads((self.root / "results/results.json").read_text())
        return found


def test_each_student_gets_what_counts_back(made: Class, tmp_path: Path) -> None:
    folder, handed = write(made)
    assert (handed.results, handed.without) == (2, ())
    written = sorted(file.name for file in folder.iterdir())
    assert written == [".gitignore", "lesson1.zip", "lesson3.zip"]
    autograder = Autograder(folder / "lesson3.zip", tmp_path / "auto grader")
    anna = autograder.result("Anna@Example.org")
    assert anna["score"] == 4.0
    assert anna["output"].startswith("1.2 days late: 80 % of 5 points count, 4.00\n")
    assert sum(test["score"] for test in anna["tests"]) == 5
    ben = autograder.result("ben@example.org")
    assert ben["score"] == 2
    assert "RuntimeError" in ben["tests"][1]["output"]


def test_who_has_no_grade_gets_none_and_no_zero(made: Class, tmp_path: Path) -> None:
    folder, _ = write(made)
    autograder = Autograder(folder / "lesson3.zip", tmp_path / "autograder")
    for email in ("chen@example.org", "dora@example.org", "who@example.org", "\x1b[2J"):
        done = autograder.run(email)
        assert done.returncode == 1
        assert "There is no grade for" in done.stderr
        assert "\x1b" not in done.stderr
        assert "Traceback" not in done.stderr
        assert not (autograder.root / "results/results.json").exists()


def test_a_group_has_one_grade_or_none(made: Class, tmp_path: Path) -> None:
    made.hand_in("dora", "lesson3", RIGHT, CRASHED)
    folder, _ = write(made)
    autograder = Autograder(folder / "lesson3.zip", tmp_path / "autograder")
    assert autograder.result("ben@example.org", "dora@example.org")["score"] == 2
    done = autograder.run("anna@example.org", "ben@example.org")
    assert done.returncode == 1
    assert "different grades" in done.stderr


def test_names_and_addresses_are_in_no_file_and_each_grading_makes_the_same(made: Class) -> None:
    folder, _ = write(made)
    first = (folder / "lesson3.zip").read_bytes()
    with zipfile.ZipFile(folder / "lesson3.zip") as packed:
        names = packed.namelist()
        assert not [name for name in names if b"example.org" in packed.read(name)]
    assert sorted(names)[2:] == ["run_autograder", "setup.sh"]
    write(made)
    assert (folder / "lesson3.zip").read_bytes() == first


def test_who_cannot_be_told_from_another_gets_nothing(tmp_path: Path) -> None:
    roster = ROSTER.replace("ben@example.org", "ANNA@example.org").replace("chen@example.org", "")
    made = Class(tmp_path / "class", roster=roster)
    for student in ("anna", "ben", "chen", "dora", "zoe"):
        made.hand_in(student, "lesson3", RIGHT)
    _, handed = write(made)
    assert handed == Handed(1, ("anna", "ben", "chen"))


def test_a_class_that_shows_verdicts_hands_back_no_counterexample(tmp_path: Path) -> None:
    made = Class(tmp_path / "class", toml='show = "verdicts"\n' + TOML)
    made.hand_in("anna", "lesson3", RIGHT, WRONG)
    folder, _ = write(made)
    found = Autograder(folder / "lesson3.zip", tmp_path / "a").result("anna@example.org")
    assert found["tests"][1]["output"].startswith("failed")
    assert "1.5302" not in json.dumps(found)
    assert "next one" not in json.dumps(found)
