"""`zth docs figures`, as its user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import figures
from grader.figures import Data, Figure, Told, record
from zth.cli.main import main


def measure(seed: int, told: Told) -> Data:
    told("half done")
    return {"seed": seed}


@pytest.fixture(autouse=True)
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with two figures that need one file."""
    figure = Figure(
        title="A number",
        measure=measure,
        draw=lambda data: f"<svg>{data['seed']}</svg>",
        seconds=600,
        needs=("part.py",),
    )
    monkeypatch.setattr(record, "root", lambda: tmp_path)
    monkeypatch.setattr(record, "_own", lambda name: "own")
    monkeypatch.setattr(figures, "load", lambda name: figure)
    monkeypatch.setattr(figures, "NAMES", ("first", "second"))
    (tmp_path / "part.py").write_text("one")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    """The exit status, and all that was said."""
    with pytest.raises(SystemExit) as ended:
        main(["docs", "figures", *args])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_all_are_made_and_each_says_how_far_it_is(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = told(capsys)
    made = {name: record.file(name) for name in figures.NAMES}
    assert status == 0
    assert said.splitlines() == [
        line
        for name, file in made.items()
        for line in (f"{name}: half done", f"{file} and its drawing are new")
    ]
    assert all(file.is_file() and file.with_suffix(".svg").is_file() for file in made.values())


def test_only_those_that_are_named_are_made_with_the_seed_that_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(capsys, "second", "--seed", "5")[0] == 0
    assert not record.read("first")
    assert record.read("second")["data"] == {"seed": 5}


def test_the_list_says_how_long_each_takes_and_how_old_it_is(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "first")
    (clone / "part.py").write_text("two")
    status, said = told(capsys, "--list")
    head, first, second = (line.split() for line in said.splitlines())
    date = record.read("first")["date"]
    assert (status, head) == (0, ["figure", "takes", "made"])
    assert first == ["first", "10", "min", f"{date},", "stale", "A", "number"]
    assert second == ["second", "10", "min", "never", "A", "number"]


def test_a_check_names_what_changed(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    never = [f"{name} was never made: zth docs figures {name}\n" for name in figures.NAMES]
    assert told(capsys, "--check") == (1, "".join(never))
    told(capsys)
    assert told(capsys, "--check") == (0, "2 figures are of today's code\n")
    (clone / "part.py").write_text("two")
    assert told(capsys, "--check", "first") == (
        1,
        "first is stale: since it was made, part.py changed\n",
    )


def test_a_drawing_is_made_anew_without_measuring(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told(capsys, "first", "--seed", "7")
    drawing = record.file("first").with_suffix(".svg")
    drawing.unlink()
    monkeypatch.setattr(record, "make", lambda *_: pytest.fail("measured"))
    assert told(capsys, "first", "--draw")[0] == 0
    assert drawing.read_text() == "<svg>7</svg>"
    assert told(capsys, "--draw")[0] == 2  # the second was never made


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["frist"], "there is no figure named 'frist'; did you mean first?"),
        (["--list", "--check"], "--list, --check and --draw: one at a time"),
        (["second", "--draw"], "second was never made: zth docs figures second"),
        (["--seed", "-1"], "-1 is not in the range"),
    ],
)
def test_nonsense_gets_one_clear_line(
    args: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = told(capsys, *args)
    assert status == 2
    assert line in said
    assert "Traceback" not in said


def test_a_file_that_cannot_be_read_does_not_keep_the_list_from_being_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = record.file("first")
    file.parent.mkdir(parents=True)
    file.write_text("[")
    status, said = told(capsys, "--list")
    assert status == 0
    assert "unreadable" in said
