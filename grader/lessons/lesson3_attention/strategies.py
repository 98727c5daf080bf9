"""Cases of lesson 3, and the code that a learner can paste to see one fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.lessons.lesson3_attention.driver import Sizes

Array = NDArray[Any]


def numbers(shape: tuple[int, ...], seed: int, scale: float = 1.0) -> Array:
    """Numbers for a seed: for seed 0 small whole ones that read well, else normal ones."""
    draw = np.random.default_rng([seed, len(shape), *shape])
    if seed == 0:
        return draw.integers(-2, 3, shape).astype(np.float64) * scale
    return draw.normal(size=shape).round(2) * scale


def written(a: Array) -> str:
    """The array as the source of a float64 tensor."""
    return f"torch.tensor({a.tolist()}, dtype=torch.float64)"


@dataclass(frozen=True)
class QKV:
    """Inputs of a function of q, k, v. `lead` are the dimensions before (T, d)."""

    lead: tuple[int, ...]
    Tq: int
    Tk: int
    d: int
    dv: int
    causal: bool
    seed: int
    scale: float = 1.0
    block: int = 0
    backward: bool = False

    def _draw(self, which: int, *shape: int) -> Array:
        scale = self.scale if which < 2 else 1.0
        return numbers((*self.lead, *shape), self.seed * 4 + which if self.seed else 0, scale)

    @cached_property
    def q(self) -> Array:
        return self._draw(0, self.Tq, self.d)

    @cached_property
    def k(self) -> Array:
        return self._draw(1, self.Tk, self.d)

    @cached_property
    def v(self) -> Array:
        values = self._draw(2, self.Tk, self.dv)
        return values if self.seed else values + np.arange(self.Tk * self.dv).reshape(self.Tk, -1)

    @cached_property
    def up(self) -> Array:
        return self._draw(3, self.Tq, self.dv)

    def snippet(self) -> str:
        name = "blockwise_attention" if self.block else "scaled_dot_product_attention"
        call = f"{name}(q, k, v, {self.block or f'is_causal={self.causal}'})"
        if self.backward:
            ends = [
                "for t in (q, k, v): t.requires_grad_()",
                f"(y * {written(self.up)}).sum().backward()",
                "print(y, q.grad, k.grad, v.grad, sep='\\n')",
            ]
        else:
            ends = ["print(y)"]
        return "\n".join(
            [
                "import torch",
                f"from lesson3_attention.attention import {name}",
                f"q = {written(self.q)}",
                f"k = {written(self.k)}",
                f"v = {written(self.v)}",
                *ends[:-2],
                f"y = {call}",
                *ends[-2:],
            ]
        )


@st.composite
def qkv(
    draw: st.DrawFn,
    *,
    causal: bool | None = None,
    square: bool = False,
    scale: float = 1.0,
    block: bool = False,
    backward: bool = False,
) -> QKV:
    """Odd sizes, no or two leading dimensions, d ≠ dv, fewer queries than keys, one position."""
    Tk = draw(st.integers(1, 7))
    return QKV(
        lead=draw(st.sampled_from([(), (1,), (2,), (2, 3)])),
        Tq=Tk if square else draw(st.integers(1, Tk)),
        Tk=Tk,
        d=draw(st.integers(1, 5)),
        dv=draw(st.integers(1, 5)),
        causal=draw(st.booleans()) if causal is None else causal,
        seed=draw(st.integers(0, 1000)),
        scale=scale,
        block=draw(st.integers(1, 8)) if block else 0,
        backward=backward,
    )


@dataclass(frozen=True)
class ModuleCase:
    """A module, its weights and an input x (B, T, C)."""

    sizes: Sizes
    B: int
    T: int
    seed: int
    backward: bool = False

    @cached_property
    def weights(self) -> dict[str, Array]:
        s = self.sizes
        C, inner = s.n_embd, s.n_head * s.head_size
        head = {f"{name}.weight": (s.head_size, C) for name in ("key", "query", "value")}
        shapes: dict[str, tuple[int, ...]]
        if s.kind == "head":
            shapes = dict(head)
        elif s.kind == "multihead":
            shapes = {f"heads.{i}.{n}": x for i in range(s.n_head) for n, x in head.items()}
            shapes |= {"proj.weight": (C, inner), "proj.bias": (C,)}
        else:
            shapes = {"c_attn.weight": (3 * C, C), "c_proj.weight": (C, C)}
            if s.bias:
                shapes |= {"c_attn.bias": (3 * C,), "c_proj.bias": (C,)}
        return {
            name: np.random.default_rng([self.seed, i]).normal(size=shape).round(2)
            for i, (name, shape) in enumerate(sorted(shapes.items()))
        }

    @cached_property
    def x(self) -> Array:
        return numbers((self.B, self.T, self.sizes.n_embd), self.seed)

    @property
    def width(self) -> int:
        """The size of the output's last dimension."""
        return self.sizes.head_size if self.sizes.kind == "head" else self.sizes.n_embd

    @cached_property
    def up(self) -> Array:
        return numbers((self.B, self.T, self.width), self.seed + 1)

    def snippet(self) -> str:
        s = self.sizes
        rest = f"n_embd={s.n_embd}, block_size={s.block_size}, dropout={s.dropout}"
        name, arguments = {
            "head": ("Head", f"{s.head_size}, {rest}"),
            "multihead": ("MultiHeadAttention", f"{s.n_head}, {s.head_size}, {rest}"),
            "attention": (
                "CausalSelfAttention",
                f"SimpleNamespace({rest}, n_head={s.n_head}, bias={s.bias})",
            ),
        }[s.kind]
        imports = ["from types import SimpleNamespace"] if s.kind == "attention" else []
        weights = [f"    {name!r}: {written(w)}," for name, w in self.weights.items()]
        ends = ["print(y)"]
        if self.backward:
            ends = [
                f"(y * {written(self.up)}).sum().backward()",
                "print(x.grad, *((n, p.grad) for n, p in module.named_parameters()), sep='\\n')",
            ]
        return "\n".join(
            [
                *imports,
                "import torch",
                f"from lesson3_attention.attention import {name}",
                f"x = {written(self.x)}" + (".requires_grad_()" if self.backward else ""),
                f"module = {name}({arguments}).double().eval()",
                "module.load_state_dict({",
                *weights,
                "}, strict=False)",
                "y = module(x)",
                *ends,
            ]
        )


@st.composite
def modules(
    draw: st.DrawFn, kind: str, *, longer: bool = False, backward: bool = False
) -> ModuleCase:
    """Modules of odd widths, with T up to the context, and one, two or three heads."""
    n_head = 1 if kind == "head" else draw(st.integers(1, 3))
    head_size = draw(st.integers(1, 4))
    free = kind != "attention"
    T = draw(st.integers(2 if longer else 1, 7))
    return ModuleCase(
        sizes=Sizes(
            kind=kind,
            n_embd=draw(st.integers(1, 6)) if free else n_head * head_size,
            n_head=n_head,
            head_size=head_size,
            block_size=T + draw(st.integers(0, 2)),
            bias=draw(st.booleans()),
        ),
        B=draw(st.integers(1, 3)),
        T=T,
        seed=draw(st.integers(0, 1000)),
        backward=backward,
    )
