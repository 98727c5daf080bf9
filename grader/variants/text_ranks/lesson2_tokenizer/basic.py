"""GPT-2's encoder: the set of a word's pairs, the one of lowest rank, list.index from hit to hit.

Training goes through a table of words; pairs are counted by sorting them.
"""

from collections import UserList
from itertools import chain, groupby, pairwise


class Pairs(UserList):
    """Merges as the ranked list that GPT-2's file holds."""

    def dict(self):
        return {pair: 256 + rank for rank, pair in enumerate(self)}


def get_pairs(word):
    return set(pairwise(word))


def merge(word, first, second, new):
    parts, i = [], 0
    while i < len(word):
        try:
            j = word.index(first, i)
        except ValueError:
            parts.append(word[i:])
            break
        parts.append(word[i:j])
        if j + 1 < len(word) and word[j + 1] == second:
            parts.append((new,))
            i = j + 2
        else:
            parts.append((first,))
            i = j + 1
    return tuple(chain.from_iterable(parts))


def bpe(data, ranks):
    word = tuple(data)
    while len(word) > 1:
        pairs = [pair for pair in get_pairs(word) if pair in ranks]
        if not pairs:
            break
        best = min(pairs, key=ranks.__getitem__)
        word = merge(word, *best, ranks[best])
    return word


def learn(words, size):
    """The pairs that are merged, in order; words come as they are, each as often as it is there."""
    if size < 256:
        raise ValueError(size)
    table = {}
    for data in words:
        table[data] = table.get(data, 0) + 1
    rows = [(tuple(data), count) for data, count in sorted(table.items())]
    learned = Pairs()
    for new in range(256, size):
        seen = [(pair, count) for word, count in rows for pair in pairwise(word)]
        sums = [
            (sum(count for _, count in same), pair)
            for pair, same in groupby(sorted(seen), key=lambda item: item[0])
        ]
        if not sums:
            break
        learned.append(max(sums)[1])
        rows = [(merge(word, *learned[-1], new), count) for word, count in rows]
    return learned


class BasicTokenizer:
    def __init__(self):
        self.pairs = Pairs()

    @property
    def merges(self):
        return self.pairs.dict()

    @property
    def vocab(self):
        table = [bytes([b]) for b in range(256)]
        for a, b in self.pairs:
            table.append(table[a] + table[b])
        return dict(enumerate(table))

    def train(self, text, vocab_size):
        self.pairs = learn([text.encode("utf-8")], vocab_size)

    def encode(self, text):
        return list(bpe(text.encode("utf-8"), self.merges))

    def decode(self, ids):
        vocab = self.vocab
        return b"".join([vocab[i] for i in ids]).decode("utf-8", errors="replace")
