"""From what was measured to a table: who is where, and which differences are none.

The seeds of a board are the same for all entries, and on each seed the reference is measured, too.
What is compared are the differences to it, seed by seed, so that a seed that is hard for all moves
nobody. Of an entry's n differences, the mean has a margin: t · s / √n, with their deviation s and
Student's t for n − 1 degrees of freedom (97.5 %), and the board's noise at least.

An entry is *ahead* of another where the whole of its interval, mean ± margin, is better than the
whole of the other's. By the triangle inequality the paired t-test between the two (5 %, two-sided)
then says the same, whatever they have in common; so with three seeds it takes a clear difference.

An entry's rank is one more than the number of those that are ahead of it, or of anybody whose mean
is as good as its own or better. The second half is for entries that scatter: without it, a wide
interval would be worth a rank. There are no groups of ties that hang on their best member: "is not
ahead of" is not transitive, "is ahead of" is. So a rank never falls when another entry goes.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from grader.classroom.boards.board import Board
from grader.classroom.records import Measurement, Ruling, Standing, Submission
from zth.language import tr

LEAST = 3  # seeds that a rank needs
# The 97.5 % quantile of Student's t by the number of seeds; for more than ten, that of ten, which
# is a little wide.
T = {
    3: 4.3027,
    4: 3.1824,
    5: 2.7764,
    6: 2.5706,
    7: 2.4469,
    8: 2.3646,
    9: 2.3060,
    10: 2.2622,
}
ORDER = (Standing.VERIFIED, Standing.SUBMITTED, Standing.DISQUALIFIED)


@dataclass(frozen=True)
class Row:
    """One student's entry. Its `rank` is 0 where it has none, and `reason` says why.

    `mean`, `reference`, `seconds` and `tokens` are means over the `seeds` that are right; `spread`
    is the values' deviation. `lead` is the mean difference to the reference, negative where the
    entry is better, and `margin` half the width of its interval. NaN where there is no number.
    """

    submission: int
    alias: str
    digest: str
    received: datetime
    standing: Standing
    rank: int = 0
    mean: float = math.nan
    spread: float = math.nan
    lead: float = math.nan
    margin: float = math.nan
    reference: float = math.nan
    seeds: int = 0
    seconds: float = 0.0
    tokens: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Table:
    """A board as it stands: the verified in the order of their ranks, then the others."""

    board: str
    seeds: tuple[str, ...]
    rows: tuple[Row, ...]


def table(
    board: Board,
    seeds: Sequence[str],
    entries: Iterable[Submission],
    measurements: Iterable[Measurement],
    rulings: Iterable[Ruling] = (),
    aliases: Mapping[str, str] | None = None,
) -> Table:
    """The board, from all that was measured with its seeds, which are given by their names.

    Of several measurements with one seed the last one counts, and so does the last ruling on a
    submission. A student has one row: the newest submission that was verified or disqualified; else
    the newest. `aliases` are by student. Those who share a rank come in the order in which their
    submissions came in.
    """
    found = _by_submission(board, seeds, measurements)
    ruled = {r.submission: r for r in sorted(rulings, key=_age) if r.board == board.name}
    chosen: dict[str, Row] = {}
    for entry in sorted(entries, key=lambda entry: (entry.received, entry.id)):
        row = _row(board, entry, found[entry.id], seeds, ruled.get(entry.id))
        row = replace(row, alias=(aliases or {}).get(entry.student, ""))
        before = chosen.get(entry.student)
        if (
            before is None
            or row.standing is not Standing.SUBMITTED
            or before.standing is Standing.SUBMITTED
        ):
            chosen[entry.student] = row
    verified = [row for row in chosen.values() if row.standing is Standing.VERIFIED]
    others = [row for row in chosen.values() if row.standing is not Standing.VERIFIED]
    rows = sorted([*ranked(verified), *others], key=_place)
    return Table(board.name, tuple(seeds), tuple(rows))


def _by_submission(
    board: Board, seeds: Iterable[str], measurements: Iterable[Measurement]
) -> defaultdict[int, dict[str, Measurement]]:
    """The last measurement with each of these seeds, by submission."""
    wanted = set(seeds)
    found: defaultdict[int, dict[str, Measurement]] = defaultdict(dict)
    for one in sorted(measurements, key=_age):
        if one.board == board.name and one.seed_id in wanted:
            found[one.submission][one.seed_id] = one
    return found


def _age(record: Measurement | Ruling) -> tuple[datetime, int]:
    return record.at, record.id


def _place(row: Row) -> tuple[int, int, datetime, int]:
    return ORDER.index(row.standing), row.rank, row.received, row.submission


# --- one entry ----------------------------------------------------------------------------------


def _row(
    board: Board,
    entry: Submission,
    found: Mapping[str, Measurement],
    seeds: Sequence[str],
    ruling: Ruling | None,
) -> Row:
    """An entry with its numbers and its standing; without a rank."""
    right = [found[seed] for seed in seeds if seed in found and _right(found[seed])]
    row = _numbers(
        board, Row(entry.id, "", entry.digest, entry.received, Standing.SUBMITTED), right
    )
    if ruling is not None and ruling.disqualified:
        return replace(row, standing=Standing.DISQUALIFIED, reason=ruling.reason)
    reason = _wanting(entry, found, seeds)
    if not reason and not math.isfinite(row.lead + row.margin):
        reason = tr("what was measured is no finite number")
    return replace(row, standing=Standing.SUBMITTED if reason else Standing.VERIFIED, reason=reason)


def _right(found: Measurement) -> bool:
    return not found.problem and math.isfinite(found.value) and math.isfinite(found.reference)


def _wanting(entry: Submission, found: Mapping[str, Measurement], seeds: Sequence[str]) -> str:
    """Why an entry is not verified, as far as its measurements tell; empty where they do not."""
    if entry.problem:
        return entry.problem
    for one in found.values():
        if one.problem:
            return one.problem
        if not _right(one):
            return tr("what was measured is no finite number")
    if len(found) < max(LEAST, len(seeds)):
        return tr("{count} of {all} seeds measured", count=len(found), all=max(LEAST, len(seeds)))
    return ""


def _numbers(board: Board, row: Row, right: Sequence[Measurement]) -> Row:
    n = len(right)
    if not n:
        return row
    sign = 1 if board.lower else -1
    leads = [sign * (one.value - one.reference) for one in right]
    margin = T[min(n, max(T))] * _deviation(leads) / n**0.5 if n >= LEAST else math.nan
    return replace(
        row,
        mean=_mean([one.value for one in right]),
        spread=_deviation([one.value for one in right]),
        lead=_mean(leads),
        margin=max(margin, board.noise),
        reference=_mean([one.reference for one in right]),
        seeds=n,
        seconds=_mean([one.seconds for one in right]),
        tokens=round(_mean([one.tokens for one in right])),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    """The standard deviation of a sample; NaN of less than two values."""
    if len(values) < 2:
        return math.nan
    mean = _mean(values)
    return math.hypot(*(value - mean for value in values)) / math.sqrt(len(values) - 1)


# --- all of them --------------------------------------------------------------------------------


def ranked(rows: Iterable[Row]) -> list[Row]:
    """The rows with their ranks, the best first: see the top of this module."""
    rows = sorted(rows, key=lambda row: row.lead)
    ends = sorted(row.lead + row.margin for row in rows)
    found: list[Row] = []
    bar = -math.inf  # where the last interval begins, of those that are as good as this or better
    for _, equals in groupby(rows, key=lambda row: row.lead):
        group = list(equals)
        bar = max(bar, *(row.lead - row.margin for row in group))
        rank = 1 + bisect_left(ends, bar)
        found += [replace(row, rank=rank) for row in group]
    return found
