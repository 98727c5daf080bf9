"""The boards are what the page of rules says, and what they draw is drawn from the seed."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from grader.classroom.boards.board import boards, named
from grader.classroom.boards.corpora import HELD_OUT, PARTS, Pieces, Split, prose
from grader.classroom.boards.measured import Measured, machine
from zth import language
from zth.records import ZthError

PAGE = "docs/instructors/leaderboard.md"


@pytest.fixture
def page(root: Path) -> str:
    return (root / PAGE).read_text("utf-8")


# --- the boards ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", boards())
def test_the_rules_say_what_a_board_is(name: str, page: str) -> None:
    board = named(name)
    [row] = re.findall(rf"^\| `{name}` \| .*\|$", page, re.MULTILINE)[:1]
    assert row.endswith(f" | {board.budget} |")
    noise = re.search(rf"^\| .*`{name}`.* \| {board.noise:g} .*\|$", page, re.MULTILINE)
    assert noise, board.noise
    if "the same |" not in row:
        assert ("less is better" if board.lower else "more is better") in row


def test_points_come_from_what_nobody_knows_alone() -> None:
    assert [board.name for board in boards().values() if board.points] == ["entropy"]
    public = [board for board in boards().values() if board.public]
    assert [board.name for board in public] == ["shakespeare-cpu", "shakespeare-gpu"]
    for board in boards().values():
        assert board.label == ("a submission could carry the text" if board.public else "")


def test_a_board_is_named_in_the_language_that_is_spoken() -> None:
    language.use("zh")
    try:
        said = [text for b in boards().values() for text in (b.title, b.budget)]
    finally:
        language.use("en")
    assert all(re.search("[\u4e00-\u9fff]", text) for text in said), said


def test_a_name_that_is_none_is_told_the_nearest() -> None:
    with pytest.raises(ZthError, match="did you mean bpe-speed"):
        named("bpe-sped")


# --- what was measured --------------------------------------------------------------------------


def test_what_was_measured_becomes_a_record() -> None:
    at = datetime(2025, 3, 1, tzinfo=UTC)
    found = Measured(1.5, 2.0, 30, 4.0, "here", ((0, 3.0), (10, 1.5)), "")
    record = found.entered("entropy", 7, "abc", at, "1.0+f00")
    assert (record.board, record.submission, record.seed_id) == ("entropy", 7, "abc")
    assert (record.at, record.grader, record.id) == (at, "1.0+f00", 0)
    for name in ("value", "reference", "tokens", "seconds", "machine", "curve", "problem"):
        assert getattr(record, name) == getattr(found, name)


def test_without_a_number_the_number_is_none() -> None:
    assert math.isnan(Measured(problem="it hangs").value)


def test_a_machine_is_known_by_processor_packages_and_gpus(tmp_path: Path) -> None:
    (tmp_path / "0000:01:00.0").mkdir()
    information = tmp_path / "0000:01:00.0" / "information"
    information.write_text("Model: \t\t NVIDIA  H100\nIRQ:   \t\t 40\n")
    here = machine(("torch", "torch._dynamo"), gpu=True, gpus=tmp_path)
    assert re.fullmatch(r".+ × \d+, NVIDIA H100, Python 3\.\d+\.\S+, torch \d\S+", here)
    assert "NVIDIA" not in machine(gpus=tmp_path)


# --- a split of a public text -------------------------------------------------------------------

TEXT = "".join(chr(0x4E00 + i) for i in range(4003))  # every character once: it tells its place


def test_contiguous_parts_are_held_out_and_the_rest_trains() -> None:
    split = Split(TEXT, seed=2**62)
    inputs, targets = split.held_out(7)
    np.testing.assert_array_equal(targets, inputs + 1)
    held_out = {*inputs.ravel(), *targets.ravel()}
    train = {int(token) for piece in split.train.pieces for token in piece}
    assert not held_out & train
    assert len(train) == pytest.approx(len(TEXT) * (1 - HELD_OUT / PARTS), abs=2)
    assert len(held_out) > len(TEXT) * HELD_OUT / PARTS - 2 * 7
    for piece in split.train.pieces:
        np.testing.assert_array_equal(np.diff(piece), 1)


def test_which_parts_is_drawn_from_the_seed() -> None:
    firsts = {tuple(Split(TEXT, seed).held_out(7)[0][0]) for seed in range(60)}
    assert len(firsts) > PARTS / 2
    again = Split(TEXT, 5).held_out(7)[0]
    np.testing.assert_array_equal(again, Split(TEXT, 5).held_out(7)[0])


def test_windows_lie_within_a_piece_at_all_its_places() -> None:
    pieces = Pieces((np.arange(10), np.arange(100, 105), np.arange(200, 204)))
    drawn = pieces.windows(2000, 4, np.random.default_rng(0))
    np.testing.assert_array_equal(np.diff(drawn, axis=1), 1)
    assert {*drawn[:, 0]} == {0, 1, 2, 3, 4, 5, 6, 100, 101, 200}
    counts = np.unique(drawn[:, 0], return_counts=True)[1]
    assert counts.min() > 130  # 200 are expected, five deviations are 67


# --- a text of its own --------------------------------------------------------------------------


def test_prose_is_drawn_and_reads_like_words() -> None:
    text = prose(20_000, np.random.default_rng(1))
    assert len(text) == 20_000
    assert text == prose(20_000, np.random.default_rng(1))
    assert text[:200] != prose(20_000, np.random.default_rng(2))[:200]
    words = re.findall(r"\w+", text.lower())
    common = max(words.count(word) for word in set(words[:300]))
    assert common > 10 * len(words) / len(set(words)) / 2
    assert re.search("[éü]", text)


def test_the_rounds_of_a_race_have_texts_of_their_own() -> None:
    task = replace(boards()["bpe-speed"].task, size=400)
    drawn = [task.texts(seed, round) for seed in (1, 2) for round in range(4)]
    assert len({text for pair in drawn for text in pair}) == 16
