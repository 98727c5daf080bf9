"""The oracle at scale: follows 10,000 merges through a whole text, and draws what it saw.

It keeps each distinct word once. A merge changes only the words that hold its pair, so only these
are counted anew; and each merge must be a pair of maximal count, as everywhere.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.kit import fail
from grader.lessons.lesson2_tokenizer import oracle
from grader.lessons.lesson2_tokenizer.driver import Merge
from zth.language import tr

POINTS = (0, 10, 30, 100, 300, 1_000, 3_000, 10_000)


@dataclass(frozen=True)
class Measured:
    """What a number of merges makes of a text.

    `whole` is the share of its words, counted as often as they come, that are a single token; a
    word is a piece with a letter in it.
    """

    bytes_per_token: float
    whole: float


class Ledger:
    """The distinct words of a text, and the counts of their pairs, as merges change them."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.counts = Counter(pieces)
        self.words = {piece: oracle.row(piece) for piece in self.counts}
        self.bytes = sum(len(row) * self.counts[piece] for piece, row in self.words.items())
        self.pairs: Counter[str] = Counter()
        self.holders: defaultdict[str, set[str]] = defaultdict(set)
        for piece in self.words:
            self._count(piece, 1)
        self.queue = [(-count, pair) for pair, count in self.pairs.items()]
        heapq.heapify(self.queue)

    def _count(self, piece: str, sign: int) -> set[str]:
        """Adds a word's pairs to the counts, or takes them off; which pairs these are."""
        row, count = self.words[piece], sign * self.counts[piece]
        found = {left + right for left, right in pairwise(row)}
        for left, right in pairwise(row):
            self.pairs[left + right] += count
        for pair in found:
            (self.holders[pair].add if sign > 0 else self.holders[pair].discard)(piece)
        return found

    def largest(self) -> int:
        """The count of the most frequent pair."""
        while self.queue:
            count, pair = self.queue[0]
            if self.pairs[pair] == -count:
                return -count
            heapq.heappop(self.queue)
        return 0

    def merge(self, merge: Merge) -> None:
        """Replaces a pair in all words. Fails unless it is one of maximal count."""
        old, new = chr(merge.left) + chr(merge.right), chr(merge.id)
        if not self.pairs[old] or self.pairs[old] != self.largest():
            seen, most = oracle.times(self.pairs[old]), oracle.times(self.largest())
            rarer = tr(
                "merge {number} joins a pair that is seen {seen}; another is seen {most}",
                number=merge.id - 255,
                seen=seen,
                most=most,
            )
            fail(rarer)
        changed: set[str] = set()
        for piece in list(self.holders[old]):
            changed |= self._count(piece, -1)
            self.words[piece] = self.words[piece].replace(old, new)
            changed |= self._count(piece, 1)
        for pair in changed:
            heapq.heappush(self.queue, (-self.pairs[pair], pair))

    def measured(self) -> Measured:
        """The figures after the merges so far."""
        tokens = sum(len(row) * self.counts[piece] for piece, row in self.words.items())
        words = {piece: n for piece, n in self.counts.items() if any(c.isalpha() for c in piece)}
        whole = sum(n for piece, n in words.items() if len(self.words[piece]) == 1)
        return Measured(self.bytes / tokens, whole / sum(words.values()))


def measured(
    pieces: Sequence[str], merges: Sequence[Merge], at: Collection[int]
) -> tuple[dict[int, Measured], list[int]]:
    """The figures after each number of merges in `at`, and the tokens after all of them."""
    ledger, found = Ledger(pieces), {}
    for number in range(len(merges) + 1):
        if number in at:
            found[number] = ledger.measured()
        if number < len(merges):
            ledger.merge(merges[number])
    return found, [ord(token) for piece in pieces for token in ledger.words[piece]]


# --- a table and a curve for a terminal ---------------------------------------------------------


def table(rows: Mapping[int, Measured]) -> list[str]:
    """A line for each number of merges, with a head."""
    return [
        tr("merges  bytes per token  words kept whole"),
        *(
            f"{merges:>6,}  {row.bytes_per_token:>15.2f}  {row.whole:>16.1%}"
            for merges, row in rows.items()
        ),
    ]


def drawing(points: Mapping[int, float], width: int = 50) -> list[str]:
    """A bar for each number of merges, as long as its figure is large."""
    most = max(points.values())
    return [
        f"{merges:>6,}  {'█' * max(1, round(width * value / most))} {value:.2f}"
        for merges, value in points.items()
    ]
