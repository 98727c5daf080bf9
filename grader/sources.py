"""Corpora whose entropy is known exactly: what a right model nears, and no honest model beats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Source(Protocol):
    """Draws windows, and knows the probability of every token in them."""

    @property
    def vocab_size(self) -> int: ...

    def windows(self, count: int, length: int, draw: np.random.Generator) -> Array:
        """Fresh windows of tokens, (count, length)."""
        ...

    def nats(self, windows: Array) -> Array:
        """−log p of each token after the first, given those before it: (count, length − 1).

        NaN where the tokens before it do not yet say enough.
        """
        ...


@dataclass(frozen=True)
class Markov:
    """A chain of order 2: each pair of tokens has its own distribution of the next.

    The distributions are drawn from the seed, far from uniform and without zeros.
    """

    vocab_size: int
    seed: int

    @cached_property
    def table(self) -> Array:
        """p(next | the two before), (V, V, V)."""
        draw = np.random.default_rng([self.seed, 2])
        p = draw.dirichlet(np.full(self.vocab_size, 0.3), size=(self.vocab_size,) * 2)
        mixed: Array = 0.98 * p + 0.02 / self.vocab_size
        return mixed

    @cached_property
    def entropy(self) -> float:
        """The entropy rate in nats: that of the next token, over the stationary pairs."""
        V = self.vocab_size
        pairs = np.full((V, V), 1 / V**2)
        for _ in range(2000):
            after = np.einsum("ab,abc->bc", pairs, self.table)
            if np.abs(after - pairs).max() < 1e-15:
                break
            pairs = after
        each = -(self.table * np.log(self.table)).sum(axis=-1)
        return float((pairs * each).sum())

    def windows(self, count: int, length: int, draw: np.random.Generator) -> Array:
        tokens = np.zeros((count, length + 20), dtype=np.int32)
        tokens[:, :2] = draw.integers(0, self.vocab_size, (count, 2))
        edges = self.table.cumsum(axis=-1)
        for t in range(2, length + 20):  # the first twenty let the chain forget its start
            row = edges[tokens[:, t - 2], tokens[:, t - 1]]
            following = (draw.random((count, 1)) > row).sum(axis=-1)
            tokens[:, t] = np.minimum(following, self.vocab_size - 1)
        return tokens[:, 20:]

    def nats(self, windows: Array) -> Array:
        found = np.full((windows.shape[0], windows.shape[1] - 1), np.nan)
        a, b, c = windows[:, :-2], windows[:, 1:-1], windows[:, 2:]
        found[:, 1:] = -np.log(self.table[a, b, c])
        return found


@dataclass(frozen=True)
class Copy:
    """Random tokens, then the same tokens again: the second half needs attention to the first."""

    vocab_size: int

    def windows(self, count: int, length: int, draw: np.random.Generator) -> Array:
        half = draw.integers(0, self.vocab_size, (count, length // 2)).astype(np.int32)
        return np.concatenate([half, half], axis=1)

    def nats(self, windows: Array) -> Array:
        length = windows.shape[1]
        found = np.full((windows.shape[0], length - 1), np.log(self.vocab_size))
        found[:, length // 2 - 1 :] = 0.0
        return found
