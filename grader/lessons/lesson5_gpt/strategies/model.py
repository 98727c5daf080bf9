"""Cases of the whole model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, answered, filled, normal, tensor, weights
from grader.lessons.lesson5_gpt import oracle
from grader.lessons.lesson5_gpt.driver import Config
from grader.lessons.lesson5_gpt.strategies.code import configured
from grader.lessons.lesson5_gpt.strategies.parts import block_names, configs, steady

STARTS = Config(block_size=16, vocab_size=50, n_layer=4, n_head=2, n_embd=64)


def gpt_names(config: Config) -> dict[str, tuple[int, ...]]:
    """A GPT's parameters by name, with their shapes; the head is tied and not named."""
    C = config.n_embd
    found: dict[str, tuple[int, ...]] = {
        "transformer.wte.weight": (config.vocab_size, C),
        "transformer.wpe.weight": (config.block_size, C),
        "transformer.ln_f.weight": (C,),
    }
    if config.bias:
        found["transformer.ln_f.bias"] = (C,)
    for i in range(config.n_layer):
        found |= block_names(C, config.bias, f"transformer.h.{i}.")
    return found


@dataclass(frozen=True)
class GptCase:
    """A model, its weights, and rows of tokens with the tokens that follow.

    What the snippet shows: "logits", the "loss" too, or its "gradients".
    """

    config: Config
    B: int
    T: int
    seed: int
    shown: str = "logits"

    @cached_property
    def weights(self) -> Named:
        return weights(gpt_names(self.config), self.seed)

    @cached_property
    def idx(self) -> Array:
        return normal(self.seed, 97).integers(0, self.config.vocab_size, (self.B, self.T))

    @cached_property
    def targets(self) -> Array:
        return normal(self.seed, 96).integers(0, self.config.vocab_size, (self.B, self.T))

    def logits(self, named: Named) -> Array:
        """The logits that a model with these weights gives."""
        return oracle.gpt(named, self.idx, self.config.n_layer, self.config.n_head, exact=True)

    def given(self) -> list[str]:
        """The lines that make the model and its tokens."""
        return [
            "import numpy as np",
            "import torch",
            "from lesson5_gpt.gpt import GPT, GPTConfig",
            f"model = GPT({configured(self.config)}).double().eval()",
            *filled("model", self.seed, tied=True),
            f"idx = {tensor(self.idx)}",
        ]

    def snippet(self) -> str:
        return "\n".join([*self.given(), *answered(self.targets, self.shown)])


@st.composite
def gpts(draw: st.DrawFn, shown: str = "logits", *, shortest: int = 1) -> GptCase:
    """Small models, and rows of `shortest` tokens up to their context."""
    config = draw(configs())
    config = replace(config, block_size=max(shortest, config.block_size))
    T = draw(st.integers(shortest, config.block_size))
    case = GptCase(config, draw(st.integers(1, 3)), T, draw(SEED), shown)
    assume(steady(case.logits, case.weights))
    return case


@dataclass(frozen=True)
class Later:
    """The last token of each row becomes another one: the logits before it must stay."""

    gpt: GptCase

    @cached_property
    def other(self) -> Array:
        other = self.gpt.idx.copy()
        other[:, -1] = (other[:, -1] + 1) % self.gpt.config.vocab_size
        return other

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.gpt.given(),
                f"other = {tensor(self.other)}",
                "print(model(idx)[0][:, :-1], model(other)[0][:, :-1], sep='\\n')  # must be equal",
            ]
        )


def laters() -> st.SearchStrategy[Later]:
    """Rows of two tokens or more."""
    return st.builds(Later, gpts(shortest=2))


# --- models as they start -----------------------------------------------------------------------


def _new(config: Config, more: str = "") -> list[str]:
    return [
        "import torch",
        "from lesson5_gpt.gpt import GPT, GPTConfig",
        "torch.manual_seed(0)",
        f"model = GPT({configured(config).removesuffix(')')}{more}))",
    ]


_PART = [
    "class Part(nn.Sequential):",
    "    def __init__(self, config):",
    "        super().__init__()",
    "        self.inner = nn.Linear(config.n_embd, config.n_embd)",
    "        self.c_proj = nn.Linear(config.n_embd, config.n_embd)",
]


@dataclass(frozen=True)
class NewModel:
    """A new model; the snippet shows its first block."""

    n_layer: int
    bias: bool

    @property
    def config(self) -> Config:
        return replace(STARTS, n_layer=self.n_layer, bias=self.bias)

    def snippet(self) -> str:
        return "\n".join(
            [
                *_new(self.config),
                "print('one matrix:', model.lm_head.weight is model.transformer.wte.weight)",
                "for name, p in model.named_parameters():",
                "    if '.h.' not in name or '.h.0.' in name:",
                "        print(name, tuple(p.shape), f'mean {p.mean():.3f}, std {p.std():.4f}')",
            ]
        )


@dataclass(frozen=True)
class LongRow:
    """A row of one token more than the context holds."""

    block_size: int

    @property
    def config(self) -> Config:
        return replace(STARTS, block_size=self.block_size)

    def snippet(self) -> str:
        return "\n".join(
            [
                *_new(self.config),
                "try:",
                f"    model(torch.zeros(1, {self.block_size + 1}, dtype=torch.long))",
                "except ValueError as error:  # this must happen",
                "    print(error)",
            ]
        )


@dataclass(frozen=True)
class DroppedEmbeddings:
    """A model that drops, on many rows."""

    rate: float

    @property
    def config(self) -> Config:
        return replace(STARTS, n_layer=1, block_size=4, dropout=self.rate)

    @cached_property
    def idx(self) -> Array:
        return np.arange(200).reshape(50, 4) % 50

    def snippet(self) -> str:
        return "\n".join(
            [
                *_new(self.config, f", dropout={self.rate}"),
                "def share(_, given):",
                "    print('zeros that enter the first block:', (given[0] == 0).double().mean())",
                "model.transformer.h[0].register_forward_pre_hook(share)",
                "idx = torch.arange(200).view(50, 4) % 50",
                "model.eval()(idx)",
                "model.train()(idx)",
            ]
        )


@dataclass(frozen=True)
class Elsewhere:
    """A model and its tokens on a device that has no numbers."""

    n_layer: int = 1

    @property
    def config(self) -> Config:
        return replace(STARTS, n_layer=self.n_layer)

    def snippet(self) -> str:
        return "\n".join(
            [
                *_new(self.config),
                "idx = torch.zeros(1, 16, dtype=torch.long, device='meta')",
                "print(model.to('meta')(idx)[0].device)  # must be meta, as that of the input",
            ]
        )


@dataclass(frozen=True)
class Slots:
    """How often each part is made where the learner hands in all of them, one, or a block, too."""

    n_layer: int

    @property
    def config(self) -> Config:
        return replace(STARTS, n_layer=self.n_layer)

    @property
    def times(self) -> list[dict[str, int]]:
        """The parts that are given, together, and how often each must be made."""
        n = self.n_layer
        each = {"attention": n, "mlp": n, "norm": 2 * n + 1}
        own_block = {"block": n, "attention": n, "mlp": n, "norm": n + 1}
        return [each, *({name: times} for name, times in each.items()), own_block]

    def snippet(self) -> str:
        return "\n".join(
            [
                "from torch import nn",
                "from lesson5_gpt.gpt import GPT, GPTConfig",
                "made = []",
                "def part(name):",
                "    return lambda *_: made.append(name) or nn.Identity()",
                f"config = {configured(self.config)}",
                "GPT(config, attention=part('attention'), mlp=part('mlp'), norm=part('norm'))",
                "print({name: made.count(name) for name in made})",
                f"# must be {self.times[0]}",
                *_PART,
                "model = GPT(config, attention=Part, mlp=Part)",
                "print(f'{model.transformer.h[0].attn.inner.weight.std():.3f}')  # must be 0.020",
            ]
        )
