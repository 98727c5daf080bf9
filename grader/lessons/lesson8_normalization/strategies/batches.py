"""Cases of batch normalisation: passes one after another, in training and in eval mode."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, normal, tensor, weights
from grader.lessons.lesson8_normalization.driver import Batch
from grader.lessons.lesson8_normalization.oracle import MOMENTUM
from grader.norms import EPS

FILE = "lesson8_normalization.normalization"


@dataclass(frozen=True)
class Passes:
    """Batches (…, C) through one BatchNorm1d: the sizes of each, and whether it is in training.

    `scale` is the size of the numbers, `offset` what they lie around.
    """

    channels: int
    rows: tuple[tuple[int, ...], ...]
    modes: tuple[bool, ...]
    seed: int
    eps: float | None = None
    momentum: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    backward: bool = False

    @property
    def dtype(self) -> str:
        """Numbers that lie far from 0 are in float32."""
        return "float32" if self.offset else "float64"

    @property
    def settings(self) -> dict[str, float]:
        """What is said when it is made."""
        said = {"eps": self.eps, "momentum": self.momentum}
        return {name: value for name, value in said.items() if value is not None}

    @property
    def due_eps(self) -> float:
        return EPS if self.eps is None else self.eps

    @property
    def due_momentum(self) -> float:
        return MOMENTUM if self.momentum is None else self.momentum

    @cached_property
    def weights(self) -> Named:
        return weights({"weight": (self.channels,), "bias": (self.channels,)}, self.seed)

    @cached_property
    def batches(self) -> list[Batch]:
        return [self._batch(i) for i in range(len(self.rows))]

    def _batch(self, i: int) -> Batch:
        shape = (*self.rows[i], self.channels)
        draw = normal(self.seed, 10 + i)
        x = self.scale * (draw.normal(size=shape) + draw.normal(size=self.channels)).round(1)
        if self.offset:
            x = (self.offset + 4 * x).round()
        return Batch(x, draw.normal(size=shape).round(2), self.modes[i])

    def running(self) -> Named:
        """The running statistics at the start."""
        return {"running_mean": np.zeros(self.channels), "running_var": np.ones(self.channels)}

    def snippet(self) -> str:
        said = "".join(f", {name}={value}" for name, value in self.settings.items())
        made = f"norm = BatchNorm1d({self.channels}{said}).to(torch.{self.dtype})"
        rows = [f"norm.{name}.data = {self._tensor(w)}" for name, w in self.weights.items()]
        passes = [line for batch in self.batches for line in self._pass(batch)]
        return "\n".join(["import torch", f"from {FILE} import BatchNorm1d", made, *rows, *passes])

    def _pass(self, batch: Batch) -> list[str]:
        mode = "norm.train()" if batch.training else "norm.eval()"
        if not self.backward:
            seen = "norm.running_mean, norm.running_var"
            return [mode, f"print(norm({self._tensor(batch.x)}), {seen}, sep='\\n')"]
        return [
            mode,
            "norm.zero_grad()",
            f"x = {self._tensor(batch.x)}.requires_grad_()",
            f"(norm(x) * {self._tensor(batch.up)}).sum().backward()",
            "print(x.grad, norm.weight.grad, norm.bias.grad, sep='\\n')",
        ]

    def _tensor(self, a: Array) -> str:
        return tensor(a, self.dtype)


ROWS = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)  # (B,), (B, T), (A, B, T)
MANY = ROWS.filter(lambda rows: int(np.prod(rows)) > 1)  # more than one row in all
FEW = st.one_of(st.just((2,)), st.just((2, 2)), MANY)
CHANNELS = st.integers(1, 3)


def trained(*scales: float, backward: bool = False) -> st.SearchStrategy[Passes]:
    """One batch in training, with an eps of its own or without."""
    return st.builds(
        Passes,
        CHANNELS,
        st.tuples(FEW),
        st.just((True,)),
        SEED,
        eps=st.sampled_from([None, 1e-5, 1e-3, 0.5]),
        scale=st.sampled_from(scales),
        backward=st.just(backward),
    )


def far() -> st.SearchStrategy[Passes]:
    """One batch in float32, around 4096, without a channel that hardly varies.

    PyTorch's own computes x · factor + rest, which is off by 4096 · 1.2e-7 times the factor. With a
    deviation of 0.4 and a gain of 4 that is 5e-3; with none, where eps alone divides, it is 0.6.
    """
    cases = st.builds(
        Passes,
        CHANNELS,
        st.tuples(FEW),
        st.just((True,)),
        SEED,
        offset=st.just(4096.0),
    )
    return cases.filter(_varies)


def _varies(case: Passes) -> bool:
    x = case.batches[0].x
    return bool((x.reshape(-1, case.channels).std(axis=0) >= 0.4).all())


@st.composite
def sequences(draw: st.DrawFn, *, ends: bool = False) -> Passes:
    """One to four batches in training; where it `ends`, one or two in eval mode after them."""
    training = draw(st.integers(0 if ends else 1, 3 if ends else 4))
    evals = draw(st.integers(1, 2)) if ends else 0
    rows = [draw(FEW) for _ in range(training)] + [draw(ROWS) for _ in range(evals)]
    return Passes(
        draw(CHANNELS),
        tuple(rows),
        (True,) * training + (False,) * evals,
        draw(SEED),
        momentum=draw(st.sampled_from([None, 0.25, 0.0, 1.0])),
        eps=draw(st.sampled_from([None, 0.5])) if ends else None,
        backward=ends and draw(st.booleans()),
    )


@dataclass(frozen=True)
class New:
    """A BatchNorm1d as it starts."""

    dim: int

    def snippet(self) -> str:
        return "\n".join(
            [
                f"from {FILE} import BatchNorm1d",
                f"norm = BatchNorm1d({self.dim})",
                "print(*norm.named_parameters(), *norm.named_buffers(), sep='\\n')",
            ]
        )


@dataclass(frozen=True)
class Lonely:
    """A batch of one row."""

    shape: tuple[int, ...]

    def snippet(self) -> str:
        call = f"BatchNorm1d({self.shape[-1]})(torch.ones({self.shape}))  # must be a ValueError"
        return f"import torch\nfrom {FILE} import BatchNorm1d\n{call}"
