"""Byte pair encoding: text becomes numbers, and pairs of numbers that are often seen become one.

`BasicTokenizer` is small; the work is done by `learn_merges` and `apply_to_words`. Both lay the
tokens out in a `Row` that knows where each pair stands, so that only what a merge touches is looked
at again. A version that goes through the whole text at every step gives the same tokens, and needs
about an hour where this one needs seconds.

Sources: Gage 1994, "A New Algorithm for Data Compression"; Sennrich, Haddow and Birch 2016, "Neural
Machine Translation of Rare Words with Subword Units"; the lecture "Let's build the GPT Tokenizer".
"""

import heapq
from array import array
from collections import defaultdict
from itertools import pairwise

GAP = -1  # in a row of tokens: between two words, or where a token went into the one before


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


# --- a row of tokens ----------------------------------------------------------------------------


class Row:
    """Words side by side in one row, as bytes at first, and the places where each pair stands.

    A token takes as many places as it has bytes, and stands at the first and at the last of them.
    So the tokens on both sides of it are found without a search, and no place ever moves.
    """

    def __init__(self, words):
        """`words` are the bytes of each."""
        self.tokens = [GAP]
        for word in words:
            self.tokens += [*word, GAP]
        self.sizes = defaultdict(lambda: 1)  # the bytes of each token
        self.places = defaultdict(numbers)  # of each pair, from left to right
        for place, pair in enumerate(pairwise(self.tokens)):
            self.places[pair].append(place)

    def merge(self, pair, id):
        """Replaces the pair by `id` wherever it stands: {a pair that this makes: its places}."""
        tokens, sizes, (left, right) = self.tokens, self.sizes, pair
        size = sizes[left]
        sizes[id] = whole = size + sizes[right]
        made = defaultdict(numbers)
        for i in self.places.pop(pair):
            j, k = i + size, i + whole
            if tokens[i] == left and tokens[j] == right:  # or else another merge was here first
                tokens[j] = GAP
                tokens[i] = tokens[k - 1] = id
                before, after = tokens[i - 1], tokens[k]
                made[before, id].append(i - sizes[before])
                made[id, after].append(i)
        return made


def numbers():
    """An empty list of numbers that lie side by side in memory, where they are read much faster."""
    return array("q")


# --- training -----------------------------------------------------------------------------------


def learn_merges(words, num_merges):
    """The first `num_merges` merges: {(left, right): id}, ids from 256 on.

    `words` maps the bytes of each distinct word to how often it occurs. Of pairs with the same
    count, the smaller one is merged first.

    >>> learn_merges({b"hug": 10, b"pug": 5, b"hugs": 5}, 2)
    {(117, 103): 256, (104, 256): 257}
    """
    row, merges = CountedRow(words), {}
    heaps = defaultdict(list)  # of each count, the pairs that had it when they were put there
    for pair, count in row.counts.items():
        heapq.heappush(heaps[count], pair)
    # From the largest count down. No pair that is there or that a merge makes has a larger one: the
    # count of a pair only falls, and a pair with a new token is as frequent as the token at most.
    for most in range(max(heaps, default=0), 0, -1):
        while heaps[most] and len(merges) < num_merges:
            pair = heapq.heappop(heaps[most])
            again = [pair]
            if row.counts[pair] == most:
                merges[pair] = 256 + len(merges)
                again = row.merge(pair, merges[pair])
            for pair in again:
                heapq.heappush(heaps[row.counts[pair]], pair)
    return merges


class CountedRow(Row):
    """A row of distinct words that also knows how often each pair occurs in all of the text."""

    def __init__(self, words):
        """`words` maps the bytes of each to how often it occurs."""
        super().__init__(words)
        self.weights = [0]  # of each place: how often its word occurs
        for word, count in words.items():
            self.weights += [count] * (len(word) + 1)
        self.counts = defaultdict(int)
        for pair, places in self.places.items():
            if GAP not in pair:
                self.counts[pair] = self._weight(places)

    def merge(self, pair, id):
        """Replaces the pair by `id` wherever it stands, and returns the pairs that this makes."""
        (left, right), made = pair, []
        for new, places in super().merge(pair, id).items():
            if GAP not in new:
                old = (new[0], left) if new[1] == id else (right, new[1])
                weight = self._weight(places)
                self.counts[old] -= weight  # "ab" became "aX", or "bc" became "Xc"
                self.counts[new] += weight
                self.places[new] = places
                made.append(new)
        self.counts[pair] = 0
        return made

    def _weight(self, places):
        """How often the text has what stands at these places."""
        return sum([self.weights[i] for i in places])


# --- encoding -----------------------------------------------------------------------------------


def apply_merges(data, merges):
    """The tokens of some bytes.

    >>> apply_merges(b"aaab", {(97, 97): 256, (97, 98): 257, (256, 257): 258})
    [258]
    """
    return apply_to_words([data], merges)[0]


def apply_to_words(words, merges):
    """The tokens of each word: all merges that apply, in the order in which they were learned.

    A merge makes pairs whose own merges were learned later. So when a merge has its turn, all
    places where it applies are known, and each is visited once.

    >>> apply_to_words([b"hug", b"pugs"], {(117, 103): 256, (104, 256): 257})
    [[257], [112, 256, 115]]
    """
    row = Row(words)
    queue = [(merges[pair], pair) for pair in row.places if pair in merges]
    heapq.heapify(queue)
    while queue:
        id, pair = heapq.heappop(queue)
        for new, places in row.merge(pair, id).items():
            if new in merges:
                row.places[new] = places
                heapq.heappush(queue, (merges[new], new))
    found, i = [], 1
    for _ in words:
        ids = []
        while row.tokens[i] != GAP:
            ids.append(row.tokens[i])
            i += row.sizes[row.tokens[i]]
        found.append(ids)
        i += 1  # over the gap
    return found
