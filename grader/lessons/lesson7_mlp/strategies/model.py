"""Cases of windows, of the language model, and of the classifier."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.drawn import SEED, answered, filled, normal, tensor, weights
from grader.lessons.lesson7_mlp.driver import ClassifierConfig, Config


def _told(config: Config | ClassifierConfig) -> str:
    """The configuration's arguments, as code."""
    return ", ".join(f"{name}={value}" for name, value in asdict(config).items())


@dataclass(frozen=True)
class Rows:
    """Rows of tokens (B, T), and the length of a window."""

    B: int
    T: int
    context: int

    @cached_property
    def idx(self) -> Array:
        """Every token another one, and none of them 0."""
        return normal(0).permutation(self.B * self.T).reshape(self.B, self.T) + 1

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                "from lesson7_mlp.mlp import windows",
                f"print(windows({tensor(self.idx)}, {self.context}))",
            ]
        )


def rows() -> st.SearchStrategy[Rows]:
    """Rows that are shorter than a window, or longer."""
    return st.builds(Rows, st.integers(1, 3), st.integers(1, 6), st.integers(1, 4))


def lm_names(c: Config) -> dict[str, tuple[int, ...]]:
    """The parameters of the language model, with their shapes."""
    return {
        "wte.weight": (c.vocab_size, c.n_embd),
        "hidden.weight": (c.n_hidden, c.context * c.n_embd),
        "hidden.bias": (c.n_hidden,),
        "lm_head.weight": (c.vocab_size, c.n_hidden),
        "lm_head.bias": (c.vocab_size,),
    }


@dataclass(frozen=True)
class LmCase:
    """A model, its weights, rows of tokens, and what follows: a token each, or one a row (`last`).

    What the snippet shows: "logits", the "loss" too, or its "gradients".
    """

    config: Config
    B: int
    T: int
    seed: int
    shown: str = "logits"
    last: bool = False

    @cached_property
    def weights(self) -> Named:
        return weights(lm_names(self.config), self.seed)

    @cached_property
    def idx(self) -> Array:
        return normal(self.seed, 97).integers(0, self.config.vocab_size, (self.B, self.T))

    @cached_property
    def targets(self) -> Array:
        shape = (self.B,) if self.last else (self.B, self.T)
        return normal(self.seed, 96).integers(0, self.config.vocab_size, shape)

    def given(self, more: str = "") -> list[str]:
        return [
            "import numpy as np",
            "import torch",
            "from lesson7_mlp.mlp import MLP, MLPConfig",
            f"model = MLP(MLPConfig({_told(self.config)}){more}).double()",
            *filled("model", self.seed),
            f"idx = {tensor(self.idx)}",
        ]

    def snippet(self) -> str:
        return "\n".join([*self.given(), *answered(self.targets, self.shown)])


@st.composite
def lms(draw: st.DrawFn, shown: str = "logits", *, last: bool = False) -> LmCase:
    """Small models of odd sizes, on rows shorter than a window, or longer."""
    T = draw(st.integers(1, 5))
    config = Config(
        vocab_size=draw(st.integers(2, 6)),
        block_size=T + draw(st.integers(0, 2)),
        context=draw(st.integers(1, 4)),
        n_embd=draw(st.integers(1, 4)),
        n_hidden=draw(st.integers(1, 5)),
    )
    return LmCase(config, draw(st.integers(1, 3)), T, draw(SEED), shown, last)


@dataclass(frozen=True)
class Slot:
    """A model with a part in its slot that gives slope · x + shift."""

    lm: LmCase
    slope: float = -2.0
    shift: float = 0.5

    def snippet(self) -> str:
        return "\n".join(
            [
                "from torch import nn",
                "class Part(nn.Module):",
                "    def __init__(self, n):",
                "        super().__init__()",
                "        print('made with', n)",
                "    def forward(self, x):",
                f"        return {self.slope} * x + {self.shift}",
                *self.lm.given(", batchnorm=Part"),
                "print(model(idx)[0])",
            ]
        )


def slots() -> st.SearchStrategy[Slot]:
    return st.builds(Slot, lms())


# --- the classifier -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassifierCase:
    """A classifier, its weights, N examples and their classes."""

    config: ClassifierConfig
    N: int
    seed: int
    shown: str = "logits"

    @cached_property
    def weights(self) -> Named:
        c = self.config
        names: dict[str, tuple[int, ...]] = {
            "hidden.weight": (c.n_hidden, c.n_in),
            "hidden.bias": (c.n_hidden,),
            "head.weight": (c.n_classes, c.n_hidden),
            "head.bias": (c.n_classes,),
        }
        return weights(names, self.seed)

    @cached_property
    def x(self) -> Array:
        return normal(self.seed, 95).normal(size=(self.N, self.config.n_in)).round(1)

    @cached_property
    def targets(self) -> Array:
        return normal(self.seed, 94).integers(0, self.config.n_classes, self.N)

    def snippet(self) -> str:
        lines = [
            "import numpy as np",
            "import torch",
            "from lesson7_mlp.digits import Classifier, ClassifierConfig",
            f"model = Classifier(ClassifierConfig({_told(self.config)})).double()",
            *filled("model", self.seed),
            f"x = {tensor(self.x)}",
        ]
        if self.shown == "logits":
            return "\n".join([*lines, "print(model(x)[0])"])
        named = "((n, p.grad) for n, p in model.named_parameters())"
        return "\n".join(
            [
                *lines,
                f"logits, loss = model(x, {tensor(self.targets)})",
                "loss.backward()",
                f"print(loss, *{named}, sep='\\n')",
            ]
        )


@st.composite
def classifiers(draw: st.DrawFn, shown: str = "logits") -> ClassifierCase:
    """Small classifiers, on one example or a few."""
    config = ClassifierConfig(
        n_in=draw(st.integers(1, 5)),
        n_hidden=draw(st.integers(1, 5)),
        n_classes=draw(st.integers(2, 4)),
    )
    return ClassifierCase(config, draw(st.integers(1, 4)), draw(SEED), shown)
