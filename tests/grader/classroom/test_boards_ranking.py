"""Who is where: differences inside the noise are none, and nobody falls when another one goes."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.classroom.boards.board import Board, boards
from grader.classroom.boards.ranking import LEAST, Row, T, Table, ranked, table
from grader.classroom.records import Measurement, Ruling, Standing, Submission

START = datetime(2025, 3, 1, tzinfo=UTC)
SEEDS = ("s1", "s2", "s3")
NOISE = 0.01
BOARD = replace(boards()["entropy"], noise=NOISE)

exam = settings(derandomize=True, deadline=None, database=None, max_examples=200)


def submission(id: int, student: str = "", minutes: float = 0, problem: str = "") -> Submission:
    received = START + timedelta(minutes=minutes or id)
    return Submission(student or f"student{id}", received, f"d{id}", "a.zip", "", problem, id)


def measurements(
    id: int, values: Sequence[float], references: Sequence[float] = (), board: Board = BOARD
) -> list[Measurement]:
    """One for each seed and value; where no reference is given, it is 0."""
    return [
        Measurement(
            board.name, id, seed, START, value, reference, tokens=10, seconds=2.0, id=100 * id + i
        )
        for i, (seed, value, reference) in enumerate(
            zip(SEEDS, values, references or [0.0] * len(values), strict=False)
        )
    ]


def ruling(id: int, reason: str = "copied", *, disqualified: bool = True, at: int = 1) -> Ruling:
    return Ruling(BOARD.name, id, START + timedelta(hours=at), "ada", reason, disqualified, at)


def of(values: dict[int, Sequence[float]], *rulings: Ruling, board: Board = BOARD) -> Table:
    """The table of entries with these values."""
    found = [m for id, each in values.items() for m in measurements(id, each, board=board)]
    return table(board, SEEDS, [submission(id) for id in values], found, rulings)


def ranks(found: Table) -> dict[int, int]:
    return {row.submission: row.rank for row in found.rows}


def row_of(found: Table, id: int) -> Row:
    return next(row for row in found.rows if row.submission == id)


# --- one entry ----------------------------------------------------------------------------------


def test_an_entry_with_three_right_seeds_is_verified_and_has_its_numbers() -> None:
    entry, found = submission(1), measurements(1, [1.0, 1.2, 1.4], [0.5, 0.6, 0.7])
    [row] = table(BOARD, SEEDS, [entry], found, aliases={"student1": "quiet otter"}).rows
    assert (row.rank, row.standing, row.alias) == (1, Standing.VERIFIED, "quiet otter")
    assert (row.digest, row.received, row.reason) == ("d1", entry.received, "")
    assert (row.seeds, row.tokens, row.seconds) == (3, 10, 2.0)
    assert row.mean == pytest.approx(1.2)
    assert row.spread == pytest.approx(0.2)
    assert row.reference == pytest.approx(0.6)
    assert row.lead == pytest.approx(0.6)
    assert row.margin == pytest.approx(4.3027 * 0.1 / 3**0.5)


def test_no_margin_is_smaller_than_the_noise() -> None:
    assert of({1: [1.0, 1.0, 1.0]}).rows[0].margin == NOISE


@pytest.mark.parametrize("seeds", sorted(T))
def test_t_is_students(seeds: int) -> None:
    """The share of the density between −t and t is 95 %: by Simpson's rule."""
    df, n = seeds - 1, 2000
    scale = math.gamma((df + 1) / 2) / math.gamma(df / 2) / (df * math.pi) ** 0.5
    at = [scale * (1 + (T[seeds] * i / n) ** 2 / df) ** (-(df + 1) / 2) for i in range(n + 1)]
    share = 2 * T[seeds] / n / 3 * (at[0] + 4 * sum(at[1:n:2]) + 2 * sum(at[2:n:2]) + at[n])
    assert share == pytest.approx(0.95, abs=1e-5)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "0 of 3 seeds measured"),
        ([1.0, 1.0], "2 of 3 seeds measured"),
        ([1.0, math.nan, 1.0], "what was measured is no finite number"),
        ([1.0, math.inf, 1.0], "what was measured is no finite number"),
        ([1e308, -1e308, 1e308], "what was measured is no finite number"),
    ],
)
def test_less_than_three_right_seeds_are_submitted(values: list[float], said: str) -> None:
    found = of({1: values, 2: [5.0, 5.0, 5.0]})
    assert [row.submission for row in found.rows] == [2, 1]
    row = found.rows[1]
    assert (row.rank, row.standing, row.reason) == (0, Standing.SUBMITTED, said)


def test_a_problem_is_the_reason_and_takes_the_rank() -> None:
    found = measurements(1, [1.0, 1.0, 1.0])
    found[1] = replace(found[1], value=math.nan, problem="it hangs")
    [row] = table(BOARD, SEEDS, [submission(1)], found).rows
    assert (row.standing, row.reason, row.seeds) == (Standing.SUBMITTED, "it hangs", 2)


def test_what_could_not_be_taken_says_why() -> None:
    [row] = table(BOARD, SEEDS, [submission(1, problem="no zip file")], []).rows
    assert (row.standing, row.reason) == (Standing.SUBMITTED, "no zip file")
    assert math.isnan(row.mean)


def test_a_board_with_too_few_seeds_ranks_nobody() -> None:
    found = measurements(1, [1.0, 1.0])
    [row] = table(BOARD, SEEDS[:2], [submission(1)], found).rows
    assert (row.rank, row.reason) == (0, f"2 of {LEAST} seeds measured")


def test_the_last_measurement_with_a_seed_counts() -> None:
    found = measurements(1, [9.0, 1.0, 1.0])
    later = replace(found[0], value=1.0, at=START + timedelta(days=1), id=999)
    assert row_of(table(BOARD, SEEDS, [submission(1)], [later, *found]), 1).mean == 1.0


def test_other_seeds_boards_and_submissions_do_not_count() -> None:
    found = measurements(1, [1.0, 1.0, 1.0])
    strange = [
        replace(found[0], seed_id="s9", value=7.0),
        replace(found[0], board="bpe-speed", value=7.0, id=999),
        replace(found[0], submission=8, value=7.0),
    ]
    [row] = table(BOARD, SEEDS, [submission(1)], [*found, *strange]).rows
    assert (row.mean, row.seeds) == (1.0, 3)
    other = replace(ruling(1), board="bpe-speed")
    assert table(BOARD, SEEDS, [submission(1)], found, [other]).rows[0].rank == 1


# --- a student ----------------------------------------------------------------------------------


def test_a_student_has_one_row_the_newest_that_was_verified() -> None:
    mine = [submission(id, "eve", minutes=id) for id in (1, 2, 3)]
    found = [*measurements(1, [1.0, 1.0, 1.0]), *measurements(2, [2.0, 2.0, 2.0])]
    [row] = table(BOARD, SEEDS, mine, [*found, *measurements(3, [0.5])]).rows
    assert (row.submission, row.rank) == (2, 1)


def test_without_a_verified_one_it_is_the_newest() -> None:
    mine = [submission(id, "eve", minutes=10 - id) for id in (1, 2)]
    [row] = table(BOARD, SEEDS, mine, measurements(2, [1.0])).rows
    assert (row.submission, row.reason) == (1, "0 of 3 seeds measured")


def test_who_was_disqualified_does_not_come_back_with_an_older_entry() -> None:
    mine = [submission(1, "eve"), submission(2, "eve")]
    found = [*measurements(1, [1.0, 1.0, 1.0]), *measurements(2, [2.0, 2.0, 2.0])]
    [row] = table(BOARD, SEEDS, mine, found, [ruling(2)]).rows
    assert (row.submission, row.standing) == (2, Standing.DISQUALIFIED)


# --- rulings ------------------------------------------------------------------------------------


def test_a_disqualified_entry_has_no_rank_and_its_reason_and_comes_last() -> None:
    found = of({1: [0.0] * 3, 2: [1.0] * 3, 3: [2.0]}, ruling(1, "carries the text"))
    assert [row.submission for row in found.rows] == [2, 3, 1]
    row = found.rows[-1]
    assert (row.rank, row.standing, row.reason) == (0, Standing.DISQUALIFIED, "carries the text")
    assert row_of(found, 2).rank == 1


def test_the_last_ruling_counts() -> None:
    back = ruling(1, "a mistake", disqualified=False, at=2)
    assert ranks(of({1: [0.0] * 3}, back, ruling(1))) == {1: 1}
    assert ranks(of({1: [0.0] * 3}, ruling(1, at=3), back)) == {1: 0}


# --- ranks --------------------------------------------------------------------------------------


def test_a_clear_difference_is_two_ranks() -> None:
    found = of({1: [2.0, 2.1, 2.2], 2: [1.0, 1.1, 1.2]})
    # The seeds differ by 0.1 for both: that is in the values, not in a difference to a reference
    # that moves with them.
    shifted = [*measurements(1, [2.0, 2.1, 2.2], [0.0, 0.1, 0.2])]
    shifted += measurements(2, [1.0, 1.1, 1.2], [0.0, 0.1, 0.2])
    assert ranks(found) == {2: 1, 1: 2}
    assert ranks(table(BOARD, SEEDS, [submission(1), submission(2)], shifted)) == {2: 1, 1: 2}


def test_a_seed_that_is_hard_for_all_moves_nobody() -> None:
    """Far apart from seed to seed, near each other in each: told apart by the pairing alone."""
    hard = [0.0, 3.0, 9.0]
    entries = [submission(1), submission(2)]
    values = {1: [x + 1.0 for x in hard], 2: [x + 1.1 for x in hard]}
    paired = [m for id, each in values.items() for m in measurements(id, each, hard)]
    assert ranks(table(BOARD, SEEDS, entries, paired)) == {1: 1, 2: 2}
    assert ranks(of(values)) == {1: 1, 2: 1}


def test_ties_share_a_rank_and_come_in_the_order_of_their_arrival() -> None:
    values = {3: 1.0, 1: 1.0 + NOISE, 2: 1.0 + 1.9 * NOISE, 4: 2.0}
    arrived = {1: 30, 2: 10, 3: 20, 4: 1}
    found = [m for id, value in values.items() for m in measurements(id, [value] * 3)]
    entries = [submission(id, minutes=minutes) for id, minutes in arrived.items()]
    rows = table(BOARD, SEEDS, entries, found).rows
    assert [(row.submission, row.rank) for row in rows] == [(2, 1), (3, 1), (1, 1), (4, 4)]


def test_a_rank_counts_those_ahead_not_a_group() -> None:
    """1 ties with 2 and 2 with 3, but 1 is ahead of 3, and 1 and 2 are ahead of 4."""
    step = 1.5 * NOISE
    found = of({i: [i * step] * 3 for i in (1, 2, 3, 4)})
    assert ranks(found) == {1: 1, 2: 1, 3: 2, 4: 3}


def test_who_scatters_gains_nothing_by_it() -> None:
    """No interval ends before that of 9 begins; but 2 is behind 1, and 9 behind 2."""
    found = of({1: [1.0] * 3, 2: [1.5] * 3, 9: [0.0, 3.0, 9.0]})
    assert row_of(found, 9).lead - row_of(found, 9).margin < 0
    assert ranks(found) == {1: 1, 2: 2, 9: 2}


def test_a_leader_by_luck_does_not_make_everybody_the_first() -> None:
    found = of({1: [1.0] * 3, 2: [1.5] * 3, 9: [2.0, 2.0, -4.0]})
    assert ranks(found) == {9: 1, 1: 1, 2: 2}


def test_where_more_is_better_the_largest_is_first() -> None:
    board = boards()["tokens-per-second"]
    found = of({1: [1.0] * 3, 2: [2.0] * 3}, board=board)
    assert [(row.submission, row.rank) for row in found.rows] == [(2, 1), (1, 2)]
    assert row_of(found, 2).lead == -2.0


def test_one_entry_and_none() -> None:
    assert of({}).rows == ()
    assert ranks(of({1: [1.0, 5.0, 2.0]})) == {1: 1}


def test_all_tied_are_all_first() -> None:
    found = of({id: [1.0, 2.0, 3.0] for id in range(1, 200)})
    assert {row.rank for row in found.rows} == {1}
    assert [row.submission for row in found.rows] == list(range(1, 200))


# --- whatever was measured ----------------------------------------------------------------------

numbers = st.integers(-40, 40).map(lambda n: n / 100)
values = st.lists(numbers, min_size=3, max_size=3) | numbers.map(lambda x: [x] * 3)
classes = st.lists(values, min_size=1, max_size=12).map(lambda each: dict(enumerate(each, start=1)))


@exam
@given(classes)
def test_a_better_mean_never_ranks_worse(of_all: dict[int, list[float]]) -> None:
    rows = of(of_all).rows
    for a in rows:
        for b in rows:
            if a.lead < b.lead:
                assert a.rank <= b.rank
            if a.lead + a.margin < b.lead - b.margin:  # beyond the noise
                assert a.rank < b.rank


@exam
@given(classes)
def test_who_is_ahead_is_so_by_the_paired_t_test(of_all: dict[int, list[float]]) -> None:
    for a in of(of_all).rows:
        for b in of(of_all).rows:
            if a.lead + a.margin < b.lead - b.margin:
                one, two = of_all[a.submission], of_all[b.submission]
                apart = [y - x for x, y in zip(one, two, strict=True)]
                mean = sum(apart) / 3
                s = math.sqrt(sum((x - mean) ** 2 for x in apart) / 2)
                assert mean > T[3] * s / 3**0.5 - 1e-12


@exam
@given(classes, st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_changes_nothing(
    of_all: dict[int, list[float]], luck: random.Random
) -> None:
    entries = [submission(id) for id in of_all]
    found = [m for id, each in of_all.items() for m in measurements(id, each)]
    rulings = [ruling(1), ruling(1, disqualified=False, at=2), ruling(2, at=3)]
    first = table(BOARD, SEEDS, entries, found, rulings)
    for rows in (entries, found, rulings):
        luck.shuffle(rows)
    assert table(BOARD, SEEDS, entries, found, rulings) == first


@exam
@given(classes, st.data())
def test_when_one_goes_nobody_falls(of_all: dict[int, list[float]], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(sorted(of_all)))
    before, after = ranks(of(of_all)), ranks(of(of_all, ruling(gone)))
    assert after[gone] == 0
    for id in of_all:
        if id != gone:
            assert 1 <= after[id] <= before[id]


@exam
@given(classes)
def test_ranks_are_what_they_say(of_all: dict[int, list[float]]) -> None:
    """By the definition, looked up for each pair."""
    rows = of(of_all).rows

    def ahead(a: Row, b: Row) -> bool:
        return a.lead + a.margin < b.lead - b.margin

    for row in rows:
        as_good = [other for other in rows if other.lead <= row.lead]
        assert row.rank == 1 + sum(any(ahead(a, b) for b in as_good) for a in rows)


class Counted(float):
    """A number that counts how often such numbers are compared."""

    compared = 0

    def __add__(self, other: float) -> Counted:
        return Counted(float(self) + float(other))

    def __sub__(self, other: float) -> Counted:
        return Counted(float(self) - float(other))

    def __lt__(self, other: float) -> bool:
        Counted.compared += 1
        return float(self) < float(other)

    def __gt__(self, other: float) -> bool:
        Counted.compared += 1
        return float(self) > float(other)


def test_ten_thousand_entries_are_not_compared_in_pairs() -> None:
    """Sorting them twice, and looking each up, takes some n log n comparisons: counted."""
    draw, n = random.Random(5), 10_000
    rows = [
        Row(i, "", "", START, Standing.VERIFIED, lead=Counted(draw.gauss(0, 1)), margin=0.5)
        for i in range(n)
    ]
    ordered = ranked(rows)
    assert [row.rank for row in ordered] == sorted(row.rank for row in ordered)
    assert n < Counted.compared < 4 * n * math.log2(n)
