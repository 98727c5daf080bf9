from __future__ import annotations

import json
from pathlib import Path

import pytest
import record
from record import Row, Spread


def test_a_spread_says_its_middle_and_its_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0, 2.0, 1.0, 3)


def test_one_value_does_not_deviate() -> None:
    assert Spread.of([2.0]).deviation == 0


@pytest.mark.parametrize("power", [0, 1, 2])
def test_the_exponent_is_the_power_of_growth(power: int) -> None:
    sizes = [10, 20, 40, 80]
    assert record.exponent(sizes, [3.0 * n**power for n in sizes]) == power


def test_a_ratio_is_the_median_of_the_ratios_of_each_round() -> None:
    """Not the ratio of the medians: a slow round is slow for both."""
    row = Row.of("x", "s", [1.0, 20.0, 3.0], [2.0, 10.0, 3.0], against="y")
    assert (row.ratio, row.spread) == (1.0, (0.5, 2.0))
    assert (row.ours, row.peer) == (3.0, 3.0)


def test_what_has_no_peer_has_a_spread_of_its_own() -> None:
    row = Row.of("x", "s", [1.0, 4.0, 2.0])
    assert (row.ours, row.spread, row.peer, row.ratio) == (2.0, (1.0, 4.0), None, None)


def test_each_round_needs_both_sides() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Row.of("x", "s", [1.0, 2.0], [1.0])


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = {"a": Row.of("x", "s", [1.0], [2.0], "y"), "b": Row.of("z", "MB", [3.0])}
    path = tmp_path / "results" / "some.json"
    record.write(path, {"rounds": 1}, rows)
    kept = json.loads(path.read_text("utf-8"))
    assert kept["rounds"] == 1
    assert record.rows(kept) == rows


def test_a_record_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    record.write(path, {"rounds": 1})
    with pytest.raises(TypeError):
        record.write(path, {"rounds": object()})
    assert [p.name for p in tmp_path.iterdir()] == ["some.json"]
    assert json.loads(path.read_text("utf-8")) == {"rounds": 1}


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ([], "results/some.json"),
        (["--quick"], "quick/some.json"),
        (["--quick", "--output", "/x/y.json"], "/x/y.json"),
    ],
)
def test_a_short_look_replaces_no_record(words: list[str], place: str) -> None:
    options = record.parser("some", "Some.").parse_args(words)
    assert options.output == record.HERE / place


def test_a_package_that_is_not_there_is_left_out() -> None:
    assert list(record.versions("numpy", "no-such-package")) == ["python", "zth", "numpy"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.00123456, "0.00123"), (1.5, "1.50"), (1234.5, "1,234"), (7, "7"), (None, "")],
)
def test_figures_are_read_without_an_exponent(value: object, said: str) -> None:
    assert record.plain(value) == said


def test_a_table_says_all_of_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    record.show_rows("what", {"a": Row.of("training", "s", [2.0], [4.0], "Rust")})
    head, line = capsys.readouterr().out.split("\n")[-3:-1]
    assert head.split() == [
        "what",
        "ours",
        "peer",
        "ratio",
        "least",
        "–",
        "most",
        "the",
        "peer",
        "is",
    ]
    assert line.split() == [
        "training",
        "2.00",
        "s",
        "4.00",
        "s",
        "0.500",
        "0.500",
        "–",
        "0.500",
        "Rust",
    ]
