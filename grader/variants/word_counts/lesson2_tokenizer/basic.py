"""Distinct words as tuples with their counts; after a merge only the words that hold it change.

Of pairs with the same count, the last in order is merged. The whole text is one word.
"""

import itertools
from collections import Counter, defaultdict


def merged(word, pair, new):
    out, i = [], 0
    while i < len(word):
        if word[i : i + 2] == pair:
            out.append(new)
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def pairs_of(word):
    return list(itertools.pairwise(word))


def learn(words, vocab_size):
    if vocab_size < 256:
        raise ValueError("a vocabulary has 256 bytes at least")
    words = [[tuple(word), count] for word, count in words.items()]
    counts, holders = Counter(), defaultdict(set)
    for index, (word, count) in enumerate(words):
        for pair in pairs_of(word):
            counts[pair] += count
            holders[pair].add(index)
    merges, vocab = {}, {b: bytes([b]) for b in range(256)}
    for new in range(256, vocab_size):
        pair = max(counts, key=lambda p: (counts[p], p), default=None)
        if pair is None or counts[pair] < 1:
            raise ValueError(f"the text has no pair left after {len(merges)} merges")
        for index in list(holders[pair]):
            word, count = words[index]
            words[index][0] = after = merged(word, pair, new)
            for p in pairs_of(word):
                counts[p] -= count
                holders[p].discard(index)
            for p in pairs_of(after):
                counts[p] += count
                holders[p].add(index)
        merges[pair] = new
        vocab[new] = vocab[pair[0]] + vocab[pair[1]]
    return merges, vocab


def tokens_of(data, merges):
    """All merges in order, each once, over the whole."""
    word, present = tuple(data), None
    for pair, new in merges.items():
        present = set(word) if present is None else present
        if pair[0] in present and pair[1] in present:
            word, present = merged(word, pair, new), None
    return list(word)


class BasicTokenizer:
    def __init__(self):
        self.merges, self.vocab = {}, {b: bytes([b]) for b in range(256)}

    def train(self, text, vocab_size):
        self.merges, self.vocab = learn({text.encode(): 1}, vocab_size)

    def encode(self, text):
        return tokens_of(text.encode(), self.merges)

    def decode(self, ids):
        return b"".join(map(self.vocab.__getitem__, ids)).decode(errors="replace")
