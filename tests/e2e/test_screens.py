"""What the commands print, in both languages, as it was when somebody last looked at it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from grader.grading import outline
from tests.snapshots import same
from zth import language, progress, trees
from zth.cli.main import cli, main
from zth.plugins import Plugins
from zth.records import Finding, Lesson, LessonReport, Result, Verdict

HERE = Path(__file__).with_name("screens")
Screen = Callable[..., str]

MOMENT = re.compile(r"\d{8}-\d{6}-\d{6}")
VERSION = re.compile(r"\(zth [\d.]+\w*\)")


@pytest.fixture(params=language.LANGUAGES)
def screen(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Screen:
    """What a command says in a workspace, 80 columns wide, with what changes from run to run put
    under one name."""
    for name, value in {"COLUMNS": "80", "LANG": "C", "ZTH_LANG": request.param}.items():
        monkeypatch.setenv(name, value)
    for name in ("LC_ALL", "LC_MESSAGES", "ZTH_DATA", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    mine = tmp_path / "mine"
    mine.mkdir()
    monkeypatch.chdir(mine)

    def run(*args: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(args)
        printed = capsys.readouterr()
        text = printed.out + printed.err
        for pattern, name in ((MOMENT, "MOMENT"), (VERSION, "(zth VERSION)")):
            text = pattern.sub(name, text)
        text = text.replace(str(tmp_path), "~")
        lines = "".join(line.rstrip() + "\n" for line in text.splitlines())
        return f"$ zth {' '.join(args)}\n{lines}[{end.value.code}]\n\n"

    run.language = request.param  # type: ignore[attr-defined]
    yield run
    language.use("en")


def look(name: str, screen: Screen, *shown: str) -> None:
    same(HERE / f"{name}.{screen.language}.txt", "".join(shown))  # type: ignore[attr-defined]


def graded(lesson: Lesson, verdicts: dict[str, Verdict]) -> None:
    """Records a report in which all passed but for these, by name of check."""
    entries = outline(lesson)
    mine = Path.cwd()
    results = []
    for entry in entries:
        verdict = verdicts.get(entry.id, Verdict.PASSED)
        passed = verdict is Verdict.PASSED
        finding = None if passed else Finding("a.grad is 1, expected 2")
        results.append(
            Result(
                entry.id,
                entry.title,
                entry.component,
                verdict,
                entry.points,
                entry.points * passed,
                finding=finding,
                advisory=entry.advisory,
                milestone=entry.milestone,
                detail="99.1 %" if entry.milestone and passed else "",
            )
        )
    report = LessonReport(lesson.id, lesson.title, lesson.chapter, tuple(results))
    progress.record(mine, entries, report, progress.fingerprints(mine, lesson.components))


def test_the_help_of_every_command(screen: Screen) -> None:
    def names(command: click.Command, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        if not isinstance(command, click.Group):
            return [path]
        context = click.Context(command)
        inner = [(n, command.get_command(context, n)) for n in command.list_commands(context)]
        return [path, *(p for n, c in inner if c for p in names(c, (*path, n)))]

    look("help", screen, *(screen(*path, "--help") for path in names(cli, ())))


def test_the_first_steps(screen: Screen) -> None:
    shown = [screen("init"), screen("init"), screen(), screen("status")]
    look("first", screen, *shown, screen("hint", "lesson1"), screen("diff", "lesson1"))


def test_on_the_way(screen: Screen) -> None:
    screen("init")
    lesson = Plugins.load().lessons()["lesson1"]
    graded(lesson, {"value.accumulates": Verdict.FAILED, "value.order": Verdict.CRASHED})
    shown = [screen("status"), screen("hint", "lesson1"), screen("hint", "lesson1", "order")]
    shown += [screen("solution", "lesson1"), screen("solution", "lesson1", "--component", "neuron")]
    file = Path("lesson1_autograd/mlp.py")
    file.write_text(file.read_text("utf-8").replace("class MLP", "x = 1\n\n\nclass MLP"), "utf-8")
    shown += [screen("status"), screen("diff", "lesson1"), screen("reset", "lesson1")]
    look("way", screen, *shown)


def test_at_the_end(screen: Screen) -> None:
    screen("init", "--path", "zero-to-hero")
    for lesson in Plugins.load().lessons().values():
        shutil.copytree(
            trees.shipped(trees.REFERENCE) / lesson.folder, lesson.folder, dirs_exist_ok=True
        )
        graded(lesson, {})
    look("end", screen, screen(), screen("hint", "lesson3"))


def test_explanations(screen: Screen) -> None:
    look("explain", screen, screen("explain", "value.order"), screen("explain", "milestone"))


def test_what_there_is(screen: Screen) -> None:
    look("there", screen, screen("data", "list"), screen("plugins"))


def test_what_cannot_be(screen: Screen) -> None:
    wrong = [
        ("grad", "lesson1"),
        ("grade",),
        ("grade", "leson1", "--impl", "reference"),
        ("grade", "lesson1", "--impl", "referense"),
        ("grade", "lesson1", "--impl", "reference", "--component", "valu"),
        ("grade", "lesson1", "--impl", "reference", "--milestone", "moons"),
        ("grade", "lesson1", "--impl", "reference", "--sandbox", "box"),
        ("grade", "lesson1", "--impl", "reference", "--format", "pdf"),
        ("hint", "lesson9"),
        ("explain", "nothing"),
        ("play", "lesson9"),
        ("init", "--path", "hero"),
        ("data", "fetch", "shakespear"),
        ("train", "shakespear-tiny"),
        ("train", "shakespeare-tiny", "--with", "attention"),
        ("train", "shakespeare-tiny", "--with", "atention=reference"),
        ("sample", "nowhere"),
        ("blame", "nowhere"),
        ("--lang", "de"),
    ]
    look("wrong", screen, *(screen(*args) for args in wrong))
