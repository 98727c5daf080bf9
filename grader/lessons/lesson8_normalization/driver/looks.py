"""Diagnostics: statistics, what flows through a network, how far a step moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import gradient
from zth.worker.tensors import array, tensor, unchanged

Array = NDArray[Any]

Load = Callable[[str], Any]


# --- diagnostics --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Described:
    """What `describe` said."""

    mean: float
    std: float
    saturation: float
    density: Array
    edges: Array


def describe(function: Any, x: Array, bins: int, limit: float) -> Described:
    """describe, of a tensor that asks for a gradient and does not lie in one piece."""
    leaf = tensor(x, True)
    given = leaf.mT if x.ndim > 1 else leaf
    with unchanged(x=leaf):
        said = function(given, bins, limit)
    mean, std, saturation = (_number(said, name) for name in ("mean", "std", "saturation"))
    return Described(mean, std, saturation, _numbers(said, "density"), _numbers(said, "edges"))


def _number(said: Any, name: str) -> float:
    value = _attribute(said, name)
    if not isinstance(value, int | float):
        kind = type(value).__name__
        raise BadAnswer("{name} is a {kind}, expected a float", name=name, kind=kind)
    return float(value)


def _numbers(said: Any, name: str) -> Array:
    value = _attribute(said, name)
    found = array(value, name)
    if value.requires_grad:
        raise BadAnswer("{name} asks for a gradient: detach what you look at", name=name)
    return found


def _attribute(said: Any, name: str) -> Any:
    if not hasattr(said, name):
        kind = type(said).__name__
        raise BadAnswer("describe returned a {kind} without {name}", kind=kind, name=name)
    return getattr(said, name)


@dataclass(frozen=True)
class Network:
    """A chain of blocks, each a linear layer of these weights, then tanh; and what is run of it.

    The last tanh is of a class of its own, derived from nn.Tanh.
    After block `stops` (−1: none) the chain is detached from the loss; block `idle` does not run.
    The loss is the mean square of the last output.
    """

    weights: list[Array]
    x: Array
    stops: int
    idle: int


@dataclass(frozen=True)
class Observed:
    """What `observe` saw, by name; what stays in the model; the gradients of its parameters.

    And how often the loss was run.
    """

    outputs: dict[str, Array]
    gradients: dict[str, Array]
    hooks: int
    grads: dict[str, Array]
    runs: int


def observe(function: Any, network: Network, kind: str) -> list[Observed]:
    """observe of all "Tanh" or "Linear", twice: the second time on twice the input."""
    from torch import nn

    model, run = _chain(network)
    found = []
    for times in (1.0, 2.0):
        runs: list[float] = []

        def loss(times: float = times, runs: list[float] = runs) -> Any:
            runs.append(times)
            return run(times)

        outputs, gradients = _seen(function(model, getattr(nn, kind), loss))
        grads = {name: gradient(p, name) for name, p in model.named_parameters()}
        found.append(Observed(outputs, gradients, _hooks(model), grads, len(runs)))
    return found


def observe_failing(function: Any, network: Network) -> int:
    """The hooks that are left where the loss raises something."""
    from torch import nn

    model, _ = _chain(network)

    def fails() -> Any:
        raise ArithmeticError("this loss always fails")

    if exception_of(lambda: function(model, nn.Tanh, fails)) != "ArithmeticError":
        raise BadAnswer("what the loss raises must reach the caller of observe")
    return _hooks(model)


def _chain(network: Network) -> tuple[Any, Callable[[float], Any]]:
    """The model, whose parameters have gradients of 1, and what runs it and gives its loss."""
    import torch
    from torch import nn

    class Last(nn.Tanh):
        pass

    blocks = []
    for i, weight in enumerate(network.weights, start=1):
        linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False).double()
        linear.weight.data.copy_(tensor(weight))
        linear.weight.grad = torch.ones_like(linear.weight)
        blocks.append(nn.Sequential(linear, Last() if i == len(network.weights) else nn.Tanh()))
    model = nn.ModuleDict({"h": nn.ModuleList(blocks)})

    def run(times: float) -> Any:
        x = tensor(network.x) * times
        for i, block in enumerate(blocks):
            if i != network.idle:
                x = block(x)
            x = x.detach() if i == network.stops else x
        return x.square().mean()

    return model, run


def _seen(seen: Any) -> tuple[dict[str, Array], dict[str, Array]]:
    if not isinstance(seen, dict):
        kind = type(seen).__name__
        raise BadAnswer("observe returned a {kind}, expected a dict", kind=kind)
    outputs, gradients = {}, {}
    for name, pair in seen.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise BadAnswer("observe must give (output, gradient) for each module")
        outputs[str(name)] = array(pair[0], f"output of {name}")
        gradients[str(name)] = array(pair[1], f"gradient at {name}")
    return outputs, gradients


def _hooks(model: Any) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, kind)) for module in model.modules() for kind in kinds)


def ratio(function: Any, before: Array, after: Array) -> float:
    """update_ratio of two tensors, the first of which asks for a gradient."""
    given = tensor(before, True), tensor(after)
    with unchanged(before=given[0], after=given[1]):
        value = function(*given)
    if not isinstance(value, float):
        kind = type(value).__name__
        raise BadAnswer("update_ratio returned a {kind}, expected a float", kind=kind)
    return value
