"""What instructors copy: Gradescope's scripts and GitHub's workflow, run as they are."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml

from grader.grading import checks_of
from grader.lessons.lesson1_autograd import LESSON
from zth.render.json import schema
from zth.trees import REFERENCE, STUBS, shipped

ROOT = Path(__file__).parents[2] / "docs/instructors"
FOLDER = LESSON.folder
TOTAL = sum(check.points for check in checks_of(LESSON) if not check.milestone)


def script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    file.chmod(0o755)
    return file


@dataclass(frozen=True)
class Gradescope:
    """A folder like Gradescope's /autograder, with spaces in its path."""

    root: Path

    @property
    def submission(self) -> Path:
        return self.root / "submission"

    @property
    def results(self) -> Path:
        return self.root / "results/results.json"

    def run(self, zth: str = '"{python}" -m zth "$@"', **env: str) -> Any:
        wrapper = script(self.root / "bin/zth", "exec " + zth.format(python=sys.executable))
        return subprocess.run(
            [ROOT / "gradescope/run_autograder"],
            cwd=self.root,
            env={
                **os.environ,
                "AUTOGRADER": str(self.root),
                "ZTH": str(wrapper),
                "LESSONS": "lesson1",
                "SANDBOX": "process",
                "MILESTONE": "none",
                **env,
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def graded(self, **env: str) -> dict[str, Any]:
        done = self.run(**env)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(self.results.read_text("utf-8"))
        return found


@pytest.fixture
def gradescope(tmp_path):
    found = Gradescope(tmp_path / "auto grader")
    for name in ("source", "submission", "results"):
        (found.root / name).mkdir(parents=True)
    return found


def score(data: dict[str, Any]) -> int:
    return sum(test["score"] for test in data["tests"])


def reference(to: Path) -> None:
    shutil.copytree(shipped(REFERENCE) / FOLDER, to)


@pytest.mark.slow
def test_a_workspace_deep_in_a_submission_is_found_and_earns_what_it_is_worth(gradescope):
    reference(gradescope.submission / "my repo" / FOLDER)
    (gradescope.submission / "my repo/.git" / FOLDER).mkdir(parents=True)
    data = gradescope.graded()
    assert score(data) == sum(test["max_score"] for test in data["tests"]) == TOTAL


@pytest.mark.slow
def test_of_loose_files_those_that_are_missing_stay_stubs(gradescope):
    shutil.copy(shipped(REFERENCE) / FOLDER / "value.py", gradescope.submission)
    data = gradescope.graded()
    assert 0 < score(data) < TOTAL
    assert {t["status"] for t in data["tests"] if t["name"].startswith("value")} == {"passed"}
    assert {t["score"] for t in data["tests"] if not t["name"].startswith("value")} == {0}


def test_an_empty_submission_earns_nothing_and_is_told_why(gradescope):
    data = gradescope.graded()
    assert score(data) == 0
    assert any("not implemented yet" in test["output"] for test in data["tests"])


def test_a_link_is_not_followed_and_the_seed_stays_secret(gradescope):
    (gradescope.root / "source/seed").write_text("918273645\n", "utf-8")
    (gradescope.submission / FOLDER).mkdir()
    (gradescope.submission / FOLDER / "value.py").symlink_to(gradescope.root / "source/seed")
    done = gradescope.run()
    assert done.returncode == 0, done.stderr
    text = gradescope.results.read_text("utf-8")
    assert "918273645" not in text + done.stdout
    assert score(json.loads(text)) == 0


@pytest.mark.parametrize(
    "code",
    [3, pytest.param(2, marks=pytest.mark.slow), pytest.param(137, marks=pytest.mark.slow)],
)
def test_without_a_grade_there_is_no_file_and_the_staff_reads_why(gradescope, code):
    """The autograder's own end is a failure that Gradescope shows, even a late one."""
    dies = f'"{{python}}" -m zth "$@" || true; test "$1" = init || exit {code}'
    done = gradescope.run(f"sh -c '{dies}' zth \"$@\"")
    assert done.returncode == code
    assert not gradescope.results.exists()
    assert f"zth ended with {code}: there is no grade" in done.stderr


def test_a_sandbox_that_is_missing_is_no_grade(gradescope):
    done = gradescope.run(SANDBOX="castle")
    assert done.returncode == 2
    assert "there is no sandbox 'castle'" in done.stderr
    assert not gradescope.results.exists()


@pytest.fixture
def setup(gradescope, tmp_path):
    """Runs setup.sh with stand-ins for apt-get and Python; what it did, line by line."""
    said = tmp_path / "said"
    fake = tmp_path / "fake bin"
    script(fake / "apt-get", f'echo "apt-get $@" >> "{said}"; test "$3" != python3.13')
    python = f'mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "python3.12 $@" >> "{said}"'
    script(fake / "python3.12", f'case "$2" in venv) {python};; *) echo "$@" >> "{said}";; esac')
    path = f"{fake}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "AUTOGRADER": str(gradescope.root), "PATH": path}

    def run():
        command = ["bash", ROOT / "gradescope/setup.sh"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        return done, said.read_text("utf-8").splitlines()

    return run


def test_setting_up_installs_the_wheel_that_lies_there(gradescope, setup):
    (gradescope.root / "source/zth-1.0-py3-none-any.whl").touch()
    done, rows = setup()
    assert done.returncode == 0, done.stderr
    assert f"python3.12 -m venv {gradescope.root}/venv" in rows
    assert rows[-1].endswith(f"{gradescope.root}/source/zth-1.0-py3-none-any.whl")


def test_without_a_wheel_nothing_that_is_called_zth_is_installed(setup):
    done, rows = setup()
    assert done.returncode == 1
    assert "must hold one zth-*.whl" in done.stderr
    assert not [row for row in rows if "zth" in row.rpartition("/")[2]]


# --- GitHub ---------------------------------------------------------------------------------------

WORKFLOW = yaml.safe_load((ROOT / "github/grade.yml").read_text("utf-8"))


def test_the_workflow_installs_the_wheel_of_the_assignment():
    assert step("Install")["run"] == "pip install ./zth-*.whl"


def step(name: str) -> dict[str, Any]:
    [found] = [s for s in WORKFLOW["jobs"]["grade"]["steps"] if s.get("name") == name]
    return dict(found)


@pytest.mark.parametrize(
    ("tree", "code", "earned"),
    [pytest.param(REFERENCE, 0, TOTAL, marks=pytest.mark.slow), (STUBS, 1, 0)],
)
def test_the_workflow_grades_and_leaves_its_reports(tmp_path, tree, code, earned):
    here = tmp_path / "a repository"
    shutil.copytree(shipped(tree) / FOLDER, here / FOLDER)
    script(tmp_path / "bin/zth", f'exec "{sys.executable}" -m zth "$@"')
    summary, output = tmp_path / "summary.md", tmp_path / "output"
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    files = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output)}
    env = {**os.environ, **files, "PATH": path, "LESSONS": "lesson1"}
    # as GitHub runs a step; here, unlike there, perhaps nothing isolates
    command = step("Grade")["run"].replace("--sandbox isolating", "--sandbox process")
    done = subprocess.run(
        ["bash", "-e", "-c", command], cwd=here, env=env, timeout=300, check=False
    )
    assert done.returncode == code
    assert summary.read_text("utf-8").startswith(f"## {earned} of {TOTAL} points\n")
    jsonschema.validate(json.loads((here / "report.json").read_text("utf-8")), schema())
    assert ET.parse(here / "report.xml").getroot().tag == "testsuites"
    points = json.loads(base64.b64decode(output.read_text("utf-8").removeprefix("result=")))
    assert (sum(t["score"] for t in points["tests"]), points["max_score"]) == (earned, TOTAL)
    assert points["status"] == ("pass" if code == 0 else "fail")


def test_the_workflow_passes_on_what_a_step_says():
    assert step("Grade")["id"] == "grade"
    points = step("Points")
    assert points["env"]["GRADE_RESULTS"] == "${{ steps.grade.outputs.result }}"
    assert points["with"]["runners"] == "grade"
    assert WORKFLOW["permissions"] == {"contents": "read"}
