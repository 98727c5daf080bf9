"""Byte pair encoding: text becomes numbers, and pairs of numbers that are often seen become one.

`BasicTokenizer` is small; the work is done by the two functions before it. Both lay the tokens out
in a row and link each to its neighbours, so that a merge costs the same wherever it happens, and
only what a merge touches is looked at again. A version that goes through the whole text at every
step gives the same tokens, and needs about an hour where this one needs seconds.

Sources: Gage 1994, "A New Algorithm for Data Compression"; Sennrich, Haddow and Birch 2016, "Neural
Machine Translation of Rare Words with Subword Units"; the lecture "Let's build the GPT Tokenizer".
"""

import heapq
from collections import defaultdict
from itertools import pairwise

GAP = -1  # in a row of tokens: the end of a word, or a place whose token went into the one before


class BasicTokenizer:
    """BPE on the bytes of a text, all of it one long word.

    >>> tokenizer = BasicTokenizer()
    >>> tokenizer.train("aaabdaaabac", 256 + 3)
    >>> tokenizer.encode("aaab")
    [258]
    >>> tokenizer.decode([258, 100, 97])
    'aaabda'

    `merges` maps each pair of tokens to the token that replaces it, in the order of training:
    {(97, 97): 256, …}. `vocab` maps each token to its bytes: {…, 97: b"a", …, 256: b"aa", …}.
    """

    def __init__(self):
        self.merges = {}
        self.vocab = build_vocab({})

    def train(self, text, vocab_size):
        """Learns vocab_size − 256 merges from a text, or fewer where it runs out of pairs.

        Raises ValueError for a vocab_size below 256, as each of the 256 bytes is a token.

        >>> tokenizer = BasicTokenizer()
        >>> tokenizer.train("hahaha", 257)
        >>> tokenizer.merges, tokenizer.vocab[256]
        ({(104, 97): 256}, b'ha')
        """
        check_size(vocab_size)
        self.merges = learn_merges({text.encode("utf-8"): 1}, vocab_size - 256)
        self.vocab = build_vocab(self.merges)

    def encode(self, text):
        """The tokens of a text.

        >>> BasicTokenizer().encode("né")
        [110, 195, 169]
        """
        return apply_merges(text.encode("utf-8"), self.merges)

    def decode(self, ids):
        """The text of tokens. Bytes that are not UTF-8 become U+FFFD, the replacement character.

        Raises ValueError for a number that is no token.

        >>> BasicTokenizer().decode([110, 195, 169])
        'né'
        >>> BasicTokenizer().decode([195]) == "\\N{REPLACEMENT CHARACTER}"
        True
        """
        return join_bytes(ids, self.vocab).decode("utf-8", errors="replace")


def check_size(vocab_size):
    """Raises ValueError unless there is room for the 256 bytes."""
    if vocab_size < 256:
        raise ValueError(f"vocab_size is {vocab_size}; the bytes alone are 256 tokens")


def build_vocab(merges):
    """The bytes of each token: the 256 bytes, then what each merge joins."""
    vocab = {byte: bytes([byte]) for byte in range(256)}
    for (left, right), id in merges.items():
        vocab[id] = vocab[left] + vocab[right]
    return vocab


def join_bytes(ids, vocab):
    """The bytes of all tokens, one after another. Raises ValueError for what is no token."""
    try:
        return b"".join([vocab[id] for id in ids])
    except KeyError as error:
        raise ValueError(f"{error} is not a token of this vocabulary") from None


# --- training -----------------------------------------------------------------------------------


def learn_merges(words, num_merges):
    """The first `num_merges` merges: {(left, right): id}, ids from 256 on.

    `words` maps the bytes of each distinct word to how often it occurs. Of pairs with the same
    count, the smaller one is merged first.

    >>> learn_merges({b"hug": 10, b"pug": 5, b"hugs": 5}, 2)
    {(117, 103): 256, (104, 256): 257}
    """
    row = Row(words)
    # The largest count on top. Once a pair is in the queue its count only falls, so what is taken
    # may be too high, but nothing is too low: put it back with its present count.
    queue = [(-count, pair) for pair, count in row.counts.items()]
    heapq.heapify(queue)
    merges = {}
    while queue and len(merges) < num_merges:
        count, pair = heapq.heappop(queue)
        if row.counts[pair] == -count:
            merges[pair] = 256 + len(merges)
            for new in row.merge(pair, merges[pair]):
                heapq.heappush(queue, (-row.counts[new], new))
        elif row.counts[pair]:
            heapq.heappush(queue, (-row.counts[pair], pair))
    return merges


class Row:
    """All distinct words in one row, with the count of every pair and the places where it stands.

    A place keeps its number for good. When the tokens of two places become one, it stands at the
    first of them, and the second holds a GAP. `before` and `after` lead to the neighbours.
    """

    def __init__(self, words):
        self.ids, self.weights = [GAP], [0]
        for word, count in words.items():
            self.ids += [*word, GAP]
            self.weights += [count] * (len(word) + 1)
        self.before, self.after = neighbours(len(self.ids))
        self.counts, self.places = defaultdict(int), defaultdict(list)
        for place, pair in enumerate(pairwise(self.ids)):
            if GAP not in pair:
                self.counts[pair] += self.weights[place]
                self.places[pair].append(place)

    def merge(self, pair, id):
        """Replaces the pair by `id` wherever it stands, and returns the pairs that this makes."""
        ids, before, after, (left, right) = self.ids, self.before, self.after, pair
        made = set()
        for i in sorted(self.places.pop(pair)):  # of "aaa", the first two become one
            j = after[i]
            if ids[i] != left or ids[j] != right:
                continue  # another merge was here first
            h, k, weight = before[i], after[j], self.weights[i]
            ids[i], ids[j] = id, GAP
            after[i], before[k] = k, i
            if ids[h] != GAP:
                made.add(self._replace((ids[h], left), (ids[h], id), h, weight))
            if ids[k] != GAP:
                made.add(self._replace((right, ids[k]), (id, ids[k]), i, weight))
        self.counts[pair] = 0
        return [pair for pair in made if self.counts[pair]]  # in "aaaa", (aa, a) is gone again

    def _replace(self, old, new, place, weight):
        """One pair less, one more: what a merge does to the pair on either side of it."""
        self.counts[old] -= weight
        self.counts[new] += weight
        self.places[new].append(place)
        return new


def neighbours(length):
    """Of each place in a row, the place before it and the place after it."""
    return list(range(-1, length - 1)), list(range(1, length + 1))


# --- encoding -----------------------------------------------------------------------------------


def apply_merges(data, merges):
    """The tokens of some bytes: all merges that apply, in the order in which they were learned.

    A merge makes pairs whose own merges were learned later. So when a merge has its turn, all
    places where it applies are known, and each is visited once.

    >>> apply_merges(b"aaab", {(97, 97): 256, (97, 98): 257, (256, 257): 258})
    [258]
    """
    ids = [GAP, *data, GAP]
    before, after = neighbours(len(ids))
    places = defaultdict(list)
    for place, pair in enumerate(pairwise(ids)):
        if pair in merges:
            places[pair].append(place)
    queue = [(merges[pair], pair) for pair in places]
    heapq.heapify(queue)
    while queue:
        id, (left, right) = heapq.heappop(queue)
        for i in sorted(places.pop((left, right))):
            j = after[i]
            if ids[i] != left or ids[j] != right:
                continue
            h, k = before[i], after[j]
            ids[i], ids[j] = id, GAP
            after[i], before[k] = k, i
            for place, made in ((h, (ids[h], id)), (i, (id, ids[k]))):
                if made in merges:
                    if made not in places:
                        heapq.heappush(queue, (merges[made], made))
                    places[made].append(place)
    return [id for id in ids if id != GAP]
