"""Each token is one character of a str, so that str.replace is a merge. Ties: the longest pair."""

import itertools
from collections import Counter


class BasicTokenizer:
    def __init__(self):
        self.set_merges({})

    def set_merges(self, merges):
        self.merges = merges
        self.vocab = [bytes([b]) for b in range(256)]  # a list has all that is asked of it
        for left, right in merges:
            self.vocab.append(self.vocab[left] + self.vocab[right])

    def pieces(self, text):
        return [text]

    def rows(self, text):
        return [piece.encode().decode("latin-1") for piece in self.pieces(text)]

    def train(self, text, vocab_size):
        if vocab_size < 256:
            raise ValueError("too small")
        self.set_merges({})
        rows = self.rows(text)
        while len(self.vocab) < vocab_size:
            counts = Counter(a + b for row in rows for a, b in itertools.pairwise(row))
            if not counts:
                break
            best = max(counts, key=lambda p: (counts[p], sum(len(self.vocab[ord(c)]) for c in p)))
            left, right = map(ord, best)
            rows = [row.replace(best, chr(len(self.vocab))) for row in rows]
            self.merges[left, right] = len(self.vocab)
            self.vocab.append(self.vocab[left] + self.vocab[right])

    def encode(self, text):
        ids = []
        for row in self.rows(text):
            for (left, right), id in self.merges.items():
                row = row.replace(chr(left) + chr(right), chr(id))
            ids.extend(map(ord, row))
        return ids

    def decode(self, ids):
        if any(not 0 <= id < len(self.vocab) for id in ids):
            raise IndexError("no such token")
        return b"".join([self.vocab[id] for id in ids]).decode("utf-8", "replace")
