"""Cases of a model and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named
from grader.lessons.lesson5_gpt.driver import Config
from grader.lessons.lesson5_gpt.oracle import published


def normal(*seed: int) -> np.random.Generator:
    """A generator of random numbers that these integers decide."""
    return np.random.default_rng([*seed])


def _tensor(a: Array, dtype: str = "float64") -> str:
    return f"torch.tensor({a.tolist()}, dtype=torch.{dtype})"


def _weights(names: dict[str, tuple[int, ...]], seed: int) -> Named:
    """Normal numbers with two decimals; gains near 1."""
    found = {}
    for i, (name, shape) in enumerate(sorted(names.items())):
        gain = len(shape) == 1 and name.endswith("weight")
        found[name] = (normal(seed, i).normal(size=shape) + gain).round(2)
    return found


@dataclass(frozen=True)
class NormCase:
    """Inputs of a LayerNorm, of the size of `scale`."""

    shape: tuple[int, ...]
    bias: bool
    scale: float
    seed: int

    @cached_property
    def x(self) -> Array:
        return self.scale * normal(self.seed, 0).normal(size=self.shape).round(2)

    @cached_property
    def weights(self) -> Named:
        names = {"weight": self.shape[-1:]} | ({"bias": self.shape[-1:]} if self.bias else {})
        return _weights(names, self.seed)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 9).normal(size=self.shape).round(2)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                "from lesson5_gpt.gpt import LayerNorm",
                f"norm = LayerNorm({self.shape[-1]}, {self.bias}).double()",
                *_loading("norm", self.weights),
                f"x = {_tensor(self.x)}",
                "print(norm(x))",
            ]
        )


def _loading(name: str, weights: Named) -> list[str]:
    rows = [f"    {n!r}: {_tensor(w)}," for n, w in weights.items()]
    return [f"{name}.load_state_dict({{", *rows, "}, strict=False)"]


@dataclass(frozen=True)
class FarNorm(NormCase):
    """In float32, and near 4096: whole numbers, each of which float32 holds exactly."""

    @cached_property
    def x(self) -> Array:
        return (4096 + self.scale * normal(self.seed, 0).normal(size=self.shape)).round()

    def snippet(self) -> str:
        return super().snippet().replace(".double()", "").replace("float64", "float32")


SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4).map(tuple)  # two to four dimensions
SEEDS = st.integers(0, 1000)


def norms(*scales: float) -> st.SearchStrategy[NormCase]:
    """Inputs of these sizes; without any, of about 1."""
    return st.builds(NormCase, SHAPES, st.booleans(), st.sampled_from(scales or (1.0,)), SEEDS)


def far_norms() -> st.SearchStrategy[FarNorm]:
    return st.builds(FarNorm, SHAPES, st.booleans(), st.just(4.0), SEEDS)


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
class PartCase:
    """An MLP ("MLP") or a block ("Block"), with weights and an input (B, T, C)."""

    name: str
    config: Config
    B: int
    T: int
    seed: int

    @cached_property
    def weights(self) -> Named:
        names = block_names(self.config.n_embd, self.config.bias)
        if self.name == "MLP":
            names = {n[4:]: s for n, s in names.items() if n.startswith("mlp.")}
        return _weights(names, self.seed)

    @cached_property
    def x(self) -> Array:
        return normal(self.seed, 99).normal(size=(self.B, self.T, self.config.n_embd)).round(2)

    @cached_property
    def up(self) -> Array:
        return normal(self.seed, 98).normal(size=self.x.shape).round(2)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                f"from lesson5_gpt.gpt import GPTConfig, {self.name}",
                f"part = {self.name}({_config(self.config)}).double().eval()",
                *_loading("part", self.weights),
                f"x = {_tensor(self.x)}",
                "print(part(x))",
            ]
        )


def _config(c: Config) -> str:
    return (
        f"GPTConfig(block_size={c.block_size}, vocab_size={c.vocab_size}, n_layer={c.n_layer}, "
        f"n_head={c.n_head}, n_embd={c.n_embd}, bias={c.bias})"
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
def parts(draw: st.DrawFn, name: str) -> PartCase:
    """An MLP or a block on one to three rows."""
    config = draw(configs())
    T = draw(st.integers(1, config.block_size))
    return PartCase(name, config, draw(st.integers(1, 3)), T, draw(st.integers(0, 1000)))


@dataclass(frozen=True)
class GptCase:
    """A model, its weights, and rows of tokens with the tokens that follow."""

    config: Config
    B: int
    T: int
    seed: int

    @cached_property
    def weights(self) -> Named:
        return _weights(gpt_names(self.config), self.seed)

    @cached_property
    def idx(self) -> Array:
        return normal(self.seed, 97).integers(0, self.config.vocab_size, (self.B, self.T))

    @cached_property
    def targets(self) -> Array:
        return normal(self.seed, 96).integers(0, self.config.vocab_size, (self.B, self.T))

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                "from lesson5_gpt.gpt import GPT, GPTConfig",
                f"model = GPT({_config(self.config)}).double().eval()",
                *_loading("model", self.weights),
                f"idx = torch.tensor({self.idx.tolist()})",
                f"targets = torch.tensor({self.targets.tolist()})",
                "print(model(idx, targets))",
            ]
        )


@st.composite
def gpts(draw: st.DrawFn) -> GptCase:
    """Small models, and rows up to their context."""
    config = draw(configs())
    T = draw(st.integers(1, config.block_size))
    return GptCase(config, draw(st.integers(1, 3)), T, draw(st.integers(0, 1000)))


@dataclass(frozen=True)
class PublishedCase:
    """A tiny GPT-2 as its weights are published.

    `prefix` stands in front of the names; `masks` are among the weights; `head` is there, too.
    """

    gpt: GptCase
    prefix: str = ""
    masks: bool = False
    head: bool = False

    @cached_property
    def state(self) -> Named:
        plain = {n: w.astype("float32") for n, w in published(self.gpt.weights).items()}
        found = {f"{self.prefix}{n}": w for n, w in plain.items()}
        if self.masks:
            T = self.gpt.config.block_size
            for i in range(self.gpt.config.n_layer):
                name = f"{self.prefix}h.{i}.attn"
                found[f"{name}.bias"] = np.tril(np.ones((1, 1, T, T), "float32"))
                found[f"{name}.masked_bias"] = np.array(-1e4, "float32")
        if self.head:
            found["lm_head.weight"] = plain["wte.weight"]
        return found

    def snippet(self) -> str:
        rows = [f"    {n!r}: {_tensor(w.round(2), 'float32')}," for n, w in self.state.items()]
        return "\n".join(
            [
                "import torch",
                "from lesson5_gpt.gpt import GPT, GPTConfig, load_gpt2",
                f"model = GPT({_config(self.gpt.config)}).eval()",
                "load_gpt2(model, {",
                *rows,
                "})",
                f"print(model(torch.tensor({self.gpt.idx.tolist()}))[0])",
            ]
        )


def publications(*, plain: bool = False) -> st.SearchStrategy[PublishedCase]:
    """Tiny GPT-2s; `plain`: just the weights, under the names without a prefix."""
    if plain:
        return st.builds(PublishedCase, gpts())
    prefixes = st.sampled_from(["", "transformer."])
    return st.builds(PublishedCase, gpts(), prefixes, st.booleans(), st.booleans())


@dataclass(frozen=True)
class Spoilt:
    """A published state in which one weight is amiss: "missing", "unexpected", or of a `shape`."""

    case: PublishedCase
    name: str
    fault: str
    shape: tuple[int, ...] = ()

    @cached_property
    def state(self) -> Named:
        state = dict(self.case.state)
        if self.fault == "missing":
            del state[self.case.prefix + self.name]
        else:
            state[self.case.prefix + self.name] = np.ones(self.shape, "float32")
        return state

    def snippet(self) -> str:
        change = f"state[{self.case.prefix + self.name!r}] = torch.ones({list(self.shape)})"
        if self.fault == "missing":
            change = f"del state[{self.case.prefix + self.name!r}]"
        lines = self.case.snippet().splitlines()
        start, end = lines.index("load_gpt2(model, {"), lines.index("})")
        lines[start], lines[end] = "state = {", "}"
        call = "load_gpt2(model, state)  # must raise a ValueError"
        return "\n".join([*lines[: end + 1], change, call])


@st.composite
def spoilt(draw: st.DrawFn, *faults: str) -> Spoilt:
    """States with a weight too few, too many, or of another shape, perhaps one that broadcasts."""
    case = draw(publications())
    fault = draw(st.sampled_from(faults))
    plain = published(case.gpt.weights)
    if fault == "unexpected":
        n = case.gpt.config.n_layer
        name = draw(st.sampled_from([f"h.{n}.ln_1.weight", "ln_f.gain", "h.0.attn.c_attn.scale"]))
        return Spoilt(case, name, fault, (case.gpt.config.n_embd,))
    name = draw(st.sampled_from(sorted(plain)))
    if fault == "missing":
        return Spoilt(case, name, fault)
    right = plain[name].shape
    ways = [(*right[:-1], right[-1] + 1), (1,), (*right, 1), right[::-1], (1, *right)]
    return Spoilt(case, name, fault, draw(st.sampled_from([w for w in ways if w != right])))
