"""Cases of functions of q, k and v."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.lessons.lesson3_attention.strategies.numbers import SIZES, WHOLE_ROOTS, numbers, written


@dataclass(frozen=True)
class QKV:
    """Inputs of a function of q, k, v. `lead` are the dimensions before (T, d).

    With `block`, the function is the one that works in blocks; with `ones`, all values are 1.
    """

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
    ones: bool = False

    def _draw(self, which: int, *shape: int) -> Array:
        scale = self.scale if which < 2 else 1.0
        return numbers((*self.lead, *shape), self.seed, which, scale)

    @cached_property
    def q(self) -> Array:
        return self._draw(0, self.Tq, self.d)

    @cached_property
    def k(self) -> Array:
        return self._draw(1, self.Tk, self.d)

    @cached_property
    def v(self) -> Array:
        values = self._draw(2, self.Tk, self.dv)
        if self.ones:
            return np.ones_like(values)
        return values if self.seed else values + np.arange(self.Tk * self.dv).reshape(self.Tk, -1)

    @cached_property
    def up(self) -> Array:
        """The gradient of the loss with respect to y."""
        return self._draw(3, self.Tq, self.dv)

    @property
    def name(self) -> str:
        return "blockwise_attention" if self.block else "scaled_dot_product_attention"

    def call(self, *names: str) -> str:
        """The source of a call with these variables."""
        last = str(self.block) if self.block else f"is_causal={self.causal}"
        return f"{self.name}({', '.join(names)}, {last})"

    def given(self, dtype: str = "float64") -> list[str]:
        """The lines that import the function and make q, k and v."""
        return [
            "import torch",
            f"from lesson3_attention.attention import {self.name}",
            *(f"{name} = {written(getattr(self, name), dtype)}" for name in "qkv"),
        ]

    def snippet(self) -> str:
        call = f"y = {self.call('q', 'k', 'v')}"
        if not self.backward:
            return "\n".join([*self.given(), call, "print(y)"])
        return "\n".join(
            [
                *self.given(),
                "for t in (q, k, v): t.requires_grad_()",
                call,
                f"(y * {written(self.up)}).sum().backward()",
                "print(y, q.grad, k.grad, v.grad, sep='\\n')",
            ]
        )


LEADS = st.sampled_from([(), (1,), (2,), (2, 3)])


@st.composite
def qkv(
    draw: st.DrawFn,
    *,
    causal: bool | None = None,
    square: bool = False,
    scale: float = 1.0,
    block: bool = False,
    backward: bool = False,
    ones: bool = False,
    least: int = 1,
) -> QKV:
    """Odd sizes, no to two leading dimensions, d ≠ dv, one position, more keys than queries.

    Without a mask there may be fewer keys than queries, too. `least` is the fewest of either: from
    two on, a mask hides a key from a query.
    """
    masked = draw(st.booleans()) if causal is None else causal
    Tk = draw(st.integers(least, 7))
    return QKV(
        lead=draw(LEADS),
        Tq=Tk if square else draw(st.integers(least, Tk if masked else 7)),
        Tk=Tk,
        d=draw(SIZES if scale == 1 else WHOLE_ROOTS),
        dv=draw(st.integers(1, 5)),
        causal=masked,
        seed=draw(st.integers(0, 1000)),
        scale=scale,
        block=draw(st.integers(1, 8)) if block else 0,
        backward=backward,
        ones=ones,
    )


@dataclass(frozen=True)
class Future:
    """Keys and values from position t on are replaced: results before t must stay."""

    qkv: QKV
    t: int

    def replaced(self) -> tuple[Array, Array]:
        k, v = self.qkv.k.copy(), self.qkv.v.copy()
        k[..., self.t :, :], v[..., self.t :, :] = 7.0, 1e6
        return k, v

    def snippet(self) -> str:
        t, c = self.t, self.qkv
        return "\n".join(
            [
                *c.given(),
                "k2, v2 = k.clone(), v.clone()",
                f"k2[..., {t}:, :], v2[..., {t}:, :] = 7.0, 1e6",
                f"y, y2 = {c.call('q', 'k', 'v')}, {c.call('q', 'k2', 'v2')}",
                f"print(y[..., :{t}, :], y2[..., :{t}, :], sep='\\n')  # must be equal",
            ]
        )


@st.composite
def futures(draw: st.DrawFn) -> Future:
    """A causal call on two positions or more, and where its future begins."""
    case = draw(qkv(causal=True, square=True).filter(lambda case: case.Tk > 1))
    return Future(case, draw(st.integers(1, case.Tk - 1)))


@dataclass(frozen=True)
class Shuffled:
    """Keys with their values in another order: the result must stay. Queries: it must follow."""

    qkv: QKV

    @cached_property
    def order(self) -> list[int]:
        draw = np.random.default_rng(self.qkv.seed)
        return [int(i) for i in draw.permutation(self.qkv.Tk)]

    def snippet(self) -> str:
        c = self.qkv
        return "\n".join(
            [
                *c.given(),
                f"order = {self.order}",
                f"y = {c.call('q', 'k', 'v')}",
                f"y2 = {c.call('q', 'k[..., order, :]', 'v[..., order, :]')}",
                f"y3 = {c.call('q.flip(-2)', 'k', 'v')}.flip(-2)",
                "print(y, y2, y3, sep='\\n')  # must be equal",
            ]
        )


@dataclass(frozen=True)
class Shifted:
    """The same vector is added to every key: the result must stay."""

    qkv: QKV

    @cached_property
    def shift(self) -> Array:
        return numbers((self.qkv.d,), self.qkv.seed, 4)

    def snippet(self) -> str:
        c = self.qkv
        return "\n".join(
            [
                *c.given(),
                f"shift = {written(self.shift)}",
                f"y, y2 = {c.call('q', 'k', 'v')}, {c.call('q', 'k + shift', 'v')}",
                "print(y, y2, sep='\\n')  # must be equal",
            ]
        )


@dataclass(frozen=True)
class Typed:
    """A case in a dtype and, where `strided`, with inputs that are not contiguous."""

    qkv: QKV
    dtype: str
    strided: bool

    def snippet(self) -> str:
        apart = ["q, k, v = (t.mT.contiguous().mT for t in (q, k, v))"] if self.strided else []
        return "\n".join(
            [
                *self.qkv.given(self.dtype),
                *apart,
                f"y = {self.qkv.call('q', 'k', 'v')}",
                "print(y, y.dtype)",
            ]
        )


@dataclass(frozen=True)
class Long:
    """Many positions, in blocks; no numbers, but memory."""

    T: int
    d: int
    block: int

    def snippet(self) -> str:
        return "\n".join(
            [
                "import resource, torch",
                "from lesson3_attention.attention import blockwise_attention",
                f"q, k, v = torch.randn(3, 1, {self.T}, {self.d})",
                f"blockwise_attention(q, k, v, {self.block})",
                "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # on Linux, in KiB",
            ]
        )
