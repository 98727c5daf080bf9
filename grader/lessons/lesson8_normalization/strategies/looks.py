"""Cases of the diagnostics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.drawn import SEED, normal, tensor
from grader.lessons.lesson8_normalization.driver import Network

FILE = "lesson8_normalization.diagnostics"
LIMIT = 0.97


@dataclass(frozen=True)
class Numbers:
    """Numbers with two decimals, some of them at the limit of saturation."""

    shape: tuple[int, ...]
    limit: float
    seed: int

    @cached_property
    def x(self) -> Array:
        draw = normal(self.seed, 0)
        x = draw.normal(size=self.shape).round(2)
        edge = draw.choice([-self.limit, self.limit], size=self.shape)
        return np.where(draw.random(self.shape) < 0.3, edge, x)

    def snippet(self) -> str:
        return _described(self.x, f"limit={self.limit}", "found.mean, found.std, found.saturation")


def _described(x: Array, given: str, seen: str) -> str:
    return "\n".join(
        [
            "import torch",
            f"from {FILE} import describe",
            f"found = describe({tensor(x)}{'.mT' if x.ndim > 1 else ''}, {given})",
            f"print({seen})",
        ]
    )


def numbers() -> st.SearchStrategy[Numbers]:
    shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
    many = shapes.filter(lambda shape: int(np.prod(shape)) > 1)
    return st.builds(Numbers, many, st.sampled_from([LIMIT, 0.5]), SEED)


@dataclass(frozen=True)
class Bars:
    """Eighths, spread over `bins` bars, each of which is `wide` eighths wide.

    So the borders of bars are eighths too, which any way to compute them gives exactly, and many
    numbers lie there. `wide` 0: all numbers are the same.
    """

    bins: int
    wide: int
    low: int
    count: int
    seed: int

    @cached_property
    def x(self) -> Array:
        most = self.bins * self.wide
        inside = normal(self.seed, 0).integers(0, most + 1, size=self.count)
        return (self.low + np.concatenate([inside, [0, most]])) / 8

    def snippet(self) -> str:
        return _described(self.x, f"bins={self.bins}", "found.density, found.edges")


def bars() -> st.SearchStrategy[Bars]:
    low, count = st.integers(-9, 9), st.integers(0, 8)
    spread = st.builds(Bars, st.integers(1, 6), st.integers(1, 4), low, count, SEED)
    # Not 6: the middle of six bars of 1/6 is no number that floats hold.
    equal = st.builds(Bars, st.sampled_from([1, 2, 3, 4, 5]), st.just(0), low, count, SEED)
    return st.one_of(spread, spread, spread, equal)


@dataclass(frozen=True)
class Chain:
    """A chain of linear layers and tanhs, of which some may be cut off, or idle."""

    blocks: int
    stops: int
    idle: int
    kind: str
    seed: int

    @cached_property
    def network(self) -> Network:
        draw = normal(self.seed, 0)
        weights = [draw.normal(size=(2, 2)).round(1) for _ in range(self.blocks)]
        x = draw.normal(size=(3, 2)).round(1)
        return Network(weights, x, self.stops, self.idle)

    def snippet(self) -> str:
        skipped = f"        if i != {self.idle}:  # that is idle\n    " if self.idle >= 0 else ""
        cut = f"\n        x = x.detach() if i == {self.stops} else x" if self.stops >= 0 else ""
        return f"""import torch
from torch import nn
from {FILE} import observe
model = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range({self.blocks})))
def loss(x={tensor(self.network.x, "float32")}):
    for i, block in enumerate(model):
{skipped}        x = block(x){cut}
    return x.square().mean()
for name, (output, gradient) in observe(model, nn.{self.kind}, loss).items():
    print(name, output, gradient, sep='\\n')
print([p.grad for p in model.parameters()])  # must be None, all of them"""


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Of two to four blocks; each that is cut off or idle lies before the last."""
    blocks = draw(st.integers(2, 4))
    place = st.integers(-1, blocks - 2)
    return Chain(
        blocks, draw(place), draw(place), draw(st.sampled_from(["Tanh", "Linear"])), draw(SEED)
    )


@dataclass(frozen=True)
class Step:
    """A parameter before and after a step; where it is `still`, nothing has moved."""

    shape: tuple[int, ...]
    rate: float
    still: bool
    seed: int

    @cached_property
    def before(self) -> Array:
        draw = normal(self.seed, 0)
        return (3.0 + draw.normal(size=self.shape)).round(2)

    @cached_property
    def after(self) -> Array:
        move = normal(self.seed, 1).normal(size=self.shape) + 1.0
        return np.asarray(self.before if self.still else self.before - self.rate * move)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                f"from {FILE} import update_ratio",
                f"before = {tensor(self.before)}",
                f"after = {tensor(self.after)}",
                "print(update_ratio(before, after))",
            ]
        )


def steps() -> st.SearchStrategy[Step]:
    shapes = st.tuples(st.integers(2, 4), st.integers(1, 3))
    rates = st.sampled_from([1e-1, 1e-2, 1e-3])
    return st.builds(Step, shapes, rates, st.sampled_from([False, False, False, True]), SEED)
