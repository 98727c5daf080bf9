"""Two trees against each other: in turns, on the same fresh inputs, by the host's clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Protocol, TypeVar

from grader.classroom.boards.lanes import Lane, ours

A = TypeVar("A")


class Contest(Protocol[A]):
    """What both trees do in each round, with inputs that are drawn from the seed for that round."""

    @property
    def blocks(self) -> int:
        """How often ABBA is played: the entry, the reference, the reference, the entry."""
        ...

    def play(self, lane: Lane, seed: int, round: int) -> tuple[A, float]:
        """Plays a round in a fresh worker: what it answered, and the seconds that it took."""
        ...

    def judge(self, seed: int, round: int, mine: A, theirs: A) -> None:
        """Fails unless what the entry answered is right."""
        ...


@dataclass(frozen=True)
class Pace:
    """The seconds of both trees in one block, of two rounds."""

    mine: float
    theirs: float


def paces(contest: Contest[A], mine: Lane, theirs: Lane, seed: int) -> list[Pace]:
    """The entry and the reference in alternation; a machine that grows slow or fast is both's.

    Fails with the first answer of the entry that is wrong.
    """
    return list(_blocks(contest, mine, theirs, seed))


def _blocks(contest: Contest[A], mine: Lane, theirs: Lane, seed: int) -> Iterator[Pace]:
    for block in range(contest.blocks):
        first, second = 2 * block, 2 * block + 1
        a1, mine1 = contest.play(mine, seed, first)
        with ours():
            b1, theirs1 = contest.play(theirs, seed, first)
            b2, theirs2 = contest.play(theirs, seed, second)
        a2, mine2 = contest.play(mine, seed, second)
        contest.judge(seed, first, a1, b1)
        contest.judge(seed, second, a2, b2)
        yield Pace(mine1 + mine2, theirs1 + theirs2)


def ratio(found: list[Pace]) -> float:
    """The entry's time as a multiple of the reference's: the median over the blocks."""
    return median(pace.mine / pace.theirs for pace in found)
