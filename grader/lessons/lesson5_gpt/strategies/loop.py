"""Cases of the loop that trains a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.lessons.lesson5_gpt.driver import Loop, Moment
from grader.lessons.lesson5_gpt.strategies.model import normal


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

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                "from lesson5_gpt.train import get_batch",
                f"generator = torch.Generator().manual_seed({self.seed})",
                f"tokens = torch.arange({self.length})",
                f"print(get_batch(tokens, {self.batch_size}, {self.block_size}, generator))",
            ]
        )


@st.composite
def batches(draw: st.DrawFn) -> BatchCase:
    """Texts from just one window upwards."""
    block_size = draw(st.integers(1, 6))
    length = block_size + 1 + draw(st.integers(0, 2) | st.integers(0, 20))  # few windows, or many
    return BatchCase(length, draw(st.integers(1, 5)), block_size, draw(st.integers(0, 1000)))


def _tensor(a: Array) -> str:
    return f"torch.tensor({a.tolist()})"


@dataclass(frozen=True)
class LoopCase:
    """A run of a bigram model over V tokens. `start` is the step at which it goes on.

    The model's logits are a row of the table plus its last row.
    """

    loop: Loop
    V: int
    seed: int
    start: int = 0

    @cached_property
    def table(self) -> Array:
        return normal(self.seed, 0).normal(size=(self.V + 1, self.V)).round(2)

    @cached_property
    def tokens(self) -> Array:
        return normal(self.seed, 1).integers(0, self.V, 40)

    def setup(self) -> list[str]:
        """Code that makes the model, its optimizer, the tokens and the configuration."""
        told = ", ".join(f"{k}={v}" for k, v in vars(self.loop).items())
        return [
            "import torch",
            "from torch import nn",
            "from lesson5_gpt.train import TrainConfig, train",
            "class Bigram(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            f"        self.table = nn.Parameter({_tensor(self.table[:-1])})",
            f"        self.bias = nn.Parameter({_tensor(self.table[-1])})",
            "    def forward(self, x, y):",
            "        logits = self.table[x] + self.bias",
            "        return logits, nn.functional.cross_entropy(logits.mT, y)",
            "model = Bigram()",
            "groups = [{'params': [p]} for p in model.parameters()]",
            "optimizer = torch.optim.SGD(groups, lr=1.0)",
            f"tokens = torch.tensor({self.tokens.tolist()})",
            f"config = TrainConfig({told})",
        ]

    def snippet(self) -> str:
        call = f"print(train(model, optimizer, tokens, config, start={self.start}))"
        return "\n".join([*self.setup(), call])


@st.composite
def loops(draw: st.DrawFn, /, **fixed: Any) -> LoopCase:
    """Short runs, with one or several batches a step, and gradients that need clipping or not."""
    loop = Loop(
        steps=draw(st.integers(1, 6)),
        batch_size=draw(st.integers(1, 4)),
        block_size=draw(st.integers(1, 4)),
        accumulation=draw(st.integers(1, 3)),
        warmup=draw(st.integers(0, 3)),
        clip=draw(st.sampled_from([0.05, 1.0, 100.0])),
        seed=draw(st.integers(0, 50)),
    )
    return LoopCase(replace(loop, **fixed), draw(st.integers(2, 5)), draw(st.integers(0, 1000)))


def distinct(**fixed: Any) -> st.SearchStrategy[LoopCase]:
    """Runs in which no two batches are the same by chance: many rows, and many kinds of them."""
    found = loops(batch_size=8, block_size=8, **fixed)
    return found.map(lambda case: replace(case, V=5))


@dataclass(frozen=True)
class Pieces:
    """A run that is cut before these steps, with the same model and optimizer throughout."""

    run: LoopCase
    cuts: tuple[int, ...]

    @property
    def bounds(self) -> list[tuple[int, int | None]]:
        return list(zip((0, *self.cuts), (*self.cuts, self.run.loop.steps), strict=True))

    def snippet(self) -> str:
        calls = [
            f"print(train(model, optimizer, tokens, config, start={start}, stop={stop}))"
            for start, stop in self.bounds
        ]
        return "\n".join([*self.run.setup(), *calls])


@st.composite
def pieces(draw: st.DrawFn) -> Pieces:
    """Runs in two or three pieces; one may be empty."""
    steps = draw(st.integers(2, 6))
    cuts = sorted(draw(st.lists(st.integers(1, steps), min_size=1, max_size=2)))
    return Pieces(draw(loops(steps=steps, clip=100.0)), tuple(cuts))


@dataclass(frozen=True)
class Stop:
    """A run that stops after some gradients, is saved, and goes on by others."""

    optimizer: str
    V: int
    past: int
    future: int
    step: int
    seed: int

    @cached_property
    def moment(self) -> Moment:
        return self._moment(0)

    @cached_property
    def other(self) -> Moment:
        """A run of the same kind that has begun elsewhere: what a checkpoint must replace."""
        return replace(self._moment(100), past=self.moment.past[:1] if self.seed % 2 else [])

    @cached_property
    def gradients(self) -> list[Array]:
        return [self._numbers(200 + i) for i in range(self.future)]

    def _moment(self, stream: int) -> Moment:
        past = [self._numbers(stream + 1 + i) for i in range(self.past)]
        return Moment(self._numbers(stream), self.step * 3 + stream, self.optimizer, past)

    def _numbers(self, stream: int) -> Array:
        return normal(self.seed, stream).normal(size=(self.V, self.V)).round(2)

    def snippet(self) -> str:
        kind = {"sgd": "SGD(p, 0.1, momentum=0.9)", "adamw": "AdamW(p, 0.1)"}[self.optimizer]
        return "\n".join(
            [
                "import io",
                "import torch",
                "from lesson5_gpt.train import load_checkpoint, save_checkpoint",
                "def run():",
                f"    model = torch.nn.Linear({self.V}, {self.V})",
                "    p = model.parameters()",
                f"    return model, torch.optim.{kind}",
                "def go_on(model, optimizer, steps):",
                "    for _ in range(steps):",
                "        optimizer.zero_grad()",
                f"        model(torch.ones(1, {self.V})).square().sum().backward()",
                "        optimizer.step()",
                "    return model.weight",
                "(model, optimizer), file = run(), io.BytesIO()",
                f"go_on(model, optimizer, {self.past})",
                f"save_checkpoint(file, model, optimizer, {self.step})",
                "file.seek(0)",
                "(again, its_optimizer) = run()",
                f"print(load_checkpoint(file, again, its_optimizer))  # must be {self.step}",
                "# these two must be equal:",
                f"print(go_on(model, optimizer, {self.future}))",
                f"print(go_on(again, its_optimizer, {self.future}))",
            ]
        )


def stops() -> st.SearchStrategy[Stop]:
    """Runs with momentum or AdamW, stopped after the first step or later."""
    return st.builds(
        Stop,
        st.sampled_from(["sgd", "adamw"]),
        V=st.integers(1, 3),
        past=st.integers(1, 3),
        future=st.integers(1, 3),
        step=st.integers(0, 10_000),
        seed=st.integers(0, 1000),
    )
