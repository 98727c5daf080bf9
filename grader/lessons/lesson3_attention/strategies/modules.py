"""Cases of modules, with their weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.lessons.lesson3_attention.driver import Sizes
from grader.lessons.lesson3_attention.strategies.numbers import WHOLE_ROOTS, numbers, written


def made(sizes: Sizes, weights: Named, mode: str) -> list[str]:
    """The lines that make a module in float64, with these weights; `mode` is eval or train."""
    s = sizes
    rest = f"n_embd={s.n_embd}, block_size={s.block_size}, dropout={s.dropout}"
    name, arguments = {
        "head": ("Head", f"{s.head_size}, {rest}"),
        "multihead": ("MultiHeadAttention", f"{s.n_head}, {s.head_size}, {rest}"),
        "attention": (
            "CausalSelfAttention",
            f"SimpleNamespace({rest}, n_head={s.n_head}, bias={s.bias})",
        ),
    }[s.kind]
    return [
        *(["from types import SimpleNamespace"] if s.kind == "attention" else []),
        "import torch",
        f"from lesson3_attention.attention import {name}",
        f"module = {name}({arguments}).double().{mode}()",
        "module.load_state_dict({",
        *(f"    {name!r}: {written(w)}," for name, w in weights.items()),
        "}, strict=False)",
    ]


def shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The parameters of a module, by name."""
    s, C = sizes, sizes.n_embd
    found: dict[str, tuple[int, ...]] = {}
    if s.kind == "attention":
        found |= {"c_attn.weight": (3 * C, C), "c_proj.weight": (C, C)}
        return found | ({"c_attn.bias": (3 * C,), "c_proj.bias": (C,)} if s.bias else {})
    prefixes = [""] if s.kind == "head" else [f"heads.{i}." for i in range(s.n_head)]
    for prefix in prefixes:
        found |= {f"{prefix}{name}.weight": (s.head_size, C) for name in ("key", "query", "value")}
    if s.kind == "multihead":
        found |= {"proj.weight": (C, s.n_head * s.head_size), "proj.bias": (C,)}
    return found


@dataclass(frozen=True)
class ModuleCase:
    """A module, its weights and an input x (B, T, C) of the size of `scale`."""

    sizes: Sizes
    B: int
    T: int
    seed: int
    scale: float = 1.0
    backward: bool = False

    @cached_property
    def weights(self) -> Named:
        plain = self.seed == 0 or self.scale != 1
        return {
            name: numbers(shape, self.seed, i, 0.5 if plain else 1.0)
            for i, (name, shape) in enumerate(sorted(shapes(self.sizes).items()))
        }

    @cached_property
    def x(self) -> Array:
        return numbers((self.B, self.T, self.sizes.n_embd), self.seed, 98, self.scale)

    @property
    def width(self) -> int:
        """The size of the output's last dimension."""
        return self.sizes.head_size if self.sizes.kind == "head" else self.sizes.n_embd

    @cached_property
    def up(self) -> Array:
        """The gradient of the loss with respect to y."""
        return numbers((self.B, self.T, self.width), self.seed, 99)

    def given(self) -> list[str]:
        """The lines that make the module and x."""
        x = f"x = {written(self.x)}" + (".requires_grad_()" if self.backward else "")
        return [*made(self.sizes, self.weights, "eval"), x]

    def snippet(self) -> str:
        ends = ["print(y)"]
        if self.backward:
            ends = [
                f"(y * {written(self.up)}).sum().backward()",
                "print(y, x.grad, *((n, p.grad) for n, p in module.named_parameters()), sep='\\n')",
            ]
        return "\n".join([*self.given(), "y = module(x)", *ends])


@st.composite
def modules(
    draw: st.DrawFn,
    kind: str,
    *,
    longer: bool = False,
    scale: float = 1.0,
    dropout: float = 0.0,
    backward: bool = False,
) -> ModuleCase:
    """Modules of odd widths, with T up to the context, and one, two or three heads."""
    n_head = 1 if kind == "head" else draw(st.integers(1, 3))
    head_size = draw(st.integers(1, 4) if scale == 1 else WHOLE_ROOTS)
    free = kind != "attention"
    T = draw(st.integers(2 if longer else 1, 7))
    return ModuleCase(
        sizes=Sizes(
            kind=kind,
            n_embd=draw(st.integers(1, 6)) if free else n_head * head_size,
            n_head=n_head,
            head_size=head_size,
            block_size=T + draw(st.integers(0, 2)),
            dropout=dropout,
            bias=draw(st.booleans()),
        ),
        B=draw(st.integers(1, 3)),
        T=T,
        seed=draw(st.integers(0, 1000)),
        scale=scale,
        backward=backward,
    )


@st.composite
def far(draw: st.DrawFn, kind: str) -> ModuleCase:
    """Long rows through a module as narrow as can be."""
    T = draw(st.integers(8, 130))
    return ModuleCase(Sizes(kind, 1, 1, 1, T), B=1, T=T, seed=draw(st.integers(0, 1000)))


@dataclass(frozen=True)
class ModuleFuture:
    """x from position t on is replaced: results before t must stay."""

    module: ModuleCase
    t: int

    def replaced(self) -> Array:
        x = self.module.x.copy()
        x[:, self.t :] += 5.0
        return x

    def snippet(self) -> str:
        t = self.t
        return "\n".join(
            [
                *self.module.given(),
                "x2 = x.clone()",
                f"x2[:, {t}:] += 5.0",
                f"print(module(x)[:, :{t}], module(x2)[:, :{t}], sep='\\n')  # must be equal",
            ]
        )


@st.composite
def module_futures(draw: st.DrawFn, kind: str) -> ModuleFuture:
    """A module on two positions or more, and where the future begins."""
    case = draw(modules(kind, longer=True))
    return ModuleFuture(case, draw(st.integers(1, case.T - 1)))


@dataclass(frozen=True)
class Rows:
    """One module, called with the first positions of x, once for each length, in turn."""

    module: ModuleCase
    lengths: tuple[int, ...]

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.module.given(),
                f"for n in {list(self.lengths)}:",
                "    print(module(x[:, :n]))",
            ]
        )


@st.composite
def rows(draw: st.DrawFn, kind: str) -> Rows:
    """Two or three calls of one module, with rows of any lengths."""
    case = draw(modules(kind, longer=True))
    lengths = st.lists(st.integers(1, case.T), min_size=2, max_size=3)
    return Rows(case, tuple(draw(lengths)))


@dataclass(frozen=True)
class OneHead:
    """A multi-head module with one head and the identity as `proj`, beside that head alone."""

    head: ModuleCase

    @property
    def sizes(self) -> Sizes:
        s = self.head.sizes
        return Sizes("multihead", s.n_embd, 1, s.n_embd, s.block_size)

    @cached_property
    def weights(self) -> Named:
        C = self.sizes.n_embd
        alone = {f"heads.0.{name}": w for name, w in self.head.weights.items()}
        return alone | {"proj.weight": np.eye(C), "proj.bias": np.zeros(C)}

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.head.given(),
                "head = module",
                *made(self.sizes, self.weights, "eval"),
                "print(head(x), module(x), sep='\\n')  # must be equal",
            ]
        )


@st.composite
def one_heads(draw: st.DrawFn) -> OneHead:
    """Heads that are as wide as x."""
    C = draw(st.integers(1, 4))
    T = draw(st.integers(1, 7))
    sizes = Sizes("head", C, 1, C, T + draw(st.integers(0, 2)))
    return OneHead(ModuleCase(sizes, draw(st.integers(1, 3)), T, draw(st.integers(0, 1000))))


@dataclass(frozen=True)
class TypedModule:
    """A module and its x in a dtype; where `strided`, x is not contiguous."""

    module: ModuleCase
    dtype: str
    strided: bool

    def snippet(self) -> str:
        apart = ["x = x.transpose(0, 1).contiguous().transpose(0, 1)"] if self.strided else []
        return "\n".join(
            [
                *self.module.given(),
                *apart,
                f"y = module.to(torch.{self.dtype})(x.to(torch.{self.dtype}))",
                "print(y, y.dtype)",
            ]
        )


@dataclass(frozen=True)
class Dropped:
    """A module in training mode on rows of one position, whose layers pass x on as it is.

    With one position, each weight of attention is 1.
    """

    kind: str
    rate: float
    rows: int = 3000

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.kind, 2, 1, 2, 1, dropout=self.rate, bias=False)

    @cached_property
    def weights(self) -> Named:
        """The identity for values and the projection, 0 for queries and keys."""
        eye, none = np.eye(2), np.zeros((2, 2))
        weights: Named = {name: np.zeros(shape) for name, shape in shapes(self.sizes).items()}
        for name in weights:
            if name.endswith(("value.weight", "proj.weight")):
                weights[name] = eye
            elif name == "c_attn.weight":
                weights[name] = np.concatenate([none, none, eye])
        return weights

    def snippet(self) -> str:
        return "\n".join(
            [
                *made(self.sizes, self.weights, "train"),
                f"y = module(torch.ones({self.rows}, 1, 2, dtype=torch.float64))",
                "print('largest:', y.max())",
                "print('share of zeros:', (y == 0).double().mean())",
                "print('share of rows of zeros:', (y == 0).all(-1).double().mean())",
            ]
        )


def drops(kind: str) -> st.SearchStrategy[Dropped]:
    """A low and a high rate."""
    return st.builds(Dropped, st.just(kind), st.sampled_from([0.2, 0.5]))
