"""Cases of layers: FlattenConsecutive, convolutions, and how far they reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, filled, normal, played, tensor, weights
from grader.lessons.lesson10_wavenet import oracle
from grader.lessons.lesson10_wavenet.driver import Sizes

IMPORT = "from lesson10_wavenet.wavenet import"


# --- FlattenConsecutive -------------------------------------------------------------------------


@dataclass(frozen=True)
class Flattened:
    """Rows of numbers that are all different, to be joined n by n; `rest`: some are left over."""

    B: int
    groups: int
    n: int
    C: int
    rest: int = 0

    @cached_property
    def x(self) -> Array:
        T = self.groups * self.n + self.rest
        return np.arange(float(self.B * T * self.C)).reshape(self.B, T, self.C)

    @cached_property
    def up(self) -> Array:
        """Numbers that flow back, of the output's shape."""
        return np.cos(np.arange(self.x.size)).reshape(oracle.flatten(self.x, self.n).shape).round(2)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                f"{IMPORT} FlattenConsecutive",
                f"x = torch.arange({self.x.size}.0).view{self.x.shape}",
                f"y = FlattenConsecutive({self.n})(x)",
                "print(x, y, y.shape, sep='\\n')",
            ]
        )


def flattened() -> st.SearchStrategy[Flattened]:
    """One group or several, of one position or several."""
    return st.builds(
        Flattened, st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)
    )


def odd_ones() -> st.SearchStrategy[Flattened]:
    """Rows whose length is no multiple of n."""
    shapes = st.tuples(st.integers(0, 3), st.integers(2, 4)).filter(any)
    return shapes.flatmap(
        lambda s: st.builds(
            Flattened,
            st.just(1),
            st.just(s[0]),
            st.just(s[1]),
            st.just(1),
            st.integers(1, s[1] - 1),
        )
    )


# --- convolutions -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Convolved:
    """A convolution `name`, its weights and an input (B, T, inputs)."""

    name: str
    sizes: Sizes
    B: int
    T: int
    seed: int
    backward: bool = False

    @cached_property
    def weights(self) -> Named:
        s = self.sizes
        shapes: dict[str, tuple[int, ...]] = {"weight": (s.outputs, s.inputs, s.kernel_size)}
        return weights(shapes | ({"bias": (s.outputs,)} if s.bias else {}), self.seed)

    @cached_property
    def x(self) -> Array:
        return normal(self.seed, 99).normal(size=(self.B, self.T, self.sizes.inputs)).round(1)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 98).normal(size=(self.B, self.T, self.sizes.outputs)).round(2)

    def y(self, named: Named) -> Array:
        """What a convolution with these weights makes of x, which may be among them."""
        bias = named.get("bias", 0.0)
        return oracle.convolve(named.get("x", self.x), named["weight"], bias, self.sizes.dilation)

    def given(self) -> list[str]:
        """The lines that make the convolution."""
        s = self.sizes
        sizes = f"{s.inputs}, {s.outputs}, {s.kernel_size}, dilation={s.dilation}, bias={s.bias}"
        return [
            "import numpy as np",
            "import torch",
            f"{IMPORT} {self.name}",
            f"conv = {self.name}({sizes}).double()",
            *filled("conv", self.seed),
        ]

    def snippet(self) -> str:
        return "\n".join(
            [*self.given(), *played("conv", self.x, self.up if self.backward else None)]
        )


@st.composite
def convolved(draw: st.DrawFn, name: str = "CausalConv1d", *, backward: bool = False) -> Convolved:
    """Kernels and dilations that reach back by a step, far, or before the start of every row."""
    sizes = Sizes(
        inputs=draw(st.integers(1, 3)),
        outputs=draw(st.integers(1, 3)),
        kernel_size=draw(st.integers(1, 4)),
        dilation=draw(st.integers(1, 4)),
        bias=draw(st.booleans()),
    )
    return Convolved(
        name, sizes, draw(st.integers(1, 3)), draw(st.integers(1, 9)), draw(SEED), backward
    )


@dataclass(frozen=True)
class MovedRow:
    """A row, and for each of its positions the same row with other numbers there."""

    conv: Convolved

    @cached_property
    def rows(self) -> Array:
        """(T + 1, T, inputs): the row, then those that differ from it in position 0, 1, …"""
        T = self.conv.T
        rows = np.repeat(self.conv.x[:1], T + 1, axis=0)
        rows[np.arange(1, T + 1), np.arange(T)] += 1.0
        return rows

    def moves(self, t: int, s: int) -> bool:
        """Whether x[s] moves y[t]."""
        back, d = t - s, self.conv.sizes.dilation
        return back >= 0 and back % d == 0 and back // d < self.conv.sizes.kernel_size

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.conv.given(),
                f"x = {tensor(self.conv.x[:1])}",
                f"for s in range({self.conv.T}):",
                "    other = x.clone()",
                "    other[:, s] += 1",
                "    moved = (conv(other) - conv(x)).abs().amax(dim=(0, 2)) > 1e-4",
                "    print(f'x[{s}] moves y at', moved.nonzero().flatten().tolist())",
            ]
        )


@st.composite
def moved_rows(draw: st.DrawFn) -> MovedRow:
    """Rows that are longer than the convolution reaches, with weights that cannot be overlooked."""
    conv = draw(convolved())
    reach = (conv.sizes.kernel_size - 1) * conv.sizes.dilation
    conv = replace(conv, T=reach + draw(st.integers(1, 3)))
    steps = np.abs(conv.weights["weight"].sum(axis=1)).max(axis=0)  # of y, by term
    assume(steps.min() > 0.1)
    return MovedRow(conv)


@dataclass(frozen=True)
class NewConvolution:
    """A convolution as it starts, on many normal numbers."""

    sizes: Sizes

    @cached_property
    def x(self) -> Array:
        return np.random.default_rng(0).normal(size=(8, 40, self.sizes.inputs))

    def snippet(self) -> str:
        s = self.sizes
        return "\n".join(
            [
                "import torch",
                f"{IMPORT} CausalConv1d",
                "torch.manual_seed(0)",
                f"conv = CausalConv1d({s.inputs}, {s.outputs}, kernel_size={s.kernel_size})",
                f"y = conv(torch.randn(8, 40, {s.inputs}))",
                "print(f'y has a standard deviation of {y.std():.2f}')  # must be about 1",
            ]
        )


@dataclass(frozen=True)
class Elsewhere:
    """A convolution and its input in another dtype, and on a device that has no numbers."""

    dtype: str

    @property
    def sizes(self) -> Sizes:
        return Sizes(2, 3, 2, 3)

    @cached_property
    def x(self) -> Array:
        return np.ones((2, 5, 2))

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                f"{IMPORT} CausalConv1d",
                "conv = CausalConv1d(2, 3, kernel_size=2, dilation=3)",
                f"x = torch.ones(2, 5, 2, dtype=torch.{self.dtype})",
                f"print(conv.to(torch.{self.dtype})(x).dtype)  # must be that of x",
                "print(conv.to('meta')(x.to('meta')).device)  # must be meta, as that of x",
            ]
        )


@dataclass(frozen=True)
class Stack:
    """Causal convolutions on each other."""

    kernel_sizes: tuple[int, ...]
    dilations: tuple[int, ...]

    def snippet(self) -> str:
        return "\n".join(
            [
                f"{IMPORT} receptive_field",
                f"print(receptive_field({list(self.kernel_sizes)}, {list(self.dilations)}))",
            ]
        )


def stacks() -> st.SearchStrategy[Stack]:
    """None to four layers, of kernels of one position and more, and any dilations."""
    layers = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), max_size=4)
    return layers.map(lambda pairs: Stack(tuple(k for k, _ in pairs), tuple(d for _, d in pairs)))


def uneven_stacks() -> st.SearchStrategy[Stack]:
    """More kernel sizes than dilations, or fewer."""
    sizes = st.lists(st.integers(2, 4), max_size=3).map(tuple)
    pairs = st.tuples(sizes, sizes).filter(lambda pair: len(pair[0]) != len(pair[1]))
    return pairs.map(lambda pair: Stack(*pair))
