"""What the commands print, in both languages, as it was when somebody last looked at it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path

import click
import pytest

from grader.grading import outline
from zth import progress, trees
from zth.cli.main import cli
from zth.host.sandbox import BWRAP, LANDLOCK, PROCESS
from zth.plugins import Plugins
from zth.probing import PROBES, Answer, Row
from zth.records import Finding, Lesson, LessonReport, Result, Verdict

Screen = Callable[..., str]
Look = Callable[..., None]


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


def test_the_help_of_every_command(screen: Screen, look: Look) -> None:
    def names(command: click.Command, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        if not isinstance(command, click.Group):
            return [path]
        context = click.Context(command)
        inner = [(n, command.get_command(context, n)) for n in command.list_commands(context)]
        return [path, *(p for n, c in inner if c for p in names(c, (*path, n)))]

    every = names(cli, ())
    of_class = [path for path in every if path[:1] == ("class",)]
    others = [path for path in every if path not in of_class]
    look("help", *(screen(*path, "--help") for path in others))
    look("help.class", *(screen(*path, "--help") for path in of_class))


def test_the_first_steps(screen: Screen, look: Look) -> None:
    shown = [screen("init"), screen("init"), screen(), screen("status")]
    look("first", *shown, screen("hint", "lesson1"), screen("diff", "lesson1"))


def test_a_file_with_another_name(screen: Screen, look: Look) -> None:
    screen("init")
    Path("lesson1_autograd/value.py").rename("lesson1_autograd/valeu.py")
    shown = [screen("grade", "lesson1", "--sandbox", "process")]
    shown += [screen("status"), screen("hint", "lesson1")]
    Path("lesson1_autograd/valeu.py").unlink()
    shown += [screen("status"), screen("reset", "lesson1", "--component", "value")]
    look("lost", *(re.sub(r"\d+\.\d s|\d+\.\d 秒", "SECONDS", part) for part in shown))


def test_on_the_way(screen: Screen, look: Look) -> None:
    screen("init")
    lesson = Plugins.load().lessons()["lesson1"]
    graded(lesson, {"value.accumulates": Verdict.FAILED, "value.order": Verdict.CRASHED})
    shown = [screen("status"), screen("hint", "lesson1"), screen("hint", "lesson1", "order")]
    shown += [screen("solution", "lesson1"), screen("solution", "lesson1", "--component", "neuron")]
    file = Path("lesson1_autograd/mlp.py")
    file.write_text(file.read_text("utf-8").replace("class MLP", "x = 1\n\n\nclass MLP"), "utf-8")
    shown += [screen("status"), screen("diff", "lesson1"), screen("reset", "lesson1")]
    look("way", *shown)


def test_at_the_end(screen: Screen, look: Look) -> None:
    screen("init", "--path", "zero-to-hero")
    for lesson in Plugins.load().lessons().values():
        shutil.copytree(
            trees.shipped(trees.REFERENCE) / lesson.folder, lesson.folder, dirs_exist_ok=True
        )
        graded(lesson, {})
    look("end", screen(), screen("hint", "lesson3"))


def test_explanations(screen: Screen, look: Look) -> None:
    look("explain", screen("explain", "value.order"), screen("explain", "milestone"))


def test_what_there_is(screen: Screen, look: Look) -> None:
    look("there", screen("data", "list"), screen("plugins"))


def test_a_chapter_is_served(screen: Screen, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", interrupted)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("zth.pages.place", lambda file: (file.parent, file.name))
    monkeypatch.setenv("LOGNAME", "ada")
    near = screen("play", "lesson3#mask")
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 2222")
    look("play", near, screen("play", "lesson3"))


def test_what_a_sandbox_keeps_out(
    screen: Screen, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    def table(_tiers: object, _told: object) -> list[Row]:
        said = ["EPERM", "4 MiB", "a text that is far too long for a column"]
        return [
            Row(p, {"bwrap": Answer(True, x), "process": Answer(False, x)})
            for p, x in zip(PROBES, said, strict=False)
        ]

    tiers = {
        "bwrap": replace(BWRAP, why_not=lambda: ""),
        "landlock": replace(LANDLOCK, why_not=lambda: "it is not in this kernel"),
        "process": PROCESS,
    }
    monkeypatch.setattr("zth.probing.table", table)
    monkeypatch.setattr("zth.probing.cost", lambda _: 0.03)
    monkeypatch.setattr(Plugins, "sandboxes", lambda _: tiers)
    look("sandbox", screen("dev", "sandbox"))


def test_what_cannot_be(screen: Screen, look: Look) -> None:
    wrong = [
        ("grad", "lesson1"),
        ("grade",),
        ("grade", "leson1", "--impl", "reference"),
        ("grade", "lesson1", "--impl", "referense"),
        ("grade", "lesson1", "--impl", "reference", "--component", "valu"),
        ("grade", "lesson1", "--impl", "reference", "--milestone", "moons"),
        ("grade", "lesson1", "--impl", "reference", "--sandbox", "box"),
        ("grade", "lesson1", "--impl", "reference", "--format", "pdf"),
        ("grade", "lesson1", "--impl", "reference", "--check", "ad"),
        ("grade", "lesson2", "--impl", "reference", "--check", "round_trip"),
        ("hint",),
        ("hint", "lesson99"),
        ("explain",),
        ("explain", "nothing"),
        ("play",),
        ("play", "lesson99"),
        ("play", "lesson3#masks"),
        ("init", "--path", "hero"),
        ("data", "fetch", "shakespear"),
        ("train",),
        ("train", "shakespear-tiny"),
        ("train", "shakespeare-tiny", "--with", "attention"),
        ("train", "shakespeare-tiny", "--with", "atention=reference"),
        ("sample",),
        ("sample", "nowhere"),
        ("blame", "nowhere"),
        ("status", "--lang"),
        ("--lang", "de"),
    ]
    look("wrong", *(screen(*args) for args in wrong))
