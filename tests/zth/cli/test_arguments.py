"""Where an argument is missing, or names no run, what there is is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zth import language, progress
from zth.cli.main import main
from zth.records import LessonReport, Result, Verdict

Say = Callable[..., str]


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    """The last line that a command with a mistake in its use says, in an empty workspace."""
    (tmp_path / "zth.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZTH_LANG", "en")

    def run(*args: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(args)
        assert end.value.code == 2
        return capsys.readouterr().err.splitlines()[-1]

    yield run
    language.use("en")


@pytest.mark.parametrize("command", ["grade", "hint", "play", "reset", "solution"])
def test_a_missing_lesson(command: str, say: Say) -> None:
    said = say(command)
    assert "One of: lesson1, lesson2, " in said
    assert said.endswith(f"For example: zth {command} lesson1")


def test_a_missing_recipe_or_dataset(say: Say) -> None:
    said = say("train")
    assert (
        "One of: shakespeare-tiny, shakespeare-gpu, shakespeare-fast, shakespeare-sprint, " in said
    )
    assert said.endswith("For example: zth train shakespeare-tiny")
    assert "For example: zth data fetch tinyshakespeare" in say("data", "fetch")


def test_a_missing_check_is_perhaps_one_that_went_wrong(say: Say) -> None:
    assert say("explain").endswith("in all). For example: zth explain value.starts")
    wrong = Result("regex.empty", "", "regex", Verdict.FAILED, 1, 0)
    entry = progress.Entry(wrong.id, "", "regex", 1)
    progress.record(Path(), [entry], LessonReport("lesson2", "", "", (wrong,)), {})
    assert "One of: regex.empty, value.starts, " in say("explain")


@pytest.mark.parametrize("command", ["sample", "blame"])
def test_a_run_that_is_not_there(command: str, say: Say) -> None:
    none = f"in {Path('runs').absolute()} there is none; make one: zth train shakespeare-tiny"
    assert say(command, "nosuch") == f"error: there is no run nosuch; {none}"
    assert say(command).endswith("I" + none[1:])
    for age in range(8):
        file = Path(f"runs/toy-{age}/config.json")
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file, (1e9 - age, 1e9 - age))
    newest = "the newest first: runs/toy-0, runs/toy-1, runs/toy-2, runs/toy-3, runs/toy-4; a new"
    assert newest in say(command, "runs")
    assert newest in say(command)
