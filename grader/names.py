"""First names as a text, in three splits; or, where the file is missing, names that are made up.

Those are drawn from a source whose entropy is known exactly, so that a loss on them says as much.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth import data
from zth.language import tr
from zth.training import encode

Array = NDArray[Any]

VOCABULARY = "\nabcdefghijklmnopqrstuvwxyz"
COUNT = 32_033  # names in the file, and made up
SHARES = 0.8, 0.9  # where the training split ends, and the validation split
SPLITS = "train", "val", "test"


@dataclass(frozen=True)
class Names:
    """Names in three splits. As a text, each is followed by a newline, and one comes first.

    `entropy` is that of the source in nats a token, newlines counted; NaN for real names.
    """

    train_words: tuple[str, ...]
    val_words: tuple[str, ...]
    test_words: tuple[str, ...]
    entropy: float = math.nan
    vocabulary: str = VOCABULARY

    @property
    def generated(self) -> bool:
        """Whether they are made up."""
        return not math.isnan(self.entropy)

    @property
    def source(self) -> str:
        """What they are, for a report."""
        if self.generated:
            return tr("generated names, entropy {nats:.4f} nats", nats=self.entropy)
        return "names.txt"

    def words(self, split: str) -> tuple[str, ...]:
        """The names of "train", "val" or "test"."""
        found: tuple[str, ...] = getattr(self, f"{split}_words")
        return found

    @cached_property
    def train(self) -> Array:
        """The training split as tokens (N,), int32."""
        return tokens(self.train_words)

    @cached_property
    def val(self) -> Array:
        """The validation split as tokens (N,), int32."""
        return tokens(self.val_words)

    @cached_property
    def test(self) -> Array:
        """The test split as tokens (N,), int32."""
        return tokens(self.test_words)


def names(seed: int) -> Names:
    """The names, shuffled and split by the seed: 80 % train, 10 % validation, 10 % test."""
    dataset = next(d for d in data.DATASETS if d.name == "names")
    draw = np.random.default_rng([seed, 11])
    if data.locate(dataset) is None:
        source = Made(seed)
        words, entropy = source.words(COUNT, draw), source.entropy
    else:
        words, entropy = data.find(dataset).read_text(encoding="utf-8").split(), math.nan
    order = [words[i] for i in draw.permutation(len(words))]
    a, b = (int(share * len(order)) for share in SHARES)
    return Names(tuple(order[:a]), tuple(order[a:b]), tuple(order[b:]), entropy)


def tokens(words: Sequence[str]) -> Array:
    """The words as one text of tokens, a newline before the first and after each."""
    return encode("\n" + "".join(f"{word}\n" for word in words), VOCABULARY)


@dataclass(frozen=True)
class Made:
    """A source of made-up names, whose every probability is known.

    The first letter puts a name into one of three families, each with its own habit of which letter
    follows which; so the first letter matters to the last. From the third letter on the name may
    end, ever more likely; after twelve it must.
    """

    seed: int
    families: int = 3
    shortest: int = 3
    longest: int = 12

    @cached_property
    def first(self) -> Array:
        """p(first letter), (26,)."""
        return _some(np.random.default_rng([self.seed, 12]), 1.0, (26,))

    @cached_property
    def following(self) -> Array:
        """p(next letter | family, letter), (3, 26, 26)."""
        shape = (self.families, 26, 26)
        return _some(np.random.default_rng([self.seed, 13]), 0.15, shape)

    def ending(self, length: int) -> float:
        """p(the name ends | so many letters)."""
        if length < self.shortest:
            return 0.0
        if length >= self.longest:
            return 1.0
        return (length - self.shortest + 1) / (self.longest - self.shortest + 1)

    def words(self, count: int, draw: np.random.Generator) -> list[str]:
        """So many names, one independent of the other."""
        letters = draw.choice(26, size=count, p=self.first)
        family = letters % self.families
        edges = self.following.cumsum(axis=-1)
        columns, lengths = [letters], np.full(count, self.longest)
        for length in range(1, self.longest):
            ends = (draw.random(count) < self.ending(length)) & (lengths == self.longest)
            lengths[ends] = length
            letters = (draw.random((count, 1)) > edges[family, letters]).sum(axis=-1)
            letters = np.minimum(letters, 25)
            columns.append(letters)
        rows = np.stack(columns, axis=1)
        return [
            "".join(VOCABULARY[1 + letter] for letter in row[:length])
            for row, length in zip(rows.tolist(), lengths.tolist(), strict=True)
        ]

    @cached_property
    def entropy(self) -> float:
        """Nats a token, the newline after each name counted: exact."""
        state = np.zeros((self.families, 26))  # p(still going, family, letter)
        state[np.arange(26) % self.families, np.arange(26)] = self.first
        nats, count = _entropy(self.first), 1.0
        each = np.apply_along_axis(_entropy, -1, self.following)
        for length in range(1, self.longest + 1):
            end, alive = self.ending(length), float(state.sum())
            nats += alive * _entropy(np.array([end, 1 - end]))
            nats += (1 - end) * float((state * each).sum())
            count += alive
            state = (1 - end) * np.einsum("fa,fab->fb", state, self.following)
        return nats / count

    def nats(self, word: str) -> float:
        """−log p of a name and of the newline after it."""
        letters = [VOCABULARY.index(c) - 1 for c in word]
        family = letters[0] % self.families
        p = [self.first[letters[0]]]
        p += [self.following[family, a, b] for a, b in itertools.pairwise(letters)]
        p += [1 - self.ending(n) for n in range(1, len(letters))] + [self.ending(len(letters))]
        return -float(np.log(p).sum())


def _some(draw: np.random.Generator, concentration: float, shape: tuple[int, ...]) -> Array:
    """Distributions over the last axis, far from uniform and without zeros."""
    p = draw.dirichlet(np.full(shape[-1], concentration), size=shape[:-1])
    mixed: Array = 0.98 * p + 0.02 / shape[-1]
    return mixed


def _entropy(p: Array) -> float:
    there = p[p > 0]
    return -float((there * np.log(there)).sum())
