"""`zth class report`: the page, and the files beside it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.classroom import report as reports
from grader.classroom import sheets
from grader.classroom.cli.report import report
from grader.classroom.page import ClassReport
from tests.grader.classroom.made_up import (
    ALSO_RIGHT,
    BREACH,
    RIGHT,
    STUB,
    TOML,
    WRONG,
    Class,
)
from zth import language
from zth.plugins import Plugins
from zth.records import ZthError

FILES = {f"{name}.csv" for name in reports.SHEETS} | {"index.html"}


@pytest.fixture
def made(tmp_path: Path) -> Class:
    return Class(tmp_path / "class")


def make(made: Class) -> ClassReport:
    lessons = Plugins.load().lessons()
    return reports.make(made.room, made.store, [lessons["lesson1"]], lambda *_: None)


def read(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return [[sheets.original(cell) for cell in row] for row in csv.reader(stream)]


def test_the_numbers_lie_beside_the_page(made: Class, tmp_path: Path) -> None:
    made.hand_in("anna", "lesson1", RIGHT, WRONG, breaches=(BREACH,))
    made.hand_in("ben", "lesson1", RIGHT, ALSO_RIGHT)
    made.hand_in("chen", "lesson1", fault="=no space left")
    made.hand_in("zoe", "lesson1", RIGHT, STUB)
    made.refuse("dora", "too\nlarge")
    folder = tmp_path / "out"
    assert reports.write(make(made), folder, "en") == folder / "index.html"
    assert {file.name for file in folder.iterdir()} == FILES | {".gitignore"}
    assert read(folder / "points.csv")[1:] == [
        ["lesson1", "5", "0", "0", "0"],
        ["lesson1", "5", "1", "1", "0"],
        ["lesson1", "5", "2", "2", "2"],
        ["lesson1", "5", "3", "3", "0"],
        ["lesson1", "5", "4", "4", "0"],
        ["lesson1", "5", "5", "5", "1"],
    ]
    head, hardest, *_ = read(folder / "checks.csv")
    found = dict(zip(head, hardest, strict=True))
    assert (found["check"], found["students"], found["wrong"]) == (WRONG.id, "2", "1")
    assert (found["passed"], found["failed"], found["crashed"]) == ("1", "1", "0")
    [_, mistake] = read(folder / "misconceptions.csv")
    assert mistake[:3] == ["lesson1", "1", "Each position also sees the next one."]
    assert ["lesson3", "anna", "Anna Ahn", "anna@example.org"] in read(folder / "missing.csv")
    assert read(folder / "refused.csv")[1][0::4] == ["dora", "too large"]
    assert read(folder / "not-graded.csv")[1][3] == "=no space left"
    assert read(folder / "not-on-the-roster.csv")[1:] == [["zoe"]]
    assert read(folder / "similar.csv")[1:] == []


def test_a_folder_that_was_there_keeps_what_is_in_it(made: Class, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    reports.write(make(made), tmp_path, "en")
    reports.write(make(made), tmp_path, "en")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert not (tmp_path / ".gitignore").exists()


def test_what_cannot_be_written_is_told_in_a_line(made: Class, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ZthError, match="cannot write to"):
        reports.write(make(made), tmp_path / "file" / "report", "en")


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(made: Class, *arguments: str) -> str:
        monkeypatch.chdir(made.root)
        wanted, rest = language.taken(arguments)
        monkeypatch.setattr(language, "_asked", wanted or "")
        done = CliRunner().invoke(report, rest, catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    return run


def test_the_report_lies_beside_the_classs_settings(made: Class, run) -> None:  # type: ignore[no-untyped-def]
    for student in ("anna", "ben"):
        made.hand_in(student, "lesson1", RIGHT)
    said = run(made)
    page = made.root / "report" / "index.html"
    assert f"the report is in {page}" in said
    assert "comparing 2 submissions of lesson1" in said
    assert '<html lang="en">' in page.read_text("utf-8")


def test_the_page_speaks_the_classs_language_and_the_command_the_users(
    tmp_path: Path,
    run,  # type: ignore[no-untyped-def]
) -> None:
    made = Class(tmp_path / "class", toml='language = "zh"\n' + TOML)
    for student in ("anna", "ben"):
        made.hand_in(student, "lesson1", RIGHT)
    said = run(made, "-o", "out")
    assert "comparing 2 submissions of lesson1" in said
    assert "the report is in" in said
    assert "可能的误解" not in (made.root / "out/index.html").read_text("utf-8")
    assert "哪个概念没有掌握？" in (made.root / "out/index.html").read_text("utf-8")
    run(made, "-o", "out", "--lang", "en")
    assert "Which idea is not understood?" in (made.root / "out/index.html").read_text("utf-8")
