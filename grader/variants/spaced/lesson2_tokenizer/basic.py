"""Words as strings of numbers with spaces between them, as the first BPE for translation had them.

A merge is one substitution by a regular expression in all words at once; each word is a line.
"""

import re
from collections import Counter


def line(word):
    return " ".join(map(str, word.encode("utf-8")))


def merged(lines, pair, new):
    return re.sub(rf"(?<!\S){pair[0]} {pair[1]}(?!\S)", str(new), lines)


def most_frequent(words):
    """A pair of maximal count; of several, the one with the smallest left token."""
    counts = Counter()
    for text, count in words.items():
        ids = text.split(" ")
        for i in range(1, len(ids)):
            counts[int(ids[i - 1]), int(ids[i])] += count
    return min(counts, key=lambda pair: (-counts[pair], pair), default=None)


class BasicTokenizer:
    def __init__(self):
        self.merges = {}

    @property
    def vocab(self):
        vocab = {i: i.to_bytes(1, "big") for i in range(256)}
        for (a, b), new in self.merges.items():
            vocab[new] = vocab[a] + vocab[b]
        return vocab

    def words(self, text):
        return [text] if text else []

    def train(self, text, vocab_size):
        if vocab_size not in range(256, 1 << 30):
            raise ValueError(f"vocab_size={vocab_size}")
        self.merges = {}
        words = Counter(map(line, self.words(text)))
        while 256 + len(self.merges) < vocab_size:
            pair = most_frequent(words)
            if pair is None:
                return
            new = self.merges[pair] = 256 + len(self.merges)
            lines = merged("\n".join(words), pair, new).split("\n")
            words = Counter(dict(zip(lines, words.values(), strict=True)))

    def encode(self, text):
        lines = "\n".join(map(line, self.words(text)))
        for pair, new in self.merges.items():
            lines = merged(lines, pair, new)
        return list(map(int, lines.split()))

    def decode(self, ids):
        vocab, data = self.vocab, bytearray()
        for i in ids:
            if i not in vocab:
                raise ValueError(f"no token {i}")
            data += vocab[i]
        return data.decode("utf-8", errors="replace")
