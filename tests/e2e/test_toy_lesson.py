"""The guide's five steps, taken literally: its files are written as they stand, and graded."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

FILE = re.compile(r'^```(?!text)\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
MUTANT = re.compile(r"^```toml\n(\[\[mutant\]\].*?)^```$", re.MULTILINE | re.DOTALL)
SCREEN = re.compile(r'^```text title="zth grade toy1"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ zth (grade toy1 .*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def guide(root: Path) -> str:
    return (root / "docs/instructors/write-a-lesson.md").read_text("utf-8")


@pytest.fixture(scope="module")
def toy(
    guide: str,
    install: Callable[[dict[str, str], Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder in which the guide's package is installed."""
    return install(dict(FILE.findall(guide)), tmp_path_factory.mktemp("toy"))


def edited(file: Path, record: str, target: Path) -> Path:
    """A tree with the guide's mutant in it."""
    [mutant] = tomllib.loads(record)["mutant"]
    text = (file / mutant["file"]).read_text("utf-8")
    for edit in mutant["edits"]:
        assert text.count(edit["old"]) == 1
        text = text.replace(edit["old"], edit["new"])
    folder = target / "toy1_means"
    folder.mkdir(parents=True)
    (folder / mutant["file"]).write_text(text, "utf-8")
    return target


def verdicts(output: str) -> dict[str, str]:
    [lesson] = json.loads(output)["lessons"]
    return {result["id"]: result["verdict"] for result in lesson["results"]}


def test_the_commands_of_the_guide_end_as_it_says(zth: Run, guide: str, toy: Path) -> None:
    solution, stub = (zth(*c.split(), installed=(toy,)) for c in COMMAND.findall(guide))
    assert solution.returncode == 0, solution.stdout + solution.stderr
    assert stub.returncode == 1, stub.stdout + stub.stderr
    assert "not implemented" in stub.stdout.lower()
    assert "Each mean is the sum so far" in solution.stdout + stub.stdout


def test_the_mutant_of_the_guide_is_rejected_as_it_shows(
    zth: Run, guide: str, toy: Path, tmp_path: Path
) -> None:
    [record], [screen] = MUTANT.findall(guide), SCREEN.findall(guide)
    tree, report = tmp_path / "tree", tmp_path / "report.json"
    edited(toy / "toy_course/solutions/toy1_means", record, tree)
    both = ("--format", "json", "-o", report, "--format", "terminal")
    result = zth("grade", "toy1", "--impl", tree, *both, installed=(toy,))
    assert result.returncode == 1, result.stderr
    [mutant] = tomllib.loads(record)["mutant"]
    assert verdicts(report.read_text("utf-8")) == {mutant["fails"]: "failed"}
    assert " ".join(screen.split()) in " ".join(result.stdout.split())  # wherever lines break


def test_the_snippet_shows_the_failure(zth: Run, guide: str, toy: Path, tmp_path: Path) -> None:
    [record] = MUTANT.findall(guide)
    tree = edited(toy / "toy_course/solutions/toy1_means", record, tmp_path / "tree")
    result = zth("grade", "toy1", "--impl", tree, "--format", "json", installed=(toy,))
    [lesson] = json.loads(result.stdout)["lessons"]
    finding = lesson["results"][0]["finding"]
    shown = subprocess.run(
        [sys.executable, "-c", finding["snippet"]],
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(shown.stdout) == finding["windows"][0]["actual"][0]


def test_a_wrong_type_is_told_in_the_learners_terms(zth: Run, toy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tree/toy1_means"
    folder.mkdir(parents=True)
    (folder / "means.py").write_text("def running_mean(xs):\n    return tuple(xs)\n", "utf-8")
    result = zth("grade", "toy1", "--impl", folder.parent, installed=(toy,))
    assert result.returncode == 1, result.stderr
    assert "running_mean must return a list of floats" in result.stdout


def test_the_plugin_is_listed(zth: Run, toy: Path) -> None:
    result = zth("plugins", installed=(toy,))
    assert result.returncode == 0, result.stderr
    assert "toy-course 1.0" in result.stdout
    assert "lesson toy1" in result.stdout


def test_the_learners_commands_know_the_lesson(zth: Run, toy: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return zth(*arguments, cwd=tmp_path, installed=(toy,))

    assert run("init").returncode == 0
    shutil.copytree(toy / "toy_course/stubs/toy1_means", tmp_path / "toy1_means")
    assert run("grade", "toy1").returncode == 1
    assert "toy1      Means                  ░░░░░░░░░░    0/2" in run("status").stdout
    assert "1  How many numbers has each mean seen?" in run("hint", "toy1").stdout
    assert run("explain", "matches_the_definition").stdout.count("print(running_mean(") == 3
    assert run("diff").returncode == 0
    for command in ("diff", "reset"):
        refused = run(command, "toy1")
        assert refused.returncode == 2
        assert refused.stderr == "error: there is no stub of toy1_means/means.py\n"
    refused = run("solution", "toy1", "--spoil")
    assert refused.stderr == "error: there is no reference of toy1_means/means.py\n"
