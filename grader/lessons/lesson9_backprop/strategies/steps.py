"""Cases of single steps, and of the steps of cross-entropy and batch norm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, normal, tensor
from grader.lessons.lesson9_backprop import oracle

FEW = st.integers(1, 4)


def imported(name: str, file: str) -> list[str]:
    return ["import torch", f"from lesson9_backprop.{file} import {name}"]


@dataclass(frozen=True)
class Looked:
    """Tokens Xb (n, T) that were looked up in C (V, d), and what flows back."""

    V: int
    d: int
    n: int
    T: int
    seed: int
    strided: bool

    @cached_property
    def Xb(self) -> Array:  # noqa: N802 (the lecture's name for it)
        return normal(self.seed, 0).integers(0, self.V, (self.n, self.T))

    @cached_property
    def demb(self) -> Array:
        return normal(self.seed, 1).normal(size=(self.n, self.T, self.d)).round(2)

    @cached_property
    def C(self) -> Array:  # noqa: N802
        return normal(self.seed, 2).normal(size=(self.V, self.d)).round(2)

    def snippet(self) -> str:
        return "\n".join(
            [
                *imported("embedding_backward", "steps"),
                f"Xb = {tensor(self.Xb)}",
                f"demb = {_laid(self.demb, self.strided)}",
                f"C = {_laid(self.C, self.strided)}",
                "print(embedding_backward(demb, Xb, C))",
            ]
        )


def looked() -> st.SearchStrategy[Looked]:
    """Tokens that come once, several times, or never."""
    return st.builds(Looked, st.integers(1, 6), FEW, FEW, FEW, SEED, st.booleans())


def _laid(a: Array, strided: bool) -> str:
    """Code that makes a tensor; `strided`: in memory in the other order."""
    if not strided or a.ndim < 2:
        return tensor(a)
    axes = ", ".join(map(str, reversed(range(a.ndim))))
    return f"{tensor(a.transpose())}.permute({axes})"


@dataclass(frozen=True)
class Product:
    """A linear layer from `fan_in` to `fan_out` numbers, for n rows."""

    n: int
    fan_in: int
    fan_out: int
    seed: int
    strided: bool

    @cached_property
    def arrays(self) -> Named:
        sizes = {
            "dout": (self.n, self.fan_out),
            "x": (self.n, self.fan_in),
            "W": (self.fan_in, self.fan_out),
        }
        draw = normal(self.seed)
        return {name: draw.normal(size=size).round(2) for name, size in sizes.items()}

    def snippet(self) -> str:
        made = [f"{name} = {_laid(a, self.strided)}" for name, a in self.arrays.items()]
        call = "print(*linear_backward(dout, x, W), sep='\\n')"
        return "\n".join([*imported("linear_backward", "steps"), *made, call])


def products() -> st.SearchStrategy[Product]:
    return st.builds(Product, FEW, FEW, FEW, SEED, st.booleans())


@dataclass(frozen=True)
class Squashed:
    """Numbers before tanh, small or so large that it is 1, and what flows back."""

    shape: tuple[int, ...]
    scale: float
    seed: int

    @cached_property
    def hpreact(self) -> Array:
        return (normal(self.seed, 0).normal(size=self.shape) * self.scale).round(2)

    @cached_property
    def dh(self) -> Array:
        return normal(self.seed, 1).normal(size=self.shape).round(2)

    def snippet(self) -> str:
        return "\n".join(
            [
                *imported("tanh_backward", "steps"),
                f"h = torch.tanh({tensor(self.hpreact)})",
                f"print(tanh_backward({tensor(self.dh)}, h))",
            ]
        )


def squashed() -> st.SearchStrategy[Squashed]:
    shapes = st.lists(FEW, min_size=1, max_size=3).map(tuple)
    return st.builds(Squashed, shapes, st.sampled_from([1.0, 30.0]), SEED)


# --- cross-entropy ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Logits:
    """Logits (n, V) of some size, each row moved by a number of its own, and targets (n,)."""

    n: int
    V: int
    scale: float
    seed: int
    strided: bool
    file: str = "steps"

    @cached_property
    def logits(self) -> Array:
        draw = normal(self.seed, 0)
        moved = draw.normal(size=(self.n, self.V)) + 3 * draw.normal(size=(self.n, 1))
        return (moved * self.scale).round(2)

    @cached_property
    def Yb(self) -> Array:  # noqa: N802
        return normal(self.seed, 1).integers(0, self.V, self.n)

    @cached_property
    def values(self) -> Named:
        return dict(oracle.cross_entropy({}, self.logits, self.Yb))

    def snippet(self) -> str:
        given = [f"logits = {_laid(self.logits, self.strided)}", f"Yb = {tensor(self.Yb)}"]
        if self.file == "fused":
            imports = imported("cross_entropy_backward", "fused")
            return "\n".join([*imports, *given, "print(cross_entropy_backward(logits, Yb))"])
        names = "cross_entropy_steps, cross_entropy_steps_backward"
        calls = [
            "v = cross_entropy_steps(logits, Yb)",
            "for name, gradient in cross_entropy_steps_backward(v, Yb).items():",
            "    print(name, gradient)",
        ]
        return "\n".join([*imported(names, "steps"), *given, *calls])


def logits(
    scales: tuple[float, ...] = (1.0, 5.0), file: str = "steps"
) -> st.SearchStrategy[Logits]:
    """Up to five rows; up to six tokens to choose from, or just one."""
    rows, V = st.integers(1, 5), st.integers(1, 6)
    return st.builds(
        Logits, rows, V, st.sampled_from(scales), SEED, st.booleans(), file=st.just(file)
    )


# --- batch norm ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Columns:
    """Numbers (n, H) before batch norm, of some size and far from 0, and what flows back.

    `flat`: the first column is the same in every row.
    """

    n: int
    H: int
    scale: float
    offset: float
    flat: bool
    seed: int
    strided: bool
    file: str = "steps"

    @cached_property
    def hprebn(self) -> Array:
        found = normal(self.seed, 0).normal(size=(self.n, self.H)) * self.scale + self.offset
        found[:, :1] = found[:1, :1] if self.flat else found[:, :1]
        return found.round(4)

    @cached_property
    def values(self) -> Named:
        draw = normal(self.seed, 1)
        gain, bias = 1 + draw.normal(size=(1, self.H)) / 2, draw.normal(size=(1, self.H))
        return dict(oracle.batchnorm({}, self.hprebn, gain.round(2), bias.round(2)))

    @cached_property
    def dhpreact(self) -> Array:
        return normal(self.seed, 2).normal(size=(self.n, self.H)).round(2)

    def loss(self, moved: Named) -> Array:
        """What `dhpreact` is the gradient of."""
        v = self.values
        got = oracle.batchnorm(moved, v["hprebn"], v["bngain"], v["bnbias"])
        return np.asarray((got["hpreact"] * self.dhpreact).sum())

    def snippet(self) -> str:
        given = {n: self.values[n] for n in ("hprebn", "bngain", "bnbias")}
        given["dhpreact"] = self.dhpreact
        lines = [f"{name} = {_laid(a, self.strided)}" for name, a in given.items()]
        lines.append("v = batchnorm_steps(hprebn, bngain, bnbias)")
        if self.file == "fused":
            imports = [
                *imported("batchnorm_steps", "steps"),
                "from lesson9_backprop.fused import batchnorm_backward",
            ]
            call = "print(batchnorm_backward(dhpreact, v.bnraw, v.bnvar_inv, bngain))"
            return "\n".join([*imports, *lines, call])
        calls = [
            "for name, gradient in batchnorm_steps_backward(v, dhpreact).items():",
            "    print(name, gradient)",
        ]
        imports = imported("batchnorm_steps, batchnorm_steps_backward", "steps")
        return "\n".join([*imports, *lines, *calls])


def columns(file: str = "steps") -> st.SearchStrategy[Columns]:
    """Two rows or more; variances about 1, and of the size of eps or below; means far from 0."""
    return st.builds(
        Columns,
        n=st.integers(2, 6),
        H=st.integers(1, 4),
        scale=st.sampled_from([1.0, 0.003, 20.0]),
        offset=st.sampled_from([0.0, 50.0]),
        flat=st.booleans(),
        seed=SEED,
        strided=st.booleans(),
        file=st.just(file),
    )
