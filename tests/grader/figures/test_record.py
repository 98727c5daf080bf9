"""What is kept of a figure: all that made it, and the drawing of its data."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from grader import figures
from grader.figures import Data, Figure, Told, record
from zth import trees
from zth.language import speaking, tr
from zth.records import ZthError

KEYS = [
    *("figure", "command", "seed", "seconds", "date"),
    *("commit", "machine", "versions", "sources", "data"),
]


def measure(seed: int, told: Told) -> Data:
    told("counting")
    return {"numbers": [seed, seed + 1], "text": "a\n b"}


def draw(data: Data) -> str:
    return f"<svg>{tr('training')} {data['numbers']}</svg>"


def plain(data: Data) -> str:
    return f"<svg>{data['numbers']}</svg>"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with one figure, which needs a folder."""
    figure = Figure(title="Numbers", measure=measure, draw=draw, needs=("needed",))
    monkeypatch.setattr(record, "root", lambda: tmp_path)
    monkeypatch.setattr(record, "_own", lambda name: "own")
    monkeypatch.setattr(figures, "load", lambda name: figure)
    (tmp_path / "needed").mkdir()
    (tmp_path / "needed" / "part.py").write_text("one")
    return tmp_path


@pytest.mark.parametrize("name", figures.NAMES)
def test_what_is_kept_says_how_it_was_made(name: str) -> None:
    kept = record.read(name)
    assert [*kept] == KEYS
    assert kept["figure"] == name
    assert kept["command"] == f"zth docs figures {name} --seed {kept['seed']}"
    assert {"zth", "python", "torch", "numpy"} <= {*kept["versions"]}
    assert kept["commit"]
    assert kept["sources"].keys() == record.sources(name).keys()


@pytest.mark.parametrize("name", figures.NAMES)
def test_the_drawings_are_those_of_the_data(name: str) -> None:
    for place, drawing in record.drawings(name, record.read(name)["data"]).items():
        assert place.is_file() == bool(drawing), place
        assert not drawing or place.read_text("utf-8") == drawing, (
            f"{place} is not the drawing of its data: zth docs figures {name} --draw"
        )


@pytest.mark.parametrize("name", figures.NAMES)
def test_what_a_figure_needs_is_there(name: str) -> None:
    assert all((record.root() / need).exists() for need in figures.load(name).needs)


def test_a_figure_that_is_written_is_read_as_it_was(clone: Path) -> None:
    said: list[str] = []
    kept = record.make("numbers", 3, said.append)
    record.write("numbers", kept)
    assert said == ["counting"]
    assert record.read("numbers") == kept
    assert kept["data"] == {"numbers": [3, 4], "text": "a\n b"}
    assert record.file("numbers") == clone / "docs/assets/figures/numbers.json"


def test_a_drawing_is_in_both_languages_where_its_words_differ(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = record.make("numbers", 0, lambda _: None)
    record.write("numbers", kept)
    folder = clone / record.FOLDER
    with speaking("zh"):
        assert (folder / "numbers.zh.svg").read_text("utf-8") == draw(kept["data"])
    assert (folder / "numbers.svg").read_text("utf-8") == draw(kept["data"])
    figure = Figure(title="Numbers", measure=measure, draw=plain, needs=("needed",))
    monkeypatch.setattr(figures, "load", lambda name: figure)
    record.write("numbers", kept)
    assert {file.name for file in folder.iterdir()} == {"numbers.json", "numbers.svg"}


def test_what_changed_since_it_was_made_is_named(clone: Path) -> None:
    kept = record.make("numbers", 0, lambda _: None)
    assert record.changed("numbers", kept) == []
    (clone / "needed" / "part.py").write_text("two")
    assert record.changed("numbers", kept) == ["needed"]


@pytest.mark.parametrize(("text", "stale"), [("tr(", False), ("SEEDS = ", True)])
def test_only_a_drawing_may_change_and_the_data_stay(
    text: str, stale: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, source = record._own("shakespeare_tiny"), inspect.getsource
    monkeypatch.setattr(inspect, "getsource", lambda thing: source(thing).replace(text, f"#{text}"))
    assert (record._own("shakespeare_tiny") != before) == stale


def test_a_file_that_is_no_figure_is_one_clear_line(clone: Path) -> None:
    path = record.file("numbers")
    path.parent.mkdir(parents=True)
    assert record.read("numbers") == {}
    path.write_text("{no json")
    with pytest.raises(ZthError, match="make it anew: zth docs figures numbers"):
        record.read("numbers")


def test_outside_a_clone_there_are_no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "in_clone", lambda: False)
    with pytest.raises(ZthError, match="in a clone of the repository"):
        record.root()


def test_the_file_has_a_line_for_each_part(clone: Path) -> None:
    kept = record.make("numbers", 0, lambda _: None)
    record.write("numbers", kept)
    lines = record.file("numbers").read_text("utf-8").splitlines()
    assert len(lines) == len(KEYS) + 3
    assert json.loads("\n".join(lines)) == kept
