"""Cases of words, examples and batches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.drawn import SEED

LETTERS = "abc"


@dataclass(frozen=True)
class Words:
    """Words to split, all different: w0, w1, …"""

    count: int
    seed: int

    @property
    def words(self) -> list[str]:
        return [f"w{i}" for i in range(self.count)]

    def given(self) -> list[str]:
        return [
            "import torch",
            "from lesson7_mlp.data import split_words",
            f"words = [f'w{{i}}' for i in range({self.count})]",
        ]

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.given(),
                f"splits = split_words(words, torch.Generator().manual_seed({self.seed}))",
                "print(*splits, sep='\\n')",
                "print('the same words:', sorted(sum(splits, [])) == sorted(words))",
            ]
        )


def words() -> st.SearchStrategy[Words]:
    """None, a few, or some dozens."""
    return st.builds(Words, st.integers(0, 12) | st.integers(0, 60), SEED)


@dataclass(frozen=True)
class Shuffled(Words):
    """Many words, split with generators of one seed, and of another."""

    def snippet(self) -> str:
        seeds = self.seed, self.seed, self.seed + 1
        calls = [
            f"print(split_words(words, torch.Generator().manual_seed({seed}))[2])" for seed in seeds
        ]
        return "\n".join([*self.given(), *calls, "# the same twice, then others"])


def shuffled() -> st.SearchStrategy[Shuffled]:
    return st.builds(Shuffled, st.just(60), SEED)


@dataclass(frozen=True)
class Spelled:
    """Words of a few letters, and the length of a context."""

    words: tuple[str, ...]
    context: int

    @property
    def stoi(self) -> dict[str, int]:
        return {letter: i for i, letter in enumerate("\n" + LETTERS)}

    def snippet(self) -> str:
        return "\n".join(
            [
                "from lesson7_mlp.data import build_dataset",
                f"X, Y = build_dataset({list(self.words)}, {self.stoi}, {self.context})",
                "for x, y in zip(X.tolist(), Y.tolist()):",
                "    print(x, '->', y)",
            ]
        )


def spelled() -> st.SearchStrategy[Spelled]:
    """No word at all, words of one letter, words longer than the context."""
    word = st.text(LETTERS, min_size=1, max_size=6)
    return st.builds(Spelled, st.lists(word, max_size=3).map(tuple), st.integers(1, 4))


@dataclass(frozen=True)
class Drawn:
    """Batches of examples 0, 1, 2, …, whose targets are 1000 more."""

    count: int
    batch_size: int
    seed: int
    columns: int = 0

    @cached_property
    def X(self) -> Array:  # noqa: N802
        numbers = np.arange(self.count)
        return np.stack([numbers] * self.columns, axis=1) if self.columns else numbers

    @cached_property
    def Y(self) -> Array:  # noqa: N802
        return np.arange(self.count) + 1000

    def given(self, seed: int = 0) -> list[str]:
        more = f"[:, None].repeat(1, {self.columns})" if self.columns else ""
        return [
            "import torch",
            "from lesson7_mlp.data import minibatch",
            f"generator = torch.Generator().manual_seed({self.seed + seed})",
            f"Y = torch.arange({self.count}) + 1000",
            f"X = (Y - 1000){more}",
        ]

    def snippet(self) -> str:
        call = f"x, y = minibatch(X, Y, {self.batch_size}, generator)"
        return "\n".join([*self.given(), call, "print(x, y, sep='\\n')"])


def drawn() -> st.SearchStrategy[Drawn]:
    """Fewer examples than a batch has rows, or more; X a vector, or rows."""
    sizes = st.integers(1, 9), st.integers(1, 9)
    return st.builds(Drawn, *sizes, SEED, st.integers(0, 3))


@dataclass(frozen=True)
class Counted(Drawn):
    """One batch of 4,000 rows of a few examples."""

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.given(),
                "from collections import Counter",
                f"x, y = minibatch(X, Y, {self.batch_size}, generator)",
                f"print(sorted(Counter(x.tolist()).items()))  # about {4000 // self.count} each",
            ]
        )


def counted() -> st.SearchStrategy[Counted]:
    return st.builds(Counted, st.integers(2, 8), st.just(4000), SEED)


@dataclass(frozen=True)
class Redrawn(Drawn):
    """Batches of many examples from generators of one seed and of another, one after another."""

    def snippet(self) -> str:
        draw = f"print(minibatch(X, Y, {self.batch_size}, generator)[0])"
        again = f"generator = torch.Generator().manual_seed({self.seed})"
        other = f"generator = torch.Generator().manual_seed({self.seed + 1})"
        ends = [draw, draw + "  # another one", again, draw + "  # the first one", other, draw]
        return "\n".join([*self.given(), *ends])


def redrawn() -> st.SearchStrategy[Redrawn]:
    return st.builds(Redrawn, st.just(100), st.just(20), SEED)
