"""Cases of LayerScale and of residual connections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, normal, played, tensor
from grader.norms import SHAPES

FILE = "lesson8_normalization.residual"


@dataclass(frozen=True)
class Scaled:
    """An input of a LayerScale, and its factors."""

    shape: tuple[int, ...]
    seed: int

    @cached_property
    def x(self) -> Array:
        return normal(self.seed, 0).normal(size=self.shape).round(1)

    @cached_property
    def gamma(self) -> Array:
        return normal(self.seed, 1).normal(size=self.shape[-1:]).round(2)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 2).normal(size=self.shape).round(2)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                f"from {FILE} import LayerScale",
                f"scale = LayerScale({self.shape[-1]}).double()",
                f"scale.gamma.data = {tensor(self.gamma)}",
                *played("scale", self.x, self.up),
            ]
        )


def scaled() -> st.SearchStrategy[Scaled]:
    return st.builds(Scaled, SHAPES, SEED)


@dataclass(frozen=True)
class NewScale:
    """A LayerScale as it starts; without `init`, with its own."""

    dim: int
    init: float | None

    def snippet(self) -> str:
        given = f"{self.dim}" if self.init is None else f"{self.dim}, {self.init}"
        return f"from {FILE} import LayerScale\nprint(LayerScale({given}).gamma)"


def new_scales() -> st.SearchStrategy[NewScale]:
    return st.builds(NewScale, st.integers(1, 4), st.sampled_from([None, 1.0, 0.1, 1e-6]))


PARTS = """
class Part(nn.Module):
    def __init__(self, run, weight):
        super().__init__()
        self.run, self.weight = run, nn.Parameter(weight)
    def forward(self, x):
        return self.run(x, self.weight)
"""
RUNS = {
    "part": "lambda x, w: torch.tanh(x @ w.T)",
    "norm": "lambda x, w: x**3 * w",
    "scale": "lambda x, w: w * x",
}


@dataclass(frozen=True)
class Stream:
    """A residual connection around tanh(x·Wᵀ), with the parts that the driver hands in."""

    shape: tuple[int, ...]
    norm: bool
    scale: bool
    seed: int

    @cached_property
    def x(self) -> Array:
        return normal(self.seed, 0).normal(size=self.shape).round(1)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 1).normal(size=self.shape).round(2)

    @cached_property
    def weights(self) -> Named:
        C = self.shape[-1]
        sizes = {"part": (C, C), "norm": (C,), "scale": (C,)}
        used = ["part", *(n for n in ("norm", "scale") if getattr(self, n))]
        return {n: normal(self.seed, 2, len(n)).normal(size=sizes[n]).round(2) for n in used}

    def snippet(self) -> str:
        parts = [f"{n} = Part({RUNS[n]}, {tensor(w)})" for n, w in self.weights.items()]
        given = "".join(f", {n}={n}" for n in self.weights if n != "part")
        return "\n".join(
            [
                "import torch",
                "from torch import nn",
                f"from {FILE} import Residual",
                *PARTS.strip().splitlines(),
                *parts,
                f"residual = Residual(part{given})",
                *played("residual", self.x, self.up),
            ]
        )


def streams() -> st.SearchStrategy[Stream]:
    return st.builds(Stream, SHAPES, st.booleans(), st.booleans(), SEED)


@dataclass(frozen=True)
class Stretched:
    """A part that answers with another shape than it was given."""

    shape: tuple[int, ...]
    answer: tuple[int, ...]

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                f"from {FILE} import Residual",
                "class Part(torch.nn.Module):",
                "    def forward(self, x):",
                f"        return torch.zeros({self.answer})",
                f"Residual(Part())(torch.ones({self.shape}))  # must be a ValueError",
            ]
        )


STRETCHED = (
    Stretched((2, 3), (2, 1)),
    Stretched((2, 3), (3,)),
    Stretched((2, 1), (2, 3)),
    Stretched((2, 3), ()),
    Stretched((3,), (2, 3)),
)
