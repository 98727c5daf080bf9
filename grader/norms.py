"""Norms over the last dimension, which several lessons have: the right answers, and cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, normal, played, tensor, weights

EPS = 1e-5

# A norm divides numbers with one decimal, and these are rounded where a right one computes in
# float32, with u = 6e-8. Two numbers of a token are equal or apart by 0.1 at least, so that it
# divides by 0.04 or more, unless all are equal.
# - Numbers up to 3, rounded by 3 u, and divided by 0.04: off by 5e-6.
# - Where two numbers become ±1, the terms of their gradient, up to 4 · 3 / 0.04, cancel: 2 u of
#   these are 4e-5.
TOLERANCE = 1e-4
# In float32 the mean of numbers near 4096 is rounded by up to 2.4e-4. Whole numbers that differ
# deviate by 0.43 at least, so that with a gain of 3 the result is off by up to 2e-3. E[x²] is near
# 2²⁴, where float32 counts by ones and twos: a variance taken from it is off by about 1, or below
# 0. Measured: 2e-4. Five times the bound is allowed.
OFFSET = 1e-2


def layer_norm(
    x: Array, weight: Array, bias: Array | float = 0.0, eps: float = EPS, axis: int = -1
) -> Array:
    """(x − mean) / √(variance + eps) over a dimension, times the gain, plus the bias."""
    centred = x - x.mean(axis=axis, keepdims=True)
    y: Array = rms_norm(centred, weight, eps, axis) + bias
    return y


def rms_norm(x: Array, weight: Array, eps: float = EPS, axis: int = -1) -> Array:
    """x / √(mean of x² + eps) over a dimension, times the gain."""
    y: Array = x / np.sqrt((x * x).mean(axis=axis, keepdims=True) + eps) * weight
    return y


@dataclass(frozen=True)
class NormCase:
    """Inputs of a norm, of the size of `scale`; `backward`: the snippet shows gradients.

    `place` is where the norm is imported from; without `eps` it is made with its own.
    """

    shape: tuple[int, ...]
    bias: bool
    scale: float
    seed: int
    backward: bool
    place: str
    eps: float | None = None

    @cached_property
    def x(self) -> Array:
        return self.scale * normal(self.seed, 0).normal(size=self.shape).round(1)

    @cached_property
    def weights(self) -> Named:
        names = {"weight": self.shape[-1:]} | ({"bias": self.shape[-1:]} if self.bias else {})
        return weights(names, self.seed)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 9).normal(size=self.shape).round(2)

    def snippet(self) -> str:
        rows = [f"norm.{name}.data = {tensor(w)}" for name, w in self.weights.items()]
        return "\n".join(
            [
                "import torch",
                *new(self.place, f"{self.shape[-1]}, {self.bias}", self.eps, ".double()"),
                *rows,
                *played("norm", self.x, self.up if self.backward else None),
            ]
        )


def new(place: str, arguments: str, eps: float | None = None, then: str = "") -> list[str]:
    """Code that imports a norm and makes one."""
    module, _, name = place.rpartition(".")
    given = arguments if eps is None else f"{arguments}, {eps}"
    return [f"from {module} import {name}", f"norm = {name}({given}){then}"]


@dataclass(frozen=True)
class FarNorm(NormCase):
    """In float32, and near 4096: whole numbers, each of which float32 holds exactly."""

    @cached_property
    def x(self) -> Array:
        return (4096 + self.scale * normal(self.seed, 0).normal(size=self.shape)).round()

    def snippet(self) -> str:
        return super().snippet().replace(".double()", "").replace("float64", "float32")


@dataclass(frozen=True)
class NewNorm:
    """A norm as it starts."""

    n: int
    bias: bool
    place: str

    def snippet(self) -> str:
        made = new(self.place, f"{self.n}, {self.bias}")
        return "\n".join([*made, "print(*norm.named_parameters(), sep='\\n')"])


SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4).map(tuple)  # two to four dimensions


def norms(
    place: str,
    *scales: float,
    bias: st.SearchStrategy[bool] | None = None,
    eps: st.SearchStrategy[float | None] | None = None,
    backward: bool = False,
) -> st.SearchStrategy[NormCase]:
    """Inputs of these sizes, with and without a bias; without any size, of about 1."""
    return st.builds(
        NormCase,
        SHAPES,
        st.booleans() if bias is None else bias,
        st.sampled_from(scales or (1.0,)),
        SEED,
        st.just(backward),
        st.just(place),
        st.none() if eps is None else eps,
    )


def far_norms(place: str) -> st.SearchStrategy[FarNorm]:
    return st.builds(
        FarNorm, SHAPES, st.booleans(), st.just(4.0), SEED, st.just(False), st.just(place)
    )


def new_norms(place: str) -> st.SearchStrategy[NewNorm]:
    return st.builds(NewNorm, st.integers(1, 5), st.booleans(), st.just(place))
