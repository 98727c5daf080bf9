"""`zth grade` of single checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zth import language, trees, workspace
from zth.cli.main import main
from zth.progress import read

Zth = Callable[..., tuple[int, str]]


@pytest.fixture
def zth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Zth]:
    """Runs a command in this process, in a workspace with lesson 1 solved: status, words."""
    workspace.create(tmp_path, "")
    for file in (trees.shipped(trees.REFERENCE) / "lesson1_autograd").glob("*.py"):
        (tmp_path / "lesson1_autograd" / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZTH_LANG", "en")

    def run(*args: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main(args)
        printed = capsys.readouterr()
        return int(str(end.value.code)), printed.out + printed.err

    yield run
    language.use("en")


def test_a_single_check_is_judged_alone_and_leaves_what_was_recorded(zth: Zth) -> None:
    assert zth("grade", "lesson1", "--component", "value")[0] == 0
    before = read(Path(), "lesson1")
    file = Path("lesson1_autograd/value.py")
    file.write_text(file.read_text("utf-8").replace("(1.0, 1.0)", "(1.0, 2.0)"), "utf-8")
    status, said = zth("grade", "lesson1", "--check", "value.mul", "--check", "add")
    assert status == 1
    assert "✓ a * b" in said
    assert "✗ a + b, and a + b + c" in said
    assert "\n2 of 4 points" in said
    assert said.endswith("single checks are not recorded; all: zth grade lesson1\n")
    assert read(Path(), "lesson1") == before


def test_a_milestone_is_judged_alone_without_what_it_needs(zth: Zth) -> None:
    status, said = zth("grade", "lesson1", "--check", "two_moons")
    assert status == 0
    assert "3 of 3 points" in said


def test_another_tree_has_nothing_to_record(zth: Zth) -> None:
    status, said = zth("grade", "lesson1", "--impl", "reference", "--check", "starts")
    assert status == 0
    assert "recorded" not in said


def test_only_the_lessons_that_have_the_check_are_in_the_report(zth: Zth) -> None:
    status, said = zth("grade", "lesson2", "lesson1", "--check", "value.starts")
    assert status == 0
    assert "lesson2" not in said


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["lesson1", "--check", "ad"], "no check named 'ad'; did you mean add?"),
        (["lesson1", "--check", "valeu.add"], "did you mean value.add?"),
        (["lesson1", "--component", "mlp", "--check", "value.add"], "no check named 'value.add'"),
        (["lesson2", "--check", "round_trip"], "named round_trip: basic.round_trip, regex.round_"),
        (["lesson1", "--check", "add", "--milestone", "all"], "--check takes milestones, too"),
    ],
)
def test_a_check_that_does_not_exist_is_one_line(zth: Zth, args: list[str], words: str) -> None:
    status, said = zth("grade", *args)
    assert status == 2
    assert words in said
    assert said.count("\n") == 1
