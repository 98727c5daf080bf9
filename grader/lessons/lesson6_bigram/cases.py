"""Cases of lesson 6: texts, tables, models and short runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.drawn import SEED, normal, tensor
from grader.lessons.lesson6_bigram import oracle
from grader.lessons.lesson6_bigram.driver import Config

SIZES = st.integers(2, 6)


def _counting(names: str, *lines: str) -> str:
    """Code that uses functions of counting.py."""
    return "\n".join(["import torch", f"from lesson6_bigram.counting import {names}", *lines])


# --- counting -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A text of tokens, `repeated` times over."""

    part: tuple[int, ...]
    V: int
    repeated: int = 1

    @cached_property
    def tokens(self) -> Array:
        return np.array(self.part * self.repeated, dtype=np.int64)

    def snippet(self) -> str:
        times = "" if self.repeated == 1 else f".repeat({self.repeated})"
        text = tensor(self.tokens[: len(self.part)]) + times
        text = text.replace("[]", "[], dtype=torch.int64")
        return _counting(
            "count_bigrams", f"tokens = {text}", f"print(count_bigrams(tokens, {self.V}))"
        )


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Texts from none upwards, some of few different tokens, some too long for 8 bits."""
    V = draw(SIZES)
    used = draw(st.integers(1, V))
    part = draw(st.lists(st.integers(0, used - 1), max_size=8))
    return Text(tuple(part), V, draw(st.sampled_from([1, 1, 1, 300])))


@dataclass(frozen=True)
class Counted:
    """Counts (V, V), and what is added to them; None: the default."""

    rows: tuple[tuple[int, ...], ...]
    smoothing: float | None

    @cached_property
    def counts(self) -> Array:
        return np.array(self.rows, dtype=np.int64)

    @property
    def added(self) -> float:
        return 1.0 if self.smoothing is None else self.smoothing

    @property
    def expected(self) -> Array:
        return oracle.probabilities(self.counts, self.added)

    def snippet(self) -> str:
        given = "" if self.smoothing is None else f", smoothing={self.smoothing}"
        return _counting(
            "probabilities",
            f"counts = {tensor(self.counts)}",
            f"print(probabilities(counts{given}))",
        )


@st.composite
def counted(draw: st.DrawFn, smoothing: st.SearchStrategy[float | None], empty: bool) -> Counted:
    """Tables whose rows all have a count, or, `empty`, of which at least one has none."""
    V = draw(SIZES)
    number = st.sampled_from([0, 0, 1, 2, 3, 9]) | st.integers(0, 1000)
    rows = [draw(st.lists(number, min_size=V, max_size=V)) for _ in range(V)]
    for a, row in enumerate(rows):
        if not any(row):
            row[a - 1] = 1
    if empty:
        for a in draw(st.sets(st.integers(0, V - 1), min_size=1)):
            rows[a] = [0] * V
    return Counted(tuple(map(tuple, rows)), draw(smoothing))


@dataclass(frozen=True)
class Read:
    """A table, and a text whose likelihood is asked for."""

    rows: tuple[tuple[float, ...], ...]
    part: tuple[int, ...]
    repeated: int = 1

    @cached_property
    def probs(self) -> Array:
        return np.array(self.rows)

    @cached_property
    def tokens(self) -> Array:
        return np.array(self.part * self.repeated, dtype=np.int64)

    def snippet(self) -> str:
        times = "" if self.repeated == 1 else f".repeat({self.repeated})"
        return _counting(
            "negative_log_likelihood",
            f"probs = {tensor(self.probs)}",
            f"tokens = {tensor(np.array(self.part))}{times}",
            "print(negative_log_likelihood(probs, tokens))",
        )


def _table(draw: st.DrawFn, V: int) -> list[list[float]]:
    """Rows that sum to 1, all of them between 1/70 and 1: tens over their sum."""
    weights = [draw(st.lists(st.integers(1, 9), min_size=V, max_size=V)) for _ in range(V)]
    return [[w / sum(row) for w in row] for row in weights]


@st.composite
def read(draw: st.DrawFn, length: tuple[int, int] = (2, 8), repeated: int = 1) -> Read:
    """Texts of two tokens or more, in a table without zeros."""
    V = draw(SIZES)
    part = draw(st.lists(st.integers(0, V - 1), min_size=length[0], max_size=length[1]))
    return Read(tuple(map(tuple, _table(draw, V))), tuple(part), repeated)


@st.composite
def read_rarely(draw: st.DrawFn) -> Read:
    """A pair that is there has probability 0, or nearly."""
    case = draw(read())
    rare = draw(st.sampled_from([0.0, 1e-10, 0.0, 1e-30]))
    at = draw(st.integers(0, len(case.part) - 2))
    a, b = case.part[at : at + 2]
    rows = [list(row) for row in case.rows]
    rows[a][b] = 0.0
    rows[a] = [p / sum(rows[a]) for p in rows[a]]
    rows[a][b] = rare  # too little to move the sum of the row
    return Read(tuple(map(tuple, rows)), case.part)


# --- drawing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """A table in which every token has just one that follows: the name is certain."""

    after: tuple[int, ...]
    longest: int | None

    @cached_property
    def probs(self) -> Array:
        return np.eye(len(self.after))[list(self.after)]

    @property
    def name(self) -> list[int]:
        name: list[int] = []
        token = self.after[0]
        while token and len(name) < (100 if self.longest is None else self.longest):
            name.append(token)
            token = self.after[token]
        return name

    def snippet(self) -> str:
        given = "" if self.longest is None else f", longest={self.longest}"
        return _counting(
            "sample",
            f"probs = {tensor(self.probs)}",
            f"print(sample(probs, torch.Generator(){given}))",
            f"# must be {self.name}" if len(self.name) < 20 else f"# {len(self.name)} tokens",
        )


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    """Tables that lead from 0 through some of the tokens back to 0."""
    V = draw(SIZES)
    way = draw(st.permutations(range(1, V)))[: draw(st.integers(0, V - 1))]
    after = [draw(st.integers(0, V - 1)) for _ in range(V)]
    for a, b in zip([0, *way], [*way, 0], strict=True):
        after[a] = b
    return Walk(tuple(after), None)


@st.composite
def circles(draw: st.DrawFn) -> Walk:
    """Tables that never lead back to 0."""
    V = draw(SIZES)
    after = tuple(draw(st.integers(1, V - 1)) for _ in range(V))
    return Walk(after, draw(st.sampled_from([1, 0, None, 2, 12])))


@dataclass(frozen=True)
class Many:
    """Many names from one generator; each row of the table has its own favourites."""

    weights: tuple[tuple[int, ...], ...]
    seed: int
    count: int = 800

    @cached_property
    def probs(self) -> Array:
        rows = np.array(self.weights, dtype=float)
        found: Array = rows / rows.sum(axis=1, keepdims=True)
        return found

    def given(self) -> list[str]:
        return [
            f"probs = {tensor(np.array(self.weights), 'float64')}.double()",
            "probs /= probs.sum(dim=1, keepdim=True)",
            f"generator = torch.Generator().manual_seed({self.seed})",
        ]

    def snippet(self) -> str:
        return _counting(
            "sample",
            *self.given(),
            "from collections import Counter",
            f"names = [[0, *sample(probs, generator), 0] for _ in range({self.count})]",
            "pairs = Counter(pair for name in names for pair in zip(name, name[1:]))",
            "for a, b in sorted(pairs):",
            "    share = pairs[a, b] / sum(pairs[a, c] for c in range(len(probs)))",
            "    print(a, b, round(share, 3), 'expected', round(probs[a, b].item(), 3))",
        )


@st.composite
def many(draw: st.DrawFn) -> Many:
    """Tables of three or four tokens in which a name ends with a probability of 1/15 or more."""
    V = draw(st.integers(3, 4))
    rows = [draw(st.permutations([1, 2, 4, 8][:V])) for _ in range(V)]
    return Many(tuple(map(tuple, rows)), draw(SEED))


@dataclass(frozen=True)
class Again(Many):
    """A few names each, from generators of one seed, of another, and one after the other."""

    def snippet(self) -> str:
        lines = []
        for seed in (self.seed, self.seed, self.seed + 1):
            lines += [
                f"generator = torch.Generator().manual_seed({seed})",
                f"print([sample(probs, generator) for _ in range({self.count})])",
            ]
        return _counting("sample", *self.given(), *lines, "# the same names twice, then others")


def again() -> st.SearchStrategy[Again]:
    return st.builds(Again, st.just(((2,) * 6,) * 6), SEED, st.just(20))


# --- the network --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """A model, and rows of tokens with those that follow. `scale` is that of its logits."""

    V: int
    B: int
    T: int
    seed: int
    scale: float = 1.0
    shown: str = "logits"

    @property
    def config(self) -> Config:
        return Config(self.V, self.T)

    @cached_property
    def W(self) -> Array:  # noqa: N802 (the lecture's name for it)
        drawn = normal(self.seed).normal(size=(self.V, self.V))
        # In float32 two decimals of a large number would be rounded away: it has none.
        found: Array = (self.scale * drawn).round(2 if self.scale == 1 else 0)
        return found

    @cached_property
    def idx(self) -> Array:
        return normal(self.seed, 1).integers(0, self.V, (self.B, self.T))

    @cached_property
    def targets(self) -> Array:
        return normal(self.seed, 2).integers(0, self.V, (self.B, self.T))

    def snippet(self) -> str:
        lines = [
            "import torch",
            "from lesson6_bigram.network import Bigram, BigramConfig",
            f"model = Bigram(BigramConfig(vocab_size={self.V}, block_size={self.T}))",
            f"model.W.data = {tensor(self.W, 'float32')}",
            f"idx = {tensor(self.idx)}",
        ]
        if self.shown == "logits":
            return "\n".join([*lines, "print(model(idx)[0])"])
        lines.append(f"logits, loss = model(idx, {tensor(self.targets)})")
        if self.shown == "gradient":
            lines.append("loss.backward()")
        return "\n".join([*lines, "print(loss, model.W.grad)"])


@st.composite
def models(draw: st.DrawFn, shown: str = "logits", scale: float = 1.0) -> Model:
    """Small models; as many rows as tokens in a row, or not."""
    sizes = draw(SIZES), draw(st.integers(1, 3)), draw(st.integers(1, 5))
    return Model(*sizes, draw(SEED), scale, shown)


@dataclass(frozen=True)
class New:
    """A new model."""

    V: int
    block_size: int

    @property
    def config(self) -> Config:
        return Config(self.V, self.block_size)

    def snippet(self) -> str:
        return "\n".join(
            [
                "from lesson6_bigram.network import Bigram, BigramConfig",
                f"model = Bigram(BigramConfig(vocab_size={self.V}, block_size={self.block_size}))",
                "print(dict(model.named_parameters()))",
            ]
        )


@dataclass(frozen=True)
class Steps:
    """A few steps of gradient descent; `stale`: the model holds a gradient from before."""

    text: Text
    seed: int
    steps: int
    rate: float
    penalty: float
    stale: bool

    @cached_property
    def W(self) -> Array:  # noqa: N802
        found: Array = normal(self.seed).normal(size=(self.text.V, self.text.V)).round(2)
        return found

    @property
    def old(self) -> Array | None:
        return np.ones(self.W.shape) if self.stale else None

    @property
    def settings(self) -> dict[str, float]:
        return {"learning_rate": self.rate, "penalty": self.penalty}

    def snippet(self) -> str:
        settings = f"learning_rate={self.rate}, penalty={self.penalty}"
        return "\n".join(
            [
                "import torch",
                "from lesson6_bigram.network import Bigram, BigramConfig, train",
                f"model = Bigram(BigramConfig(vocab_size={self.text.V}))",
                f"model.W.data = {tensor(self.W, 'float32')}",
                *(["model.W.grad = torch.ones_like(model.W)"] if self.stale else []),
                f"tokens = {tensor(self.text.tokens)}",
                f"print(train(model, tokens, {self.steps}, {settings}))",
                "print(model.W)",
            ]
        )


@st.composite
def descents(draw: st.DrawFn, penalised: bool, stale: bool = False) -> Steps:
    """Runs of 0 to 4 steps on texts of 2 to 9 tokens."""
    V = draw(SIZES)
    part = draw(st.lists(st.integers(0, V - 1), min_size=2, max_size=9))
    penalty = draw(st.sampled_from([0.5, 0.1, 2.0])) if penalised else 0.0
    steps = draw(st.integers(2, 4) if stale else st.sampled_from([1, 2, 3, 4, 0]))
    rate = draw(st.sampled_from([1.0, 0.1, 5.0]))
    return Steps(Text(tuple(part), V), draw(SEED), steps, rate, penalty, stale)
