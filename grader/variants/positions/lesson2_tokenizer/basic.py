"""One merge at a time: a heap of (rank, position) over a linked list, as the fast libraries do it.

Training keeps, for each pair, the words that hold it, and a heap of counts that may be out of date.
"""

import heapq
from collections import defaultdict


class Word:
    """Tokens in a linked list of places; `weight` is how often the word occurs."""

    def __init__(self, data, weight=1):
        self.ids, self.weight = list(data), weight
        self.left = [i - 1 for i in range(len(data))]
        self.right = [i + 1 for i in range(len(data))]
        self.right[-1:] = [-1] * bool(data)

    def pair(self, i):
        """The pair whose left token stands at place i, or None."""
        if i < 0 or self.ids[i] is None or self.right[i] < 0:
            return None
        return self.ids[i], self.ids[self.right[i]]

    def join(self, i, new):
        """Merges the token at place i with the next one."""
        j = self.right[i]
        self.ids[i], self.ids[j] = new, None
        self.right[i] = self.right[j]
        if self.right[j] >= 0:
            self.left[self.right[j]] = i

    def tokens(self):
        return [id for id in self.ids if id is not None]

    def places(self):
        return [i for i in range(len(self.ids)) if self.pair(i)]

    def apply(self, merges):
        heap = [(merges[p], i) for i in self.places() if (p := self.pair(i)) in merges]
        heapq.heapify(heap)
        while heap:
            rank, i = heapq.heappop(heap)
            if merges.get(self.pair(i)) == rank:
                self.join(i, rank)
                for place in (self.left[i], i):
                    made = merges.get(self.pair(place))
                    if made is not None:
                        heapq.heappush(heap, (made, place))
        return self.tokens()


class Trainer:
    def __init__(self, words):
        self.words = words
        self.counts, self.where = defaultdict(int), defaultdict(set)
        for n, word in enumerate(words):
            self.count(n, word, 1)
        self.heap = [(-count, pair) for pair, count in self.counts.items()]
        heapq.heapify(self.heap)

    def count(self, n, word, sign):
        for i in word.places():
            self.counts[word.pair(i)] += sign * word.weight
            self.where[word.pair(i)].add(n)

    def best(self):
        while self.heap:
            count, pair = heapq.heappop(self.heap)
            if self.counts[pair] == -count != 0:
                return pair
        return None

    def merge(self, pair, new):
        for n in self.where.pop(pair):
            word = self.words[n]
            self.count(n, word, -1)
            touched = {word.pair(i) for i in word.places()}
            for i in range(len(word.ids)):
                if word.pair(i) == pair:
                    word.join(i, new)
            self.count(n, word, 1)
            for p in touched | {word.pair(i) for i in word.places()}:
                heapq.heappush(self.heap, (-self.counts[p], p))


def learn(words, vocab_size):
    assert vocab_size >= 256, "each byte is a token"
    trainer, merges = Trainer(words), {}
    for new in range(256, vocab_size):
        pair = trainer.best()
        if pair is None:
            break
        merges[pair] = new
        trainer.merge(pair, new)
    return merges


class BasicTokenizer:
    def __init__(self):
        self.use({})

    def use(self, merges):
        self.merges = merges
        self.vocab = dict(enumerate(bytes([b]) for b in range(256)))
        self.vocab.update((new, b"") for new in merges.values())
        for (a, b), new in sorted(merges.items(), key=lambda item: item[1]):
            self.vocab[new] = self.vocab[a] + self.vocab[b]

    def train(self, text, vocab_size):
        self.use(learn([Word(bytes(text, "utf-8"))], vocab_size))

    def encode(self, text):
        return Word(bytes(text, "utf-8")).apply(self.merges)

    def decode(self, ids):
        return str(b"".join(self.vocab[id] for id in ids), "utf-8", "replace")
