"""Cases of an estimate of the loss, and of the loop that trains a model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

from grader.derivatives import Array
from grader.drawn import SEEDS, normal
from grader.lessons.lesson5_gpt.driver import Loop, Run

# What TrainConfig has where nothing is said, so that a snippet need not say it.
DEFAULTS = {
    "accumulation": 1,
    "clip": 1.0,
    "mixed_precision": False,
    "eval_every": 0,
    "seed": 0,
}


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

    def given(self, name: str, loss: str = "") -> list[str]:
        """The lines that make the model, tokens and configuration, and import `name`.

        `loss` is what the model returns, if not the loss itself.
        """
        told = ", ".join(
            f"{k}={v}"
            for k, v in vars(self.loop).items()
            if v != DEFAULTS.get(k)
            and (k != "eval_batches" or self.loop.eval_every or name != "train")
        )
        rng = f"np.random.default_rng([{self.seed}, {{}}])"
        shape = f"size=({self.V + 1}, {self.V})"
        return [
            "import numpy as np",
            "import torch",
            "from torch import nn",
            f"from lesson5_gpt.train import TrainConfig, {name}",
            f"numbers = torch.from_numpy({rng.format(0)}.normal({shape}).round(2))",
            f"tokens = torch.from_numpy({rng.format(1)}.integers(0, {self.V}, 40))",
            "class Bigram(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            "        self.table, self.bias = nn.Parameter(numbers[:-1]), nn.Parameter(numbers[-1])",
            "    def forward(self, x, y):",
            "        logits = self.table[x] + self.bias",
            "        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())",
            f"        return logits, {loss or 'loss'}",
            "model = Bigram()",
            f"config = TrainConfig({told})",
        ]

    def setup(self, momentum: float = 0.0, loss: str = "") -> list[str]:
        """The same, and an optimizer for `train`."""
        more = f", momentum={momentum}" if momentum else ""
        return [
            *self.given("train", loss),
            "groups = [{'params': [p]} for p in model.parameters()]",
            f"optimizer = torch.optim.SGD(groups, lr=123.0{more})  # the rate is yours to set",
        ]

    def snippet(self) -> str:
        start = f", start={self.start}" if self.start else ""
        listens = ", on_eval=print" if self.loop.eval_every else ""
        call = (
            f"print(train(model, optimizer, tokens, config{start}{listens}), *model.parameters())"
        )
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
    return LoopCase(replace(loop, **fixed), draw(st.integers(2, 5)), draw(st.integers(0, SEEDS)))


@dataclass(frozen=True)
class Estimate:
    """An estimate of a model's loss; `training` is the mode in which the model is before."""

    run: LoopCase
    training: bool = True

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.run.given("estimate_loss"),
                f"model.train({self.training})",
                f"generator = torch.Generator().manual_seed({self.run.loop.seed})",
                "print(estimate_loss(model, tokens, config, generator))",
                f"print('training mode:', model.training)  # must be {self.training}",
            ]
        )


def estimates() -> st.SearchStrategy[Estimate]:
    return st.builds(Estimate, loops(eval_batches=4), st.booleans())


def distinct_estimates() -> st.SearchStrategy[Estimate]:
    """Estimates in which no two batches are the same by chance."""
    return st.builds(Estimate, distinct(eval_batches=3))


WATCHED = [
    "seen = []",
    "model.register_forward_pre_hook(lambda _, given: seen.append(given[0].tolist()))",
]


@dataclass(frozen=True)
class Resumed(LoopCase):
    """A whole run, and one that begins at step 4: the snippet compares what the model sees."""

    START = 4

    def snippet(self) -> str:
        skipped = self.START * self.loop.accumulation
        return "\n".join(
            [
                *self.setup(),
                *WATCHED,
                "train(model, optimizer, tokens, config)",
                f"whole, seen[:] = seen[{skipped}:], []",
                f"train(model, optimizer, tokens, config, start={self.START})",
                "print(whole, seen, sep='\\n')  # must be equal",
            ]
        )


def resumed() -> st.SearchStrategy[Resumed]:
    return loops(steps=6, accumulation=2).map(lambda c: Resumed(c.loop, c.V, c.seed))


@dataclass(frozen=True)
class Distinct(LoopCase):
    """A run in which no two batches are the same by chance: many rows, and many kinds of them."""

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.setup(),
                *WATCHED,
                "train(model, optimizer, tokens, config)",
                "print(*(x[0] for x in seen), sep='\\n')  # each batch's first row",
            ]
        )


def distinct(**fixed: Any) -> st.SearchStrategy[Distinct]:
    found = loops(batch_size=8, block_size=8, **fixed)
    return found.map(lambda c: Distinct(c.loop, 5, c.seed))


@dataclass(frozen=True)
class LowPrecision(LoopCase):
    """A run with mixed precision; the snippet shows in what its products are taken."""

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.setup(),
                "a = torch.ones(1, 1)",
                "model.register_forward_pre_hook(lambda *_: print((a @ a).dtype))  # bfloat16",
                "train(model, optimizer, tokens, config)",
            ]
        )


def low_precision() -> st.SearchStrategy[LowPrecision]:
    found = loops(mixed_precision=True)
    return found.map(lambda c: LowPrecision(c.loop, c.V, c.seed))


@dataclass(frozen=True)
class Deaf(LoopCase):
    """A run that would evaluate, and has nobody to tell."""

    def snippet(self) -> str:
        call = "print(train(model, optimizer, tokens, config))  # without on_eval"
        return "\n".join([*self.setup(), call])


def deaf() -> st.SearchStrategy[Deaf]:
    return loops(steps=3, eval_every=2).map(lambda c: Deaf(c.loop, c.V, c.seed))


@dataclass(frozen=True)
class Pieces:
    """A run that is cut before these steps, with the same model and optimizer throughout."""

    run: LoopCase
    cuts: tuple[int, ...]
    momentum: float = 0.9

    @property
    def bounds(self) -> list[tuple[int, int | None]]:
        return list(zip((0, *self.cuts), (*self.cuts, self.run.loop.steps), strict=True))

    def snippet(self) -> str:
        calls = [
            f"print(train(model, optimizer, tokens, config, start={start}, stop={stop}))"
            for start, stop in self.bounds
        ]
        return "\n".join([*self.run.setup(self.momentum), *calls, "print(*model.parameters())"])


@st.composite
def pieces(draw: st.DrawFn) -> Pieces:
    """Runs in two or three pieces; one may be empty."""
    steps = draw(st.integers(2, 6))
    cuts = sorted(draw(st.lists(st.integers(1, steps), min_size=1, max_size=2)))
    return Pieces(draw(loops(steps=steps, clip=100.0)), tuple(cuts))


@dataclass(frozen=True)
class Mode:
    """A short run of a model that is in training mode before, or is not."""

    training: bool

    @property
    def run(self) -> LoopCase:
        return LoopCase(Loop(steps=3, batch_size=2, block_size=2), 3, seed=1)

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.run.setup(),
                f"model.train({self.training})",
                "train(model, optimizer, tokens, config)",
                f"print('training mode:', model.training)  # must be {self.training}",
            ]
        )


@dataclass(frozen=True)
class Diverging:
    """A run whose loss is not finite in one step."""

    step: int
    loss: float

    @property
    def case(self) -> LoopCase:
        return LoopCase(Loop(steps=6, batch_size=2, block_size=2), 3, seed=self.step)

    @property
    def run(self) -> Run:
        return Run(bad_pass=self.step, bad_loss=self.loss)

    def snippet(self) -> str:
        factors = ["1.0"] * 6
        factors[self.step] = f"float('{self.loss}')"
        return "\n".join(
            [
                f"factors = iter([{', '.join(factors)}])",
                *self.case.setup(loss="loss * next(factors)"),
                "try:",
                "    train(model, optimizer, tokens, config)",
                f"except ValueError as error:  # this must happen, and name step {self.step}",
                "    print(error)",
                "print(*model.parameters())  # must be finite",
            ]
        )


def diverging() -> st.SearchStrategy[Diverging]:
    losses = st.sampled_from([math.nan, math.inf, -math.inf])
    return st.builds(Diverging, st.integers(0, 4), losses)
