"""Tokens are nodes that know their neighbours; of two equal pairs, the one seen first is merged."""

from collections import Counter


class Node:
    __slots__ = ("id", "next", "prev")

    def __init__(self, id, prev):
        self.id, self.prev, self.next = id, prev, None
        if prev is not None:
            prev.next = self


class Chain:
    """A list of tokens; the first node is no token."""

    def __init__(self, data):
        self.head = last = Node(None, None)
        for byte in data:
            last = Node(byte, last)

    def __iter__(self):
        node = self.head.next
        while node is not None:
            yield node
            node = node.next

    def pairs(self):
        return ((node.id, node.next.id) for node in self if node.next is not None)

    def merge(self, pair, id):
        for node in self:
            follower = node.next
            if follower is not None and (node.id, follower.id) == pair:
                node.id, node.next = id, follower.next
                if node.next is not None:
                    node.next.prev = node

    def encode(self, merges):
        while True:
            known = [merges[pair] for pair in self.pairs() if pair in merges]
            if not known:
                return [node.id for node in self]
            first = min(known)
            self.merge(next(pair for pair, id in merges.items() if id == first), first)


def train(chains, vocab_size):
    if vocab_size < 256:
        raise ValueError(f"{vocab_size} < 256")
    merges = {}
    for id in range(256, vocab_size):
        counts = Counter(pair for chain in chains for pair in chain.pairs())
        if not counts:
            break
        [(pair, _)] = counts.most_common(1)
        for chain in chains:
            chain.merge(pair, id)
        merges[pair] = id
    return merges


class BasicTokenizer:
    merges = {}  # noqa: RUF012

    @property
    def vocab(self):
        vocab = {b: bytes((b,)) for b in range(256)}
        for (left, right), id in self.merges.items():
            vocab[id] = vocab[left] + vocab[right]
        return vocab

    def train(self, text, vocab_size):
        self.merges = train([Chain(text.encode())], vocab_size)

    def encode(self, text):
        return Chain(text.encode()).encode(self.merges)

    def decode(self, ids):
        vocab = self.vocab
        return bytes(b for id in ids for b in vocab[id]).decode(errors="replace")
