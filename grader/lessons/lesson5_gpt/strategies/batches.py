"""Cases of batches of a text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.drawn import SEEDS


@dataclass(frozen=True)
class BatchCase:
    """A text of distinct tokens 0, 1, 2, … and the size of a batch."""

    length: int
    batch_size: int
    block_size: int
    seed: int

    @cached_property
    def tokens(self) -> Array:
        return np.arange(self.length)

    @property
    def call(self) -> str:
        return f"get_batch(tokens, {self.batch_size}, {self.block_size}, generator)"

    def given(self) -> list[str]:
        """The lines that make the text and a generator."""
        return [
            "import torch",
            "from lesson5_gpt.train import get_batch",
            f"generator = torch.Generator().manual_seed({self.seed})",
            f"tokens = torch.arange({self.length})",
        ]

    def snippet(self) -> str:
        return "\n".join([*self.given(), f"print({self.call})"])


@st.composite
def batches(draw: st.DrawFn) -> BatchCase:
    """Texts from just one window upwards."""
    block_size = draw(st.integers(1, 6))
    length = block_size + 1 + draw(st.integers(0, 2) | st.integers(0, 20))  # few windows, or many
    return BatchCase(length, draw(st.integers(1, 5)), block_size, draw(st.integers(0, SEEDS)))


@dataclass(frozen=True)
class Windows(BatchCase):
    """A text with eight windows, and a batch of 4,000 rows."""

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.given(),
                "from collections import Counter",
                f"x, y = {self.call}",
                "print(sorted(Counter(x[:, 0].tolist()).items()))  # each of 0 … 7, some 500 times",
            ]
        )


def eight_windows() -> st.SearchStrategy[Windows]:
    return st.integers(1, 5).map(lambda n: Windows(n + 8, 4000, n, seed=n))


@dataclass(frozen=True)
class Redrawn(BatchCase):
    """A long text, and batches that are drawn from one generator or from several."""

    def snippet(self) -> str:
        again = "generator = torch.Generator().manual_seed({})"
        return "\n".join(
            [
                *self.given(),
                f"print({self.call}[0])",
                again.format(self.seed),
                f"print({self.call}[0])  # the same",
                f"print({self.call}[0])  # another one",
                again.format(self.seed + 1),
                f"print({self.call}[0])  # another one",
            ]
        )


def redrawn() -> st.SearchStrategy[Redrawn]:
    return batches().map(lambda c: Redrawn(c.block_size + 50, 20, c.block_size, c.seed))


@dataclass(frozen=True)
class NoWindow(BatchCase):
    """A text that is too short for a window."""

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.given(),
                "try:",
                f"    {self.call}",
                "except ValueError as error:  # this should happen",
                "    print(error)",
            ]
        )


def no_windows() -> st.SearchStrategy[NoWindow]:
    sizes = st.tuples(st.integers(1, 5), st.integers(0, 5))
    return sizes.map(lambda pair: NoWindow(min(pair), 1, pair[0], seed=0))
