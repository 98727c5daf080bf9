"""Cases of both models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, filled, normal, tensor, weights
from grader.lessons.lesson10_wavenet import oracle
from grader.lessons.lesson10_wavenet.driver import Config
from grader.lessons.lesson10_wavenet.strategies.layers import IMPORT


def configured(c: Config) -> str:
    """Code that makes a WaveNetConfig."""
    return (
        f"WaveNetConfig(vocab_size={c.vocab_size}, n_embd={c.n_embd}, n_hidden={c.n_hidden}, "
        f"n_layer={c.n_layer}, kernel_size={c.kernel_size})"
    )


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Small models of odd sizes: contexts of two to nine tokens."""
    kernel_size = draw(st.integers(2, 3))
    return Config(
        vocab_size=draw(st.integers(2, 5)),
        n_embd=draw(st.integers(1, 3)),
        n_hidden=draw(st.integers(1, 4)),
        n_layer=draw(st.integers(1, 3 if kernel_size == 2 else 2)),
        kernel_size=kernel_size,
    )


@dataclass(frozen=True)
class Model:
    """What both models' cases share. `slots` are stand-ins: "batchnorm", "convolution".

    What the snippet shows: "logits", the "loss" too, or "gradients".
    """

    config: Config
    B: int
    T: int
    seed: int
    slots: tuple[str, ...] = ()
    shown: str = "logits"

    @cached_property
    def idx(self) -> Array:
        return normal(self.seed, 97).integers(0, self.config.vocab_size, (self.B, self.T))

    def shapes(self, layer: str, *taps: int) -> dict[str, tuple[int, ...]]:
        """The parameters by name: of layers called `layer`, whose weight ends with these sizes."""
        c = self.config
        found: dict[str, tuple[int, ...]] = {
            "wte.weight": (c.vocab_size, c.n_embd),
            "lm_head.weight": (c.vocab_size, c.n_hidden),
            "lm_head.bias": (c.vocab_size,),
        }
        weight = "taps" if "convolution" in self.slots else "weight"
        for i in range(c.n_layer):
            C = c.n_hidden if i else c.n_embd
            found[f"{layer}.{i}.{weight}"] = (
                (c.n_hidden, C, *taps) if taps else (c.n_hidden, C * c.kernel_size)
            )
            own = f"norms.{i}.gain" if "batchnorm" in self.slots else f"{layer}.{i}.bias"
            found[own] = (c.n_hidden,)
        return found


GAIN = [
    "class Gain(torch.nn.Module):",
    "    def __init__(self, dim):",
    "        super().__init__()",
    "        self.gain = torch.nn.Parameter(torch.ones(dim))",
    "    def forward(self, x):",
    "        return x * self.gain",
]


@dataclass(frozen=True)
class Windowed(Model):
    """A hierarchy, its weights, and windows of tokens."""

    @cached_property
    def weights(self) -> Named:
        return weights(self.shapes("linears"), self.seed)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 96).normal(size=(self.B, self.config.vocab_size)).round(2)

    def logits(self, named: Named) -> Array:
        """What a hierarchy with these weights says."""
        return oracle.hierarchy(named, self.idx, self.config.kernel_size)

    def snippet(self) -> str:
        norm = ", Gain" if self.slots else ""
        named = "((n, p.grad) for n, p in model.named_parameters())"
        back = [f"(y * {tensor(self.up)}).sum().backward()", f"print(*{named}, sep='\\n')"]
        return "\n".join(
            [
                "import numpy as np",
                "import torch",
                f"{IMPORT} Hierarchy, WaveNetConfig",
                *(GAIN if self.slots else []),
                f"model = Hierarchy({configured(self.config)}{norm}).double()",
                *filled("model", self.seed),
                f"y = model({tensor(self.idx)})",
                "print(y)",
                *(back if self.shown == "gradients" else []),
            ]
        )


@st.composite
def windowed(draw: st.DrawFn, *slots: str, shown: str = "logits") -> Windowed:
    """One to three windows."""
    config = draw(configs())
    return Windowed(config, draw(st.integers(1, 3)), config.context, draw(SEED), slots, shown)


@dataclass(frozen=True)
class Waves(Model):
    """A WaveNet, its weights, and rows of tokens with the tokens that follow."""

    @cached_property
    def weights(self) -> Named:
        return weights(self.shapes("convs", self.config.kernel_size), self.seed)

    @cached_property
    def targets(self) -> Array:
        return normal(self.seed, 96).integers(0, self.config.vocab_size, (self.B, self.T))

    def logits(self, named: Named) -> Array:
        """What a WaveNet with these weights says."""
        return oracle.wavenet(named, self.idx, self.config.kernel_size)

    def given(self) -> list[str]:
        """The lines that make the model and its tokens."""
        names = {"batchnorm": "Gain", "convolution": "Mine"}
        slots = "".join(f", {slot}={names[slot]}" for slot in self.slots)
        own = ["class Mine(CausalConv1d):", "    pass"] if "convolution" in self.slots else []
        return [
            "import numpy as np",
            "import torch",
            f"{IMPORT} {'CausalConv1d, ' if own else ''}WaveNet, WaveNetConfig",
            *(GAIN if "batchnorm" in self.slots else []),
            *own,
            f"model = WaveNet({configured(self.config)}{slots}).double()",
            *(["print(model)"] if self.slots else []),
            *filled("model", self.seed),
            f"idx = {tensor(self.idx)}",
        ]

    def snippet(self) -> str:
        if self.shown == "logits":
            return "\n".join([*self.given(), "print(model(idx)[0])"])
        ends = ["print(logits, loss)"]
        if self.shown == "gradients":
            named = "((n, p.grad) for n, p in model.named_parameters())"
            ends = ["loss.backward()", f"print(loss, *{named}, sep='\\n')"]
        answer = f"logits, loss = model(idx, {tensor(self.targets)})"
        return "\n".join([*self.given(), answer, *ends])


@st.composite
def waves(
    draw: st.DrawFn,
    *,
    slots: st.SearchStrategy[tuple[str, ...]] | None = None,
    shown: str = "logits",
) -> Waves:
    """Rows that are shorter than the context, and longer ones."""
    config = draw(configs())
    T = draw(st.integers(1, config.context + 3))
    given = draw(slots) if slots is not None else ()
    return Waves(config, draw(st.integers(1, 3)), T, draw(SEED), given, shown)


SLOTS = st.sampled_from([("batchnorm",), ("convolution",), ("batchnorm", "convolution")])


@dataclass(frozen=True)
class MovedTokens:
    """A row, and for each of its positions the same row with another token there."""

    waves: Waves

    @cached_property
    def rows(self) -> Array:
        """(T + 1, T): the row, then those that differ from it in position 0, 1, …"""
        w = self.waves
        rows = np.repeat(w.idx[:1], w.T + 1, axis=0)
        places = np.arange(w.T)
        rows[places + 1, places] = (rows[0] + 1) % w.config.vocab_size
        return rows

    def moves(self, t: int, s: int) -> bool:
        """Whether token s moves the logits at t."""
        return 0 <= t - s < self.waves.config.context

    def snippet(self) -> str:
        w = self.waves
        return "\n".join(
            [
                *replace(w, B=1).given(),
                f"for s in range({w.T}):",
                "    other = idx.clone()",
                f"    other[:, s] = (other[:, s] + 1) % {w.config.vocab_size}",
                "    moved = (model(other)[0] - model(idx)[0]).abs().amax(dim=(0, 2)) > 1e-4",
                "    print(f'token {s} moves the logits at', moved.nonzero().flatten().tolist())",
            ]
        )


@st.composite
def moved_tokens(draw: st.DrawFn) -> MovedTokens:
    """Rows that are longer than the context, with weights that let no token be overlooked."""
    config = draw(configs())
    config = replace(config, n_embd=3, n_hidden=4)
    case = MovedTokens(Waves(config, 1, config.context + 2, draw(SEED)))
    y = oracle.wavenet(case.waves.weights, case.rows, config.kernel_size)
    steps = np.abs(y[1:] - y[0]).max(axis=2)  # (s, t)
    inside = [steps[s, t] for s in range(len(steps)) for t in range(len(steps)) if case.moves(t, s)]
    assume(min(inside) > 1e-3)
    return case


@dataclass(frozen=True)
class NewModel:
    """A WaveNet as it starts, on random tokens."""

    vocab_size: int

    @property
    def config(self) -> Config:
        return Config(self.vocab_size, 24, 64, 3, 2, block_size=32)

    @cached_property
    def tokens(self) -> Array:
        return np.random.default_rng(0).integers(0, self.vocab_size, (16, 33))

    def snippet(self) -> str:
        return "\n".join(
            [
                "import math",
                "import torch",
                f"{IMPORT} WaveNet, WaveNetConfig",
                "torch.manual_seed(0)",
                f"model = WaveNet({configured(self.config)})",
                f"tokens = torch.randint({self.vocab_size}, (16, 33))",
                f"print(model(tokens[:, :-1], tokens[:, 1:])[1], math.log({self.vocab_size}))",
            ]
        )


@dataclass(frozen=True)
class ModelElsewhere:
    """A WaveNet and its tokens on a device that has no numbers."""

    @property
    def config(self) -> Config:
        return Config(5, 3, 4, 2, 2)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                f"{IMPORT} WaveNet, WaveNetConfig",
                f"model = WaveNet({configured(self.config)}).to('meta')",
                "idx = torch.zeros(1, 8, dtype=torch.long, device='meta')",
                "print(model(idx)[0].device)  # must be meta, as that of the tokens",
            ]
        )
