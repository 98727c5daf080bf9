"""Cases of training, of sweeps, and of what is measured: on a linear model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.drawn import SEED, normal
from grader.lessons.lesson7_mlp.driver import Run


@dataclass(frozen=True)
class Task:
    """A linear model, N examples of D numbers, V classes. It starts in `training` mode."""

    D: int
    V: int
    N: int
    seed: int
    training: bool = True

    @cached_property
    def run(self) -> Run:
        draw = normal(self.seed)
        return Run(
            table=draw.normal(size=(self.D + 1, self.V)).round(2),
            X=draw.normal(size=(self.N, self.D)).round(2),
            Y=draw.integers(0, self.V, self.N),
            seed=self.seed,
            training=self.training,
        )

    def given(self, name: str) -> list[str]:
        """The lines that make the model and the examples, and import `name`."""
        file = "digits" if name == "predict" else "train"
        shapes = f"({self.D + 1}, {self.V})", f"({self.N}, {self.D})"
        return [
            "import numpy as np",
            "import torch",
            "from torch import nn",
            f"from lesson7_mlp.{file} import {name}",
            f"draw = np.random.default_rng([{self.seed}])",
            f"table = torch.from_numpy(draw.normal(size={shapes[0]}).round(2))",
            f"X = torch.from_numpy(draw.normal(size={shapes[1]}).round(2))",
            f"Y = torch.from_numpy(draw.integers(0, {self.V}, {self.N}))",
            "class Linear(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            "        self.table, self.bias = nn.Parameter(table[:-1]), nn.Parameter(table[-1])",
            "        self.spare = nn.Parameter(torch.ones(1))  # it has no gradient, ever",
            "    def forward(self, x, y=None):",
            "        logits = x @ self.table + self.bias",
            "        return logits, None if y is None else nn.functional.cross_entropy(logits, y)",
            f"model = Linear().train({self.training})",
            f"generator = torch.Generator().manual_seed({self.seed})",
        ]


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Two examples or a few more: a mean of one is no mean."""
    D, V = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    return Task(D, V, draw(st.integers(2, 7)), draw(SEED), draw(st.booleans()))


@dataclass(frozen=True)
class Descent:
    """Some steps of `train`."""

    task: Task
    lr: float
    steps: int
    batch_size: int

    @property
    def rates(self) -> list[float]:
        half = self.steps / 2
        return [self.lr if step < half else self.lr / 10 for step in range(self.steps)]

    def call(self) -> str:
        told = f"lr={self.lr}, steps={self.steps}, batch_size={self.batch_size}"
        return f"train(model, X, Y, {told}, generator=generator)"

    def snippet(self) -> str:
        ends = [f"print(*{self.call()})", "print(*model.parameters(), sep='\\n')"]
        return "\n".join([*self.task.given("train"), *ends])


@st.composite
def descents(draw: st.DrawFn, steps: st.SearchStrategy[int]) -> Descent:
    lr = draw(st.sampled_from([0.5, 0.1, 2.0]))
    return Descent(draw(tasks()), lr, draw(steps), draw(st.integers(1, 5)))


WATCHED = "model.register_forward_pre_hook(lambda _, given: print(given[0].tolist()))"


@dataclass(frozen=True)
class Batches(Descent):
    """Steps on many examples: what the model sees is shown."""

    def snippet(self) -> str:
        again = f"generator = torch.Generator().manual_seed({self.task.seed})"
        return "\n".join([*self.task.given("train"), WATCHED, self.call(), again, self.call()])


def many_batches() -> st.SearchStrategy[Batches]:
    return SEED.map(lambda seed: Batches(Task(2, 3, 100, seed), 0.1, 4, 8))


@dataclass(frozen=True)
class Sweeping:
    """A sweep from low to high; the loss of the pass with the number `bad` (−1: none) is NaN."""

    task: Task
    low: float
    high: float
    steps: int
    batch_size: int
    bad: int = -1

    @property
    def run(self) -> Run:
        return replace(self.task.run, bad=self.bad)

    @property
    def rates(self) -> list[float]:
        exponents = np.arange(self.steps) / (self.steps - 1)
        return [float(r) for r in self.low * (self.high / self.low) ** exponents]

    def snippet(self) -> str:
        told = f"low={self.low}, high={self.high}, steps={self.steps}, batch_size={self.batch_size}"
        spoilt = [
            "count = iter(range(1000))",
            "def spoil(model, given, answer):",
            f"    return answer[0], answer[1] * (float('nan') if next(count) == {self.bad} else 1)",
            "model.register_forward_hook(spoil)",
        ]
        return "\n".join(
            [
                *self.task.given("sweep"),
                *(spoilt if self.bad >= 0 else []),
                f"rates, losses = sweep(model, X, Y, {told}, generator=generator)",
                "print(rates, losses, sep='\\n')",
                "print(*model.parameters(), sep='\\n')  # as before: table",
            ]
        )


@st.composite
def sweeps(draw: st.DrawFn, *, diverging: bool = False) -> Sweeping:
    """From two rates upwards, over one power of ten or more."""
    low, high = draw(st.sampled_from([(0.1, 1.0), (0.001, 1.0), (0.01, 10.0)]))
    steps = draw(st.integers(2, 6))
    bad = draw(st.integers(0, steps - 1)) if diverging else -1
    task = draw(tasks())
    return Sweeping(task, low, high, steps, draw(st.integers(1, 5)), bad)


def long_sweeps() -> st.SearchStrategy[Sweeping]:
    """Sweeps in which no two batches are the same by chance."""
    return SEED.map(lambda seed: Sweeping(Task(2, 3, 100, seed), 0.001, 1.0, 4, 8))


@dataclass(frozen=True)
class Choice:
    """A sweep's losses at rates that double; `smoothing` None: the default."""

    losses: tuple[float, ...]
    smoothing: float | None

    @property
    def rates(self) -> list[float]:
        return [0.001 * 2.0**i for i in range(len(self.losses))]

    def snippet(self) -> str:
        more = "" if self.smoothing is None else f", {self.smoothing}"
        return "\n".join(
            [
                "from lesson7_mlp.train import choose_rate",
                f"losses = {list(self.losses)}",
                f"rates = {self.rates}",
                f"print(choose_rate(rates, losses{more}))",
            ]
        )


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    """Losses that fall, rise, and jump about."""
    count = draw(st.integers(1, 12))
    jumps = draw(st.permutations(range(count)))
    valley = draw(st.integers(0, count - 1))
    height = draw(st.sampled_from([0.0, 0.1, 1.0]))
    losses = [2 + 0.3 * abs(i - valley) + height * jump for i, jump in enumerate(jumps)]
    told = tuple(round(x + 0.001 * jump, 4) for x, jump in zip(losses, jumps, strict=True))
    return Choice(told, draw(st.sampled_from([None, 0.5, 0.9, 0.0])))


@dataclass(frozen=True)
class Whole:
    """A split of N examples, gone through by batches; `batch_size` None: the default."""

    task: Task
    batch_size: int | None

    def snippet(self) -> str:
        more = "" if self.batch_size is None else f", batch_size={self.batch_size}"
        return "\n".join(
            [
                *self.task.given("split_loss"),
                f"print(split_loss(model, X, Y{more}))",
                "print(model(X, Y)[1])  # must be equal",
                f"print('training mode:', model.training)  # must be {self.task.training}",
            ]
        )


def wholes() -> st.SearchStrategy[Whole]:
    sizes = st.sampled_from([2, 1, 3, 4, 100, None])
    return st.builds(Whole, tasks(), sizes)


@dataclass(frozen=True)
class Guess:
    """Examples whose classes are asked for."""

    task: Task

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.task.given("predict"),
                "print(model(X)[0], predict(model, X), sep='\\n')",
                f"print('training mode:', model.training)  # must be {self.task.training}",
            ]
        )


def guesses() -> st.SearchStrategy[Guess]:
    return st.builds(Guess, tasks())
