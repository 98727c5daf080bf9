"""Cases of initialisation: weights whose sizes are telling."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from grader.drawn import SEED
from grader.lessons.lesson8_normalization.oracle import GAINS

FILE = "lesson8_normalization.initialization"


@dataclass(frozen=True)
class Weight:
    """A weight (fan_out, fan_in, …) of many numbers, before a nonlinearity."""

    shape: tuple[int, ...]
    nonlinearity: str
    seed: int

    @property
    def fan_in(self) -> int:
        count = 1
        for n in self.shape[1:]:
            count *= n
        return count

    def given(self) -> list[str]:
        return [
            "import torch",
            f"from {FILE} import kaiming_normal_",
            f"generator = torch.Generator().manual_seed({self.seed})",
            f"weight = torch.nn.Parameter(torch.empty({self.shape}))",
        ]

    def snippet(self) -> str:
        call = f"kaiming_normal_(weight, nonlinearity='{self.nonlinearity}', generator=generator)"
        due = f"{GAINS[self.nonlinearity]:.3f} / {self.fan_in} ** 0.5"
        return "\n".join(
            [*self.given(), call, f"print(weight.mean().item(), weight.std().item(), {due})"]
        )


# About 20,000 numbers each, and more outputs than inputs or the other way round.
SHAPES = ((400, 50), (50, 400), (100, 50, 4), (16, 32, 8, 5))


def weights() -> st.SearchStrategy[Weight]:
    return st.builds(Weight, st.sampled_from(SHAPES), st.sampled_from(sorted(GAINS)), SEED)


@dataclass(frozen=True)
class Twice:
    """A small weight, drawn with equal generators."""

    weight: Weight

    def snippet(self) -> str:
        w = self.weight
        call = f"kaiming_normal_(weight, nonlinearity='{w.nonlinearity}', generator=generator)"
        return "\n".join(
            [
                *w.given(),
                f"one = {call}.clone()",
                f"generator.manual_seed({w.seed})",
                f"print(one, {call}, sep='\\n')  # must be equal",
                f"print({call})  # must be another",
            ]
        )


def twice() -> st.SearchStrategy[Twice]:
    shapes = st.tuples(st.integers(1, 3), st.integers(2, 3))
    return st.builds(Twice, st.builds(Weight, shapes, st.sampled_from(sorted(GAINS)), SEED))


@dataclass(frozen=True)
class Refused:
    """A weight without a fan_in, or a nonlinearity without a gain."""

    shape: tuple[int, ...]
    nonlinearity: str

    def snippet(self) -> str:
        call = f"kaiming_normal_(torch.zeros({self.shape}), nonlinearity='{self.nonlinearity}')"
        return f"import torch\nfrom {FILE} import kaiming_normal_\n{call}  # must be a ValueError"


REFUSED = (Refused((3,), "tanh"), Refused((), "relu"), Refused((2, 2), "softmax"))


@dataclass(frozen=True)
class Model:
    """A model that is started as one of `n_layer` blocks."""

    n_layer: int
    seed: int
    n_embd: int = 48

    def snippet(self) -> str:
        C = self.n_embd
        return "\n".join(
            [
                "import torch",
                "from torch import nn",
                f"from {FILE} import gpt2_init_",
                f"generator = torch.Generator().manual_seed({self.seed})",
                f"c_attn, c_proj = nn.Linear({C}, {3 * C}), nn.Linear({C}, {C}, bias=False)",
                "attn = nn.ModuleDict({'c_attn': c_attn, 'c_proj': c_proj})",
                f"model = nn.ModuleDict({{'wte': nn.Embedding({2 * C}, {C}), 'attn': attn}})",
                "model.gain = nn.Parameter(torch.full((4,), 3.0))  # as a norm would have one",
                f"gpt2_init_(model, {self.n_layer}, generator)",
                "for name, p in model.named_parameters():",
                "    print(name, p.mean().item(), p.std().item())",
                f"print('due for c_proj:', 0.02 / (2 * {self.n_layer}) ** 0.5)",
            ]
        )


def models() -> st.SearchStrategy[Model]:
    return st.builds(Model, st.integers(1, 24), SEED)
