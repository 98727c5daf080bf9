"""Parts of the model, the model, and published weights: builds them, plays one episode."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import (
    Answered,
    Played,
    answered,
    elsewhere,
    holding,
    namespace,
    pair,
    played,
)
from zth.worker.tensors import array, reseed, tensor, unchanged

Array = NDArray[Any]


@dataclass(frozen=True)
class Config:
    """The size of a model, as `GPTConfig` has it."""

    block_size: int
    vocab_size: int
    n_layer: int
    n_head: int
    n_embd: int
    dropout: float = 0.0
    bias: bool = True


@dataclass(frozen=True)
class Built:
    """A new model: its parameters' shapes, means and deviations, and whether wte is tied."""

    shapes: dict[str, list[int]]
    means: dict[str, float]
    deviations: dict[str, float]
    tied: bool


@dataclass(frozen=True)
class Poured:
    """A model's parameters after a state was loaded, and what was raised, as its name and text."""

    weights: dict[str, Array]
    error: str = ""
    text: str = ""


# --- parts of the model -------------------------------------------------------------------------


def norm(cls: Any, weight: Array, bias: Array | None, x: Array, up: Array) -> Played:
    """LayerNorm with a gain and, where given, a bias."""
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return played(cls(len(weight), bias is not None), weights, x, up)


def norm_in_float32(cls: Any, weight: Array, bias: Array | None, x: Array) -> Array:
    """The output of LayerNorm where it and x are in float32."""
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    made = holding(cls(len(weight), bias is not None), weights).float()
    return array(made(tensor(x).float()), "y", "float32")


def new_norm(cls: Any, n: int, bias: bool) -> dict[str, Array]:
    """The parameters of a new LayerNorm."""
    reseed()
    return {name: array(p, name) for name, p in cls(n, bias).named_parameters()}


def mlp(cls: Any, config: Config, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """MLP, in eval mode."""
    return played(cls(namespace(config)), weights, x, up)


def block(cls: Any, config: Config, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """Block with its own default parts, in eval mode."""
    return played(cls(namespace(config)), weights, x, up)


def block_of(cls: Any, x: Array) -> Array:
    """A block whose attention adds 1, whose MLP triples and whose norm doubles: what comes out."""
    from torch import nn

    reseed()

    class Part(nn.Module):
        def __init__(self, apply: Any) -> None:
            super().__init__()
            self.apply_to = apply

        def forward(self, x: Any) -> Any:
            return self.apply_to(x)

    def doubling(*_: Any, **__: Any) -> Any:
        return Part(lambda x: x * 2)

    config = namespace(Config(x.shape[1], 1, 1, 1, x.shape[2]))
    made = cls(config, lambda _: Part(lambda x: x + 1), lambda _: Part(lambda x: x * 3), doubling)
    return array(made.double()(tensor(x)), "y")


def dropped(cls: Any, config: Config, x: Array) -> list[Array]:
    """A part's output for the same input: in eval mode, and twice in training mode."""
    reseed()
    made = cls(namespace(config)).double()
    return [array(made.train(mode)(tensor(x)), "y") for mode in (False, True, True)]


# --- the model ----------------------------------------------------------------------------------


def gpt(
    cls: Any, config: Config, weights: dict[str, Array], idx: Array, targets: Array | None
) -> Answered:
    """The model with these weights, in eval mode, forward and, given targets, backward."""
    made = holding(cls(namespace(config)), weights, ("lm_head.weight",))
    return answered(made, idx, targets)


def built(cls: Any, config: Config, swapped: bool) -> Built:
    """A new model as it starts; where `swapped`, of parts from elsewhere."""
    reseed()
    parts = {"attention": _two_layers, "mlp": _two_layers} if swapped else {}
    made = cls(namespace(config), **parts)
    named = dict(made.named_parameters())
    named |= {n: p for n, p in made.state_dict().items() if n == "lm_head.weight"}
    arrays = {n: array(p, n) for n, p in named.items()}
    wte = made.get_parameter("transformer.wte.weight")
    return Built(
        shapes={n: list(a.shape) for n, a in arrays.items()},
        means={n: float(a.mean()) for n, a in arrays.items()},
        deviations={n: float(a.std()) for n, a in arrays.items()},
        tied=made.get_parameter("lm_head.weight") is wte,
    )


def _two_layers(config: Any) -> Any:
    """A part of two linear layers, which start as PyTorch has them start."""
    from torch import nn

    part = nn.Sequential()
    part.add_module("inner", nn.Linear(config.n_embd, config.n_embd))
    part.add_module("c_proj", nn.Linear(config.n_embd, config.n_embd))
    return part


def embedded(cls: Any, config: Config, idx: Array) -> list[Array]:
    """What enters the first block: in eval mode, and twice in training mode."""
    reseed()
    made = cls(namespace(config)).double()
    seen: list[Any] = []
    first = made.get_submodule("transformer.h.0")
    first.register_forward_pre_hook(lambda _, given: seen.append(*given))
    for mode in (False, True, True):
        made.train(mode)(tensor(idx).long())
    if len(seen) != 3:
        raise BadAnswer("transformer.h[0] must be called once in each forward pass")
    return [array(x, "what enters the first block") for x in seen]


def gpt_elsewhere(cls: Any, config: Config) -> None:
    """A forward pass without values, on torch's "meta" device: BadAnswer where it meets the CPU."""
    import torch

    idx = torch.zeros(1, config.block_size, dtype=torch.long, device="meta")
    homeless = BadAnswer(
        "a tensor that you make (the positions?) stays on the CPU when the input is on a GPU"
    )
    elsewhere(cls(namespace(config)), idx, homeless)


def too_long(cls: Any, config: Config) -> str:
    """The name of the exception for a row that is longer than the context."""
    import torch

    made = cls(namespace(config))
    return exception_of(lambda: made(torch.zeros(1, config.block_size + 1, dtype=torch.long)))


def slots(cls: Any, config: Config, given: list[str]) -> dict[str, int]:
    """How often the factory of each slot that is given is called, by the model or by a block."""
    from torch import nn

    calls = dict.fromkeys(given, 0)

    def factory(name: str) -> Any:
        def make(*_: Any, **__: Any) -> Any:
            calls[name] += 1
            return nn.Identity()

        def make_block(config: Any, attention: Any, mlp: Any, norm: Any) -> Any:
            parts = attention(config), mlp(config), norm(config.n_embd, config.bias)
            return nn.Sequential(make(), *parts)

        return make_block if name == "block" else make

    cls(namespace(config), **{name: factory(name) for name in given})
    return calls


# --- published weights --------------------------------------------------------------------------


def pour(function: Any, config: Config, state: dict[str, Array]) -> Poured:
    """load_gpt2 into a model that has GPT-2's names and starts with zeros."""
    import torch

    model = _skeleton(config)
    given = {name: tensor(a) for name, a in state.items()}
    error = text = ""
    with unchanged(**given):
        try:
            function(model, dict(given))
        except ValueError as caught:
            error, text = type(caught).__name__, str(caught)
    weights = {n: array(p.clone(), n) for n, p in model.named_parameters()}
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    for name, weight in given.items():
        if state[name].any() and not weight.any():
            raise BadAnswer(
                "the model shares its memory with {name}: training would change both", name=name
            )
    return Poured(weights, error, text)


def _skeleton(config: Config) -> Any:
    """The modules of a GPT-2, zeros all over, without a forward pass."""
    import torch
    from torch import nn

    class Norm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(C))
            self.bias = nn.Parameter(torch.zeros(C)) if config.bias else None

    def linear(n: int, m: int) -> Any:
        return nn.Linear(n, m, bias=config.bias)

    def block() -> Any:
        attn = nn.ModuleDict({"c_attn": linear(C, 3 * C), "c_proj": linear(C, C)})
        attn.register_buffer("bias", torch.zeros(1, 1, config.block_size, config.block_size))
        mlp = nn.ModuleDict({"c_fc": linear(C, 4 * C), "c_proj": linear(4 * C, C)})
        return nn.ModuleDict({"ln_1": Norm(), "attn": attn, "ln_2": Norm(), "mlp": mlp})

    C = config.n_embd
    wte, wpe = nn.Embedding(config.vocab_size, C), nn.Embedding(config.block_size, C)
    blocks = nn.ModuleList([block() for _ in range(config.n_layer)])
    model = nn.Module()
    model.config = namespace(config)  # type: ignore[assignment]
    model.transformer = nn.ModuleDict({"wte": wte, "wpe": wpe, "h": blocks, "ln_f": Norm()})
    model.lm_head = nn.Linear(C, config.vocab_size, bias=False)
    model.lm_head.weight = wte.weight
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    return model


def poured_model(function: Any, config: Config, state: dict[str, Array], idx: Array) -> Array:
    """Logits of the GPT that lies beside load_gpt2, with a published state."""
    cls = getattr(sys.modules.get(function.__module__), "GPT", None)
    if cls is None:
        raise BadAnswer("there is no GPT beside load_gpt2")
    model = cls(namespace(config)).eval()
    function(model, {name: tensor(a) for name, a in state.items()})
    return array(pair(model(tensor(idx).long()))[0], "logits")
