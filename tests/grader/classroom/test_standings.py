"""`zth class leaderboard`: who is measured, how often, and what the table says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from grader.classroom import entering, standings
from grader.classroom.boards.board import named
from grader.classroom.boards.measured import Measured
from grader.classroom.standings import Asked, run
from tests.grader.classroom.made_up import RIGHT, Class
from zth.records import ZthError

BOARD = "attention-memory"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Class]:
    made = Class(tmp_path / "class")
    monkeypatch.chdir(made.root)
    yield made
    made.store.close()


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, float | None]]:
    """What is measured: the first line of the tree's file, the seed, the reference that is known.

    The file says what comes of it: a number, or a problem.
    """
    asked = []

    def measure(board, tree, nursery, seed, *, report, reference):  # type: ignore[no-untyped-def]
        text = (tree.root / "lesson3_attention/attention.py").read_text("utf-8").strip()
        asked.append((text, seed, reference))
        if not text.startswith("# "):
            return Measured(problem=text)
        return Measured(float(text[2:]) + seed % 3 / 100, 7.0, seconds=1.5)

    monkeypatch.setattr(entering, "measure", measure)
    monkeypatch.setattr(entering, "Nursery", lambda *_: nullcontext())
    return asked


def hand_in(made: Class, student: str, text: str, hours: float = 0.0) -> None:
    files = {"lesson3_attention/attention.py": text.encode()}
    made.hand_in(student, "lesson3", RIGHT, hours=hours, files=files)


def shown(capsys: pytest.CaptureFixture[str], *, measure: bool = True, **more: str) -> str:
    assert run(Asked(BOARD, measure=measure, **more)) == 0  # type: ignore[arg-type]
    return capsys.readouterr().out


def rows(made: Class) -> dict[str, tuple[int, str]]:
    """Rank and standing, by student."""
    found = standings.standing(made.room, made.store, named(BOARD))
    owners = made.store.entrants(BOARD)
    return {owners[r.submission].student: (r.rank, r.standing.value) for r in found.rows}


def test_each_newest_submission_is_measured_once_with_each_seed(
    made: Class, measuring: list[tuple[str, int, float | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(made, "anna", "# 1", -2)
    hand_in(made, "anna", "# 2", -1)
    hand_in(made, "ben", "# 5")
    hand_in(made, "chen", "fast and wrong")
    shown(capsys)
    assert [text for text, _, _ in measuring] == ["# 2", "# 5", "fast and wrong"] + [
        "# 2",
        "# 5",
    ] * 2
    first, others = measuring[:3], measuring[3:]
    assert len({seed for _, seed, _ in first}) == 1
    assert len({seed for _, seed, _ in measuring}) == 3
    assert [known for _, _, known in others] == [None, 7.0] * 2
    assert rows(made) == {
        "anna": (1, "verified"),
        "ben": (2, "verified"),
        "chen": (0, "submitted"),
    }
    shown(capsys)
    assert len(measuring) == 7


def test_who_had_as_many_as_are_allowed_waits(
    made: Class, measuring: list[tuple[str, int, float | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(made.room.settings.boards.per_day):
        hand_in(made, "anna", f"# {number}", number)
        shown(capsys)
    before = len(measuring)
    hand_in(made, "anna", "# 9", 50)
    assert run(Asked(BOARD, measure=True)) == 0
    assert "anna waits" in capsys.readouterr().err
    assert len(measuring) == before


def test_a_ruling_takes_an_entry_out_and_lets_it_in_again(
    made: Class, measuring: list[tuple[str, int, float | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(made, "anna", "# 1")
    hand_in(made, "ben", "# 5")
    shown(capsys)
    said = shown(capsys, measure=False, disqualify="anna", reason="copied [b]from[/b] \x1b[31mben")
    assert rows(made) == {"anna": (0, "disqualified"), "ben": (1, "verified")}
    assert "[b]from[/b]" in said
    assert "\x1b[31m" not in said
    shown(capsys, measure=False, readmit="anna", reason="it was ben")
    assert rows(made)["anna"] == (1, "verified")
    with pytest.raises(ZthError, match="needs a reason"):
        run(Asked(BOARD, disqualify="anna"))
    with pytest.raises(ZthError, match="anna"):
        run(Asked(BOARD, disqualify="anan", reason="x"))


def test_names_are_shown_only_when_asked_for(
    made: Class, measuring: list[tuple[str, int, float | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(made, "ben", "# 5")
    hand_in(made, "stranger", "# 6")
    assert "ben" not in shown(capsys)
    assert run(Asked(BOARD, names=True)) == 0
    said = capsys.readouterr().out
    assert "ben" in said
    assert "stranger" in said
    aliases = standings.aliases_of(made.room, ["ben", "stranger"])
    assert len(set(aliases.values())) == len(aliases)
    assert aliases["stranger"] in said


def test_boards_are_listed_and_an_empty_one_says_what_comes_first(
    made: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Asked()) == 0
    assert BOARD in capsys.readouterr().out
    assert "no entries yet" in shown(capsys, measure=False)
    with pytest.raises(ZthError, match="did you mean"):
        run(Asked("attention-memoy"))
