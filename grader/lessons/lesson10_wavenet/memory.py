"""Made-up names without end, and what a model that remembers three tokens can reach on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.names import VOCABULARY, Made, tokens

Array = NDArray[Any]


@dataclass(frozen=True)
class Stream:
    """A `sources.Source`: windows of a text of made-up names, which begin anywhere."""

    made: Made
    vocab_size: int = len(VOCABULARY)

    def windows(self, count: int, length: int, draw: np.random.Generator) -> Array:
        """Consecutive windows of new names, (count, length)."""
        start, whole = int(draw.integers(self.made.longest + 1)), count * length
        text = tokens(self.made.words((start + whole) // (self.made.shortest + 1) + 1, draw))
        return text[start : start + whole].reshape(count, length)

    def nats(self, windows: Array) -> Array:
        """−log p of each token after the first; NaN up to the first newline of a window."""
        found = np.full((windows.shape[0], windows.shape[1] - 1), np.nan)
        letters = np.full(
            len(windows), -1
        )  # of the name, so far; −1: it is not known where it began
        family = np.zeros(len(windows), int)
        for t in range(windows.shape[1] - 1):
            now, following = windows[:, t], windows[:, t + 1]
            letters = np.where(now == 0, 0, np.where(letters < 0, -1, letters + 1))
            family = np.where(letters == 1, (now - 1) % self.made.families, family)
            known = letters >= 0
            p = self._next(letters[known], family[known], now[known], following[known])
            found[known, t] = -np.log(p)
        return found

    def _next(self, letters: Array, family: Array, now: Array, following: Array) -> Array:
        """p(following | the name so far), of names that have so many letters."""
        end = np.array([self.made.ending(n) for n in range(self.made.longest + 1)])[letters]
        first, other = self.made.first[following - 1], self.made.following
        letter = np.where(letters == 0, first, (1 - end) * other[family, now - 1, following - 1])
        return np.where(following == 0, end, letter)


def three_tokens(source: Made) -> float:
    """The least mean loss, in nats a token, of any model that sees the last three tokens only.

    Names of the source have three letters at least. While a newline is among the three tokens, they
    say all that matters: the name's first letter and how long it is. Three letters do not: what
    comes next is then a mixture over all families and lengths.
    """
    first, following = source.first, source.following
    families = np.arange(26) % source.families
    pairs = np.zeros_like(following)  # p(family, a, b) of names of two letters or more
    pairs[families, np.arange(26)] = first[:, None] * following[families, np.arange(26)]
    nats = _entropy(first)
    nats += float((first * _each(following)[families, np.arange(26)]).sum())
    nats += float((pairs * _each(following)[:, None, :]).sum())
    state = np.einsum("fab,fbc->fabc", pairs, following)
    joint, tokens = np.zeros((26, 26, 26, 27)), 3.0  # p(three letters, next); tokens a name
    for length in range(3, source.longest + 1):
        end = source.ending(length)
        tokens += float(state.sum())
        joint[..., 0] += end * state.sum(axis=0)
        joint[..., 1:] += (1 - end) * np.einsum("fabc,fcd->abcd", state, following)
        state = (1 - end) * np.einsum("fabc,fcd->fbcd", state, following)
    whole = joint.sum(axis=-1, keepdims=True)
    share = np.divide(joint, whole, out=np.ones_like(joint), where=joint > 0)
    return (nats - float((joint * np.log(share)).sum())) / tokens


def _each(p: Array) -> Array:
    """The entropy of each distribution over the last axis."""
    found: Array = -(p * np.log(p)).sum(axis=-1)
    return found


def _entropy(p: Array) -> float:
    return float(_each(p))
