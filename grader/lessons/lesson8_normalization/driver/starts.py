"""How weights start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.tensors import array, reseed

Array = NDArray[Any]

Load = Callable[[str], Any]


# --- how weights start --------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    """A weight, what another one got from an equal generator, and a third from the same one."""

    weight: Array
    equal: Array
    next: Array


def kaiming(function: Any, shape: list[int], nonlinearity: str, seed: int) -> Filled:
    """kaiming_normal_ on weights that ask for a gradient, as those of modules do."""
    import torch

    reseed()
    generators = [torch.Generator().manual_seed(seed) for _ in range(2)]
    draws = [generators[0], generators[1], generators[0]]
    return Filled(*(_filled(function, shape, nonlinearity, g) for g in draws))


def _filled(function: Any, shape: list[int], nonlinearity: str, generator: Any) -> Array:
    import torch

    weight = torch.nn.Parameter(torch.full(shape, torch.nan, dtype=torch.float64))
    torch.rand(1)  # torch's own generator moves on: whoever draws from it is seen
    if function(weight, nonlinearity=nonlinearity, generator=generator) is not weight:
        raise BadAnswer("kaiming_normal_ must return the weight that it was given")
    if not weight.requires_grad:
        raise BadAnswer("the weight asked for a gradient before, and does not any more")
    return array(weight, "weight")


def kaiming_error(function: Any, shape: list[int], nonlinearity: str) -> str:
    """The name of the exception for a weight of this shape, or this nonlinearity."""
    import torch

    return exception_of(lambda: function(torch.zeros(shape), nonlinearity=nonlinearity))


GAIN = 3.0  # of the norms in a model that gpt2_init_ starts: nothing of it may change


def gpt2(function: Any, n_layer: int, n_embd: int, seed: int) -> list[dict[str, Array]]:
    """The parameters of two models, both started with a generator of this seed."""
    import torch

    reseed()
    models = []
    for _ in range(2):
        torch.rand(1)
        model = _untrained(n_embd)
        function(model, n_layer, torch.Generator().manual_seed(seed))
        models.append({name: array(p, name) for name, p in model.named_parameters()})
    return models


def _untrained(C: int) -> Any:
    """The modules of a GPT-2 of one block, without a forward pass."""
    import torch
    from torch import nn

    class Norm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.full((C,), GAIN))
            self.bias = nn.Parameter(torch.full((C,), GAIN))

    attn = nn.ModuleDict({"c_attn": nn.Linear(C, 3 * C), "c_proj": nn.Linear(C, C, bias=False)})
    attn["c_proj_up"] = nn.Linear(C, C)  # no c_proj, for all its name
    mlp = nn.ModuleDict({"c_fc": nn.Linear(C, 4 * C), "c_proj": nn.Linear(4 * C, C)})
    block = nn.ModuleDict({"ln_1": Norm(), "attn": attn, "ln_2": Norm(), "mlp": mlp})
    parts = {"wte": nn.Embedding(2 * C, C), "wpe": nn.Embedding(C, C), "h": nn.ModuleList([block])}
    model = nn.ModuleDict({**parts, "ln_f": Norm(), "lm_head": nn.Linear(C, 2 * C, bias=False)})
    model.register_parameter("temperature", nn.Parameter(torch.full((), GAIN)))
    return model
