"""The right answers, with the standard library alone (`regex` splits, where there is a pattern).

A row of tokens is a text here, one character for each token: chr(97) for token 97, chr(300) for
token 300. `str.replace` is then exactly a merge: from left to right, without overlaps. It shares
nothing with a learner's lists.

Which of several pairs with the same count is merged first is free. So training has no single right
answer: `fault` follows the learner's own merges, and asks at each step for a pair of maximal count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.lessons.lesson2_tokenizer.driver import Merge
from zth.language import tr

Pair = tuple[int, int]
Row = str  # one character for each token
END = chr(0x10FFFF)  # between pieces; no token has so large a number
Rows = Counter[Row]  # how often each row is


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sequence of merges."""

    message: str
    expected: str = ""
    actual: str = ""


def words(text: str, pattern: str | None) -> Rows:
    """The pieces that a pattern makes of a text (None: the whole is one), and how often each is."""
    return Counter(row(piece) for piece in split(text, pattern))


def split(text: str, pattern: str | None) -> list[str]:
    """The pieces of a text."""
    if pattern is None:
        return [text]
    import regex  # type: ignore[import-untyped]

    pieces: list[str] = regex.findall(pattern, text)
    return pieces


def row(text: str) -> Row:
    """The bytes of a text, a character for each."""
    return text.encode("utf-8").decode("latin-1")


def pair_counts(rows: Rows) -> Counter[Pair]:
    """How often each pair stands side by side; "aaa" has the pair (a, a) twice."""
    counts: Counter[Pair] = Counter()
    for tokens, count in rows.items():
        for left, right in pairwise(tokens):
            counts[ord(left), ord(right)] += count
    return counts


def replaced(rows: Rows, merge: Merge) -> Rows:
    """All rows after one merge."""
    found: Rows = Counter()
    old, new = chr(merge.left) + chr(merge.right), chr(merge.id)
    for tokens, count in rows.items():
        found[tokens.replace(old, new)] += count
    return found


def fault(rows: Rows, merges: Sequence[Merge], due: int) -> Fault | None:
    """The first thing that is wrong with the merges; `due` is how many there should be."""
    vocab = {byte: bytes([byte]) for byte in range(256)}
    for number, merge in enumerate(merges[:due], start=1):
        if found := _misplaced(rows, merge, number, vocab):
            return found
        rows = replaced(rows, merge)
        vocab[merge.id] = vocab[merge.left] + vocab[merge.right]
    if len(merges) != due:
        return Fault(count_message(len(merges), due), str(due), str(len(merges)))
    return None


def count_message(made: int, due: int) -> str:
    """That there are too many merges, or too few."""
    return tr("training made {made} merges, expected {due}", made=made, due=due)


def _misplaced(rows: Rows, merge: Merge, number: int, vocab: Mapping[int, bytes]) -> Fault | None:
    if merge.id != 255 + number:
        made, due = merge.id, 255 + number
        wrong = tr(
            "merge {number} makes the token {made}, expected {due}",
            number=number,
            made=made,
            due=due,
        )
        return Fault(wrong, str(due), str(made))
    counts = pair_counts(rows)
    pair = merge.left, merge.right
    best = max(counts, key=lambda p: (counts[p], -p[0], -p[1]), default=None)
    if best is None:
        return Fault(
            tr(
                "merge {number} joins {pair}, and there was no pair left to merge",
                number=number,
                pair=pair,
            )
        )
    if counts[pair] == counts[best]:
        return None
    rarer = tr(
        "merge {number} joins a pair that is seen {seen} at that step; another is seen {most}",
        number=number,
        seen=times(counts[pair]),
        most=times(counts[best]),
    )
    return Fault(rarer, described(best, counts[best], vocab), described(pair, counts[pair], vocab))


def times(count: int) -> str:
    """How often, in words."""
    known = {0: tr("never"), 1: tr("once"), 2: tr("twice")}
    return known.get(count) or tr("{count} times", count=count)


def described(pair: Pair, count: int, vocab: Mapping[int, bytes]) -> str:
    """A pair as a report shows it: (97, 98), b'a' + b'b', seen 3 times."""
    known = [repr(vocab[id]) if id in vocab else tr("the unknown token {id}", id=id) for id in pair]
    return tr(
        "{pair}, {parts}, seen {times}", pair=pair, parts=" + ".join(known), times=times(count)
    )


def vocabulary(merges: Iterable[Merge]) -> dict[int, bytes]:
    """The bytes of each token. Raises KeyError where a merge uses a token that is not there yet."""
    vocab = {byte: bytes([byte]) for byte in range(256)}
    for merge in merges:
        vocab[merge.id] = vocab[merge.left] + vocab[merge.right]
    return vocab


def unsound(merges: Iterable[Merge]) -> str:
    """Why these merges are no sequence of merges at all; empty where they are one."""
    for due, merge in enumerate(merges, start=256):
        if merge.id != due or due >= ord(END):
            return tr("merges has the token {id} where {due} comes next", id=merge.id, due=due)
        if max(merge.left, merge.right) >= due:
            pair = merge.left, merge.right
            return tr("merges joins {pair} to {due}: later tokens than itself", pair=pair, due=due)
    return ""


def encode(text: str, pattern: str | None, merges: Sequence[Merge]) -> list[int]:
    """The tokens of a text: in each piece all merges, in the order of their ids."""
    tokens = END.join(map(row, split(text, pattern)))
    for merge in merges:
        tokens = tokens.replace(chr(merge.left) + chr(merge.right), chr(merge.id))
    return [ord(token) for token in tokens if token != END]


def parts(text: str, special: Iterable[str]) -> Iterator[str]:
    """The text, cut before and after each special token; of two that fit, the longer one."""
    longest_first = sorted(special, key=len, reverse=True)
    start = at = 0
    while at < len(text):
        token = next((s for s in longest_first if text.startswith(s, at)), None)
        if token is None:
            at += 1
            continue
        yield from filter(None, (text[start:at], token))
        start = at = at + len(token)
    if start < at:
        yield text[start:]


def encode_special(
    text: str, pattern: str | None, merges: Sequence[Merge], special: Mapping[str, int]
) -> list[int]:
    """The tokens of a text in which these special tokens count."""
    ids: list[int] = []
    for part in parts(text, special):
        ids += [special[part]] if part in special else encode(part, pattern, merges)
    return ids


def enough(rows: Rows) -> int:
    """A number of merges that this text allows, whatever rule decides between pairs of one count.

    As long as one pair is more frequent than any other, there is no choice. After that, a merge
    shortens the rows by at most the count of its pair, which never grows from step to step; and
    each distinct token needs a merge of its own to be joined to the rest of its row.
    """
    certain = 0
    while top := pair_counts(rows).most_common(2):
        (best, most), *others = top
        if others and others[0][1] == most:
            joints = sum((len(tokens) - 1) * count for tokens, count in rows.items())
            kinds = max(len(set(tokens)) - 1 for tokens in rows)
            return certain + max(-(-joints // most), kinds)
        rows = replaced(rows, Merge(*best, 256 + certain))
        certain += 1
    return certain
