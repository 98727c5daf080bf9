"""Cases of the loop that trains a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.lessons.lesson5_gpt.driver import Loop
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
    length = block_size + 1 + draw(st.integers(0, 20))
    return BatchCase(length, draw(st.integers(1, 5)), block_size, draw(st.integers(0, 1000)))


@dataclass(frozen=True)
class LoopCase:
    """A run of a bigram model over V tokens. `start` is the step at which it goes on."""

    loop: Loop
    V: int
    seed: int
    start: int = 0

    @cached_property
    def table(self) -> Array:
        return normal(self.seed, 0).normal(size=(self.V, self.V)).round(2)

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
            f"        self.table = nn.Embedding({self.V}, {self.V})",
            "    def forward(self, x, y):",
            "        logits = self.table(x)",
            "        return logits, nn.functional.cross_entropy(logits.mT, y)",
            "model = Bigram()",
            "optimizer = torch.optim.SGD(model.parameters(), lr=1.0)",
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
