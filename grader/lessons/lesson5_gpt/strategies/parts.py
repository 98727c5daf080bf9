"""Cases of a model's parts: the MLP, the block. (Those of the norm: `grader.norms`.)"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from grader.derivatives import Array, Forward, Named
from grader.drawn import SEED, filled, normal, played, tensor, weights
from grader.lessons.lesson5_gpt import oracle
from grader.lessons.lesson5_gpt.driver import Config
from grader.lessons.lesson5_gpt.strategies.code import configured

# Inputs have one decimal (see `grader.norms`), but deeper inside, a token's numbers may be nearly
# equal, or two large scores. Such cases (6 in 1,000) are left out: where rounding the weights to
# float32 (u = 6e-8) moves a result by more than this share of its size, float32 anywhere inside a
# right model would move it, too. (For what: see checks.judging.TOLERANCE.)
MOVED = 1e-6


def steady(forward: Forward, weights: Named) -> bool:
    """Whether what a pass gives hardly depends on how its weights are rounded."""
    y = forward(weights)
    rounded = forward({n: w.astype("float32").astype("float64") for n, w in weights.items()})
    return float(np.abs(rounded - y).max()) <= MOVED * max(1.0, float(np.abs(y).max()))


# --- MLP and block ------------------------------------------------------------------------------


def block_names(C: int, bias: bool, prefix: str = "") -> dict[str, tuple[int, ...]]:
    """A block's parameters by name, with their shapes."""
    shapes: dict[str, tuple[int, ...]] = {
        "ln_1": (C,),
        "attn.c_attn": (3 * C, C),
        "attn.c_proj": (C, C),
        "ln_2": (C,),
        "mlp.c_fc": (4 * C, C),
        "mlp.c_proj": (C, 4 * C),
    }
    found = {f"{prefix}{n}.weight": s for n, s in shapes.items()}
    return found | ({f"{prefix}{n}.bias": s[:1] for n, s in shapes.items()} if bias else {})


@dataclass(frozen=True)
class PartCase:
    """An MLP ("MLP") or a block ("Block"), with weights and an input (B, T, C)."""

    name: str
    config: Config
    B: int
    T: int
    seed: int
    backward: bool = False

    @cached_property
    def weights(self) -> Named:
        names = block_names(self.config.n_embd, self.config.bias)
        if self.name == "MLP":
            names = {n[4:]: s for n, s in names.items() if n.startswith("mlp.")}
        return weights(names, self.seed)

    @cached_property
    def x(self) -> Array:
        return normal(self.seed, 99).normal(size=(self.B, self.T, self.config.n_embd)).round(1)

    def block(self, named: Named) -> Array:
        """What a block with these weights makes of x."""
        return oracle.block(named, self.x, self.config.n_head, exact=True)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 98).normal(size=self.x.shape).round(2)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import numpy as np",
                "import torch",
                f"from lesson5_gpt.gpt import GPTConfig, {self.name}",
                f"part = {self.name}({configured(self.config)}).double().eval()",
                *filled("part", self.seed),
                *played("part", self.x, self.up if self.backward else None),
            ]
        )


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Small models of odd sizes."""
    n_head = draw(st.integers(1, 3))
    return Config(
        block_size=draw(st.integers(1, 5)),
        vocab_size=draw(st.integers(2, 6)),
        n_layer=draw(st.integers(1, 2)),
        n_head=n_head,
        n_embd=n_head * draw(st.integers(3 if n_head == 1 else 2, 4)),  # 1 or 2 normalise to ±1
        bias=draw(st.booleans()),
    )


@st.composite
def parts(draw: st.DrawFn, name: str, *, backward: bool = False) -> PartCase:
    """An MLP or a block on one to three rows."""
    config = draw(configs())
    T = draw(st.integers(1, config.block_size))
    case = PartCase(name, config, draw(st.integers(1, 3)), T, draw(SEED), backward)
    assume(name == "MLP" or steady(case.block, case.weights))
    return case


@dataclass(frozen=True)
class DroppedPart:
    """An MLP that drops, on many rows."""

    rate: float

    @property
    def config(self) -> Config:
        return Config(1, 1, 1, 1, 8, dropout=self.rate)

    @cached_property
    def x(self) -> Array:
        return np.random.default_rng(0).normal(size=(200, 1, 8))

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                "from lesson5_gpt.gpt import GPTConfig, MLP",
                "torch.manual_seed(0)",
                f"mlp = MLP(GPTConfig(n_embd=8, dropout={self.rate}))",
                "x = torch.randn(200, 1, 8)",
                "still, once = mlp.eval()(x), mlp.train()(x)",
                "print('zeros in eval mode:', (still == 0).double().mean())",
                "print('zeros in training mode:', (once == 0).double().mean())",
                "print('what is kept, before by after:', (still / once)[once != 0])",
            ]
        )


@dataclass(frozen=True)
class OwnParts:
    """A block whose attention adds 1, whose MLP triples and whose norm doubles, on T tokens."""

    T: int

    @cached_property
    def x(self) -> Array:
        return np.random.default_rng(self.T).normal(size=(2, self.T, 3)).round(1)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                "from torch import nn",
                "from lesson5_gpt.gpt import Block, GPTConfig",
                "class Part(nn.Module):",
                "    def __init__(self, times, plus):",
                "        super().__init__()",
                "        self.times, self.plus = times, plus",
                "    def forward(self, x):",
                "        return self.times * x + self.plus",
                "add, triple, double = Part(1, 1), Part(3, 0), Part(2, 0)",
                "config = GPTConfig(n_head=1, n_embd=3)",
                "block = Block(config, lambda _: add, lambda _: triple, lambda *_: double)",
                f"x = {tensor(self.x)}",
                "print(block(x), 7 * (3 * x + 1), sep='\\n')  # must be equal",
            ]
        )
