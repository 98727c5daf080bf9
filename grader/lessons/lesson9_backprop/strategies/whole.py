"""Cases of the whole network, and of the model around it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, normal, tensor
from grader.lessons.lesson9_backprop import oracle
from grader.lessons.lesson9_backprop.driver import Config
from grader.losses import cross_entropy

DTYPES = ("float32", "float64")


def shapes(V: int, d: int, T: int, H: int) -> dict[str, tuple[int, ...]]:
    """The parameters by name."""
    return {
        "C": (V, d),
        "W1": (T * d, H),
        "b1": (H,),
        "bngain": (1, H),
        "bnbias": (1, H),
        "W2": (H, V),
        "b2": (V,),
    }


def parameters(sizes: dict[str, tuple[int, ...]], seed: int) -> Named:
    """Normal numbers with two decimals."""
    draw = normal(seed)
    return {name: draw.normal(size=size).round(2) for name, size in sizes.items()}


def parameters_code(sizes: dict[str, tuple[int, ...]], seed: int) -> list[str]:
    """Code that makes these."""
    return [
        f"sizes = {sizes}",
        f"draw = np.random.default_rng([{seed}])",
        "p = {n: torch.from_numpy(draw.normal(size=s).round(2)) for n, s in sizes.items()}",
    ]


@dataclass(frozen=True)
class Batch:
    """A network and a batch of n windows (n, T) with the tokens that followed."""

    V: int
    d: int
    T: int
    H: int
    n: int
    seed: int
    dtype: str = "float64"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return shapes(self.V, self.d, self.T, self.H)

    @cached_property
    def p(self) -> Named:
        return parameters(self.shapes, self.seed)

    @cached_property
    def Xb(self) -> Array:  # noqa: N802 (the lecture's name for it)
        return normal(self.seed, 98).integers(0, self.V, (self.n, self.T))

    @cached_property
    def Yb(self) -> Array:  # noqa: N802
        return normal(self.seed, 99).integers(0, self.V, self.n)

    def loss(self, moved: Named) -> Array:
        return cross_entropy(oracle.mlp(moved, self.p, self.Xb)["logits"], self.Yb)

    def snippet(self) -> str:
        as_drawn = [] if self.dtype == "float64" else ["p = {n: a.float() for n, a in p.items()}"]
        return "\n".join(
            [
                "import numpy as np",
                "import torch",
                "from lesson9_backprop.mlp import loss_and_gradients",
                *parameters_code(self.shapes, self.seed),
                *as_drawn,
                f"Xb = {tensor(self.Xb)}",
                f"Yb = {tensor(self.Yb)}",
                "loss, gradients = loss_and_gradients(p, Xb, Yb)",
                "print(loss)",
                "for name, gradient in gradients.items():",
                "    print(f'd{name}', gradient)",
            ]
        )


@st.composite
def batches(draw: st.DrawFn, *, any_dtype: bool = False) -> Batch:
    """Small networks, and two rows or more; four where float32 has too few digits for two."""
    small = st.integers(1, 3)
    dtype = draw(st.sampled_from(DTYPES)) if any_dtype else "float64"
    return Batch(
        V=draw(st.integers(1, 6)),
        d=draw(small),
        T=draw(small),
        H=draw(st.integers(1, 4)),
        n=draw(st.integers(4 if any_dtype else 2, 7)),
        seed=draw(SEED),
        dtype=dtype,
    )


@dataclass(frozen=True)
class Rows:
    """A model, and rows of tokens (B, T) with those that follow; `weight` is what counts a loss."""

    V: int
    context: int
    d: int
    H: int
    B: int
    T: int
    weight: float
    seed: int

    @property
    def config(self) -> Config:
        return Config(self.V, self.T, self.context, self.d, self.H)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return shapes(self.V, self.d, self.context, self.H)

    @cached_property
    def p(self) -> Named:
        return parameters(self.shapes, self.seed)

    @cached_property
    def idx(self) -> Array:
        return normal(self.seed, 98).integers(0, self.V, (self.B, self.T))

    @cached_property
    def targets(self) -> Array:
        return normal(self.seed, 99).integers(0, self.V, (self.B, self.T))

    def logits(self, moved: Named) -> Array:
        got: Array = oracle.mlp(moved, self.p, oracle.windows(self.idx, self.context))["logits"]
        return got.reshape(self.B, self.T, self.V)

    def loss(self, moved: Named) -> Array:
        return np.asarray(self.weight * cross_entropy(self.logits(moved), self.targets))

    def evaluated(self) -> Array:
        """The logits where mean and variance are those of these rows themselves."""
        seen = oracle.windows(self.idx, self.context)
        v = oracle.mlp({}, self.p, seen)
        got = oracle.evaluated(self.p, seen, v["bnmeani"], v["bnvar"])
        return got.reshape(self.B, self.T, self.V)

    def given(self) -> list[str]:
        told = ", ".join(f"{name}={value}" for name, value in vars(self.config).items())
        return [
            "import numpy as np",
            "import torch",
            "from lesson9_backprop.model import ManualMLP, MLPConfig",
            f"model = ManualMLP(MLPConfig({told})).double()",
            *parameters_code(self.shapes, self.seed),
            "model.load_state_dict(p, strict=False)",
            f"idx = {tensor(self.idx)}",
            f"targets = {tensor(self.targets)}",
        ]

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.given(),
                "logits, loss = model(idx, targets)",
                f"({self.weight} * loss).backward()",
                "print(logits, loss)",
                "for name, p in model.named_parameters():",
                "    print(name, p.grad)",
            ]
        )


@dataclass(frozen=True)
class Settled(Rows):
    """A model that has seen the same rows a hundred times in training."""

    @property
    def varied(self) -> bool:
        """Whether no column is nearly constant: its variance would be lost beside the first one."""
        v = oracle.mlp({}, self.p, oracle.windows(self.idx, self.context))
        return bool(v["bnvar"].min() > 0.02)

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.given(),
                "for _ in range(100):",
                "    logits, _ = model(idx, targets)",
                "model.eval()  # and now each row on its own; it must be nearly the same:",
                "print(logits, *(model(row[None])[0] for row in idx), sep='\\n')",
            ]
        )


@st.composite
def rows(draw: st.DrawFn, *, least: int = 1) -> Rows:
    """At least so many rows, two positions or more; contexts shorter and longer than a row."""
    small = st.integers(1, 3)
    T = draw(st.integers(1, 5))
    return Rows(
        V=draw(st.integers(2, 6)),
        context=draw(small),
        d=draw(small),
        H=draw(small),
        B=draw(st.integers(least if T > 1 else 2, 3)),
        T=T,
        weight=draw(st.sampled_from([1.0, 0.5, -2.0])),
        seed=draw(SEED),
    )


def settled() -> st.SearchStrategy[Settled]:
    """Two rows or more, none of whose columns is nearly constant."""
    found = rows(least=2).map(lambda case: Settled(**asdict(case)))
    return found.filter(lambda case: case.varied)
