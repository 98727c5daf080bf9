"""`zth class export`: a row for each student, and all that led to a number beside it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from grader.classroom import export, gradebook, sheets
from grader.classroom.cli.export import export as command
from tests import snapshots
from tests.conftest import ROOT
from tests.grader.classroom.made_up import ALSO_RIGHT, RIGHT, STUB, WRONG, Class
from zth.records import ZthError

NOW = datetime(2026, 10, 9, 7, 30, tzinfo=UTC)
TITLES = {"lesson1": "Autograd", "lesson3": "Attention"}
ODD = (
    'student,name,email,Section\n007,"=HYPERLINK(""http://e/x"")",x@example.org,A\n'
    "+42,@SUM(1),-1@example.org,B\nli,'李,li@example.org,\n"
)


@pytest.fixture
def made(tmp_path: Path) -> Class:
    """Of anna a late one counts, of ben nothing could be graded, and chen's was refused."""
    made = Class(tmp_path / "class")
    made.hand_in("anna", "lesson1", STUB, WRONG, RIGHT)
    made.hand_in("anna", "lesson1", RIGHT, ALSO_RIGHT, hours=30)
    made.hand_in("anna", "lesson3", RIGHT, ALSO_RIGHT)
    made.hand_in("ben", "lesson1", fault="no space left")
    made.refuse("chen", "too large")
    made.hand_in("zoe", "lesson3", RIGHT, WRONG)
    return made


def book(made: Class) -> gradebook.Gradebook:
    return gradebook.read(made.room, made.store)


def rows(text: str) -> list[dict[str, Any]]:
    """As a program reads it: what is in quotes is text, the rest are numbers."""
    head, *found = csv.reader(io.StringIO(text, newline=""), quoting=csv.QUOTE_NONNUMERIC)
    return [
        {
            name: sheets.original(c) if isinstance(c, str) else c
            for name, c in zip(head, row, strict=True)
        }
        for row in found
    ]


# --- CSV ------------------------------------------------------------------------------------------


def test_a_row_tells_what_counts_and_why(made: Class) -> None:
    found = {row["student"]: row for row in rows(export.as_csv(book(made)))}
    assert list(found) == ["anna", "ben", "chen", "dora", "zoe"]
    anna = found["anna"]
    assert {k: v for k, v in anna.items() if k.startswith("lesson1 ")} == {
        "lesson1 status": "graded",
        "lesson1 earned": 5,
        "lesson1 points": 5,
        "lesson1 received": "2026-10-03T04:00:00+00:00",
        "lesson1 late days": 1.25,
        "lesson1 factor": 0.8,
        "lesson1 counts": 4,
        "lesson1 weight": 1,
    }
    assert anna["total"] == (1 * 0.8 + 3 * 1.0) / 4
    assert (anna["name"], anna["email"]) == ("Anna Ahn", "anna@example.org")
    assert anna["alias"]
    assert found["zoe"]["on roster"] == "no"
    assert found["zoe"]["total"] == pytest.approx(0.75 * 2 / 5)


def test_nothing_is_no_points_but_what_we_failed_to_grade_is_unknown(made: Class) -> None:
    found = {row["student"]: row for row in rows(export.as_csv(book(made)))}
    for student, status, counts in (
        ("ben", "withheld", ""),
        ("chen", "refused", 0),
        ("dora", "missing", 0),
    ):
        assert found[student]["lesson1 status"] == status
        assert found[student]["lesson1 counts"] == counts
        assert found[student]["lesson1 earned"] == ""
        assert found[student]["total"] == 0


def test_names_that_are_formulas_are_text_and_come_back(tmp_path: Path) -> None:
    found = book(Class(tmp_path / "class", roster=ODD))
    for text in (export.as_csv(found), export.as_canvas(found, TITLES)):
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ["=", "+", "-", "@"]]
    told = [(row["student"], row["name"], row["email"]) for row in rows(export.as_csv(found))]
    assert told == [
        ("007", '=HYPERLINK("http://e/x")', "x@example.org"),
        ("+42", "@SUM(1)", "-1@example.org"),
        ("li", "'李", "li@example.org"),
    ]


def test_an_empty_class_has_a_head_alone(tmp_path: Path) -> None:
    found = book(Class(tmp_path / "class", roster="student\n"))
    assert len(export.as_csv(found).splitlines()) == 1
    assert len(export.as_canvas(found, TITLES).splitlines()) == 2
    assert json.loads(export.as_json(found, {}, NOW))["students"] == []


# --- Canvas ---------------------------------------------------------------------------------------


def test_canvas_gets_the_columns_that_it_knows(made: Class) -> None:
    text = export.as_canvas(book(made), TITLES)
    head, points, *students = csv.reader(io.StringIO(text))
    assert head == [
        *("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
        *("lesson1 Autograd", "lesson3 Attention"),
    ]
    assert points == ["    Points Possible", "", "", "", "", "5", "5"]
    assert students == [
        ["Anna Ahn", "", "anna", "anna", "", "4.0", "5.0"],
        ["Ben Berg", "", "ben", "ben", "", "", ""],
        ["陈晨", "", "chen", "chen", "", "", ""],
        ["Dora Diaz", "", "dora", "dora", "", "", ""],
    ]


def test_canvas_own_columns_of_the_roster_are_handed_on(tmp_path: Path) -> None:
    roster = "student,name,ID,SIS Login ID,section\nanna,Anna,4711,a.ahn,Monday\n"
    text = export.as_canvas(book(Class(tmp_path / "class", roster=roster)), TITLES)
    assert list(csv.reader(io.StringIO(text)))[2] == [
        "Anna",
        "4711",
        "anna",
        "a.ahn",
        "Monday",
        "",
        "",
    ]


def test_canvas_has_one_number_of_points_for_all(made: Class) -> None:
    """A grader of another version may have had other points: shares are what is kept."""
    made.hand_in("dora", "lesson3", RIGHT, ALSO_RIGHT, RIGHT, ALSO_RIGHT, WRONG)
    text = export.as_canvas(book(made), TITLES)
    _, points, anna, *_, dora = csv.reader(io.StringIO(text))
    assert (points[-1], anna[-1], dora[-1]) == ("13", "13.0", "10.0")


# --- JSON -----------------------------------------------------------------------------------------


def test_json_is_what_its_schema_says(made: Class) -> None:
    data = json.loads(export.as_json(book(made), TITLES, NOW))
    jsonschema.Draft202012Validator.check_schema(export.schema())
    jsonschema.validate(data, export.schema())
    for spoil in (
        lambda d: d.pop("policy"),
        lambda d: d.update(format="zth-grades/0"),
        lambda d: d["students"][0].pop("email"),
        lambda d: d["students"][0]["lessons"][0].update(status="perhaps"),
    ):
        spoiled = json.loads(json.dumps(data))
        spoil(spoiled)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoiled, export.schema())


def test_the_published_schema_is_this_one() -> None:
    text = json.dumps(export.schema(), indent=2) + "\n"
    snapshots.same(ROOT / "docs/reference/grades.schema.json", text)


def test_json_tells_all(made: Class) -> None:
    data = json.loads(export.as_json(book(made), TITLES, NOW))
    assert data["policy"] == {"counts": "best", "grace_minutes": 15.0, "per_day": 0.1, "days": 7.0}
    assert data["lessons"][1] == {
        "lesson": "lesson3",
        "title": "Attention",
        "weight": 3.0,
        "points": 5,
        "due": "2026-10-01T22:00:00+00:00",
    }
    anna, ben, *_ = data["students"]
    assert anna["total"] == 0.95
    late = anna["lessons"][0]
    assert (late["late_seconds"], late["factor"], late["counts"], late["share"]) == (
        108_000,
        0.8,
        4,
        0.8,
    )
    assert late["submission"] == 2
    assert (ben["lessons"][0]["status"], ben["lessons"][0]["problem"]) == (
        "withheld",
        "no space left",
    )
    assert ben["lessons"][0]["earned"] is None


def test_json_is_ascii_whatever_was_handed_in(made: Class) -> None:
    made.hand_in("\x1b[2J\u202e\ud800", "lesson1", RIGHT)
    text = export.as_json(book(made), TITLES, NOW)
    assert text.isascii()
    assert not set(text) & {"\x1b", "\x07"}
    assert json.loads(text)["students"][4]["student"] == "\x1b[2J\u202e\ud800"


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run(made: Class, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(made.root)
    monkeypatch.setattr("sys.argv", ["zth"])
    return lambda *words: CliRunner().invoke(command, words, catch_exceptions=False)


def test_without_a_file_the_grades_are_printed(run) -> None:  # type: ignore[no-untyped-def]
    done = run()
    assert done.stdout.startswith('"student","name"')
    assert done.stderr == "not on the roster, and marked so: zoe\n"
    assert json.loads(run("--format", "json").stdout)["format"] == export.FORMAT


def test_a_file_for_spreadsheets_has_their_mark_and_one_for_canvas_has_none(
    made: Class, run
) -> None:  # type: ignore[no-untyped-def]
    assert "the grades are in grades.csv" in run("-o", "grades.csv").stdout
    assert (made.root / "grades.csv").read_bytes().startswith(b'\xef\xbb\xbf"student"')
    said = run("--format", "canvas", "-o", "canvas.csv").stderr
    assert said == "not on the roster, and left out: zoe\n"
    assert (made.root / "canvas.csv").read_bytes().startswith(b'"Student"')


def test_what_cannot_be_written_is_told_in_a_line(run) -> None:  # type: ignore[no-untyped-def]
    for place in ("no/such/folder.csv", ".", "/"):
        with pytest.raises(ZthError, match="cannot write to"):
            run("-o", place)


def test_gradescope_gets_a_folder(made: Class, run) -> None:  # type: ignore[no-untyped-def]
    done = run("--format", "gradescope")
    assert f"2 results are in {made.root / 'gradescope'}, a zip file for each lesson" in done.stdout
    assert done.stderr == "writing 3 results …\nnot on the roster, and left out: zoe\n"
