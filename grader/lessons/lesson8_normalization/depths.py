"""Runs beside all parts of lesson 8: trains deep networks of them, and looks into these.

It is the driver of the milestone and of the figure; `load` gives a part by its component's id.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.modules import holding
from zth.worker.tensors import array, reseed, tensor

Array = NDArray[Any]
Load = Callable[[str], Any]
MOMENTUM = 0.9


@dataclass(frozen=True)
class Net:
    """A network of `depth` layers of tanh: "plain", "residual" or "scaled", which has LayerScale.

    `init` is where that starts; `factor` is on the weights of the layers, once they are filled.
    """

    kind: str
    depth: int
    seed: int
    inputs: int = 2
    width: int = 32
    classes: int = 4
    init: float = 0.1
    factor: float = 1.0


@dataclass(frozen=True)
class Trained:
    """The network's parameters after the last step whose loss was finite, and all losses."""

    weights: dict[str, Array]
    losses: list[float]


@dataclass(frozen=True)
class Layer:
    """What the learner's diagnostics say of one layer: of its output, the gradient, one step."""

    std: float
    saturation: float
    gradient: float
    ratio: float
    density: Array
    edges: Array


def train(load: Load, net: Net, x: Array, y: Array, rate: float) -> Trained:
    """Gradient descent with momentum on batches x (steps, B, inputs) and classes y (steps, B)."""
    model, losses = _built(load, net), []
    speed = [p.detach() * 0 for p in model.parameters()]
    for given, answers in zip(tensor(x).float(), tensor(y).long(), strict=True):
        losses.append(_step(model, speed, _loss(model, given, answers), rate))
        if not math.isfinite(losses[-1]):
            break
    return Trained({name: array(p, name) for name, p in model.named_parameters()}, losses)


def _loss(model: Any, x: Any, y: Any) -> Any:
    from torch.nn import functional

    return functional.cross_entropy(model(x), y)


def _step(model: Any, speed: list[Any], loss: Any, rate: float) -> float:
    """Moves the parameters, unless the loss is not finite; returns it."""
    import torch

    if not math.isfinite(loss.item()):
        return float(loss.item())
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p, v in zip(model.parameters(), speed, strict=True):
            v.mul_(MOMENTUM).add_(p.grad)
            p.sub_(rate * v)
    return float(loss.item())


def scores(load: Load, net: Net, weights: dict[str, Array], x: Array) -> Array:
    """The scores (N, classes) of a network with these parameters for inputs (N, inputs)."""
    model = holding(_built(load, net), weights)
    return array(model(tensor(x)), "scores", "float64")


def look(load: Load, net: Net, x: Array, y: Array, rate: float) -> list[Layer]:
    """Each tanh of a new network, seen by the learner's diagnostics, and one step's ratios."""
    from torch import nn

    describe, observe, ratio = (load(id) for id in ("describe", "observe", "update_ratio"))
    model = _built(load, net)
    given = tensor(x).float(), tensor(y).long()
    seen = list(observe(model, nn.Tanh, lambda: _loss(model, *given)).values())
    matrices = [m.weight for m in model.modules() if isinstance(m, nn.Linear)][1:-1]
    before = [matrix.detach().clone() for matrix in matrices]
    _step(model, [p.detach() * 0 for p in model.parameters()], _loss(model, *given), rate)
    moved = [float(ratio(b, a.detach())) for b, a in zip(before, matrices, strict=True)]
    layers = []
    for (output, gradient), r in zip(seen, moved, strict=True):
        found = describe(output)
        numbers = found.std, found.saturation, describe(gradient).std, r
        layers.append(Layer(*numbers, array(found.density, "density"), array(found.edges, "edges")))
    return layers


def _built(load: Load, net: Net) -> Any:
    """A new network of the learner's parts."""
    import torch
    from torch import nn

    reseed()
    generator = torch.Generator().manual_seed(net.seed)
    fill = load("kaiming")

    def linear(n: int, m: int, nonlinearity: str) -> Any:
        layer = nn.Linear(n, m)
        fill(layer.weight, nonlinearity=nonlinearity, generator=generator)
        nn.init.zeros_(layer.bias)
        return layer

    layers = [linear(net.inputs, net.width, "linear")]
    for _ in range(net.depth):
        inner = linear(net.width, net.width, "tanh")
        inner.weight.data.mul_(net.factor)
        part = nn.Sequential(inner, nn.Tanh())
        layers.append(part if net.kind == "plain" else _residual(load, net, part))
    if net.kind != "plain":
        layers.append(load("layernorm")(net.width))
    return nn.Sequential(*layers, linear(net.width, net.classes, "linear"))


def _residual(load: Load, net: Net, part: Any) -> Any:
    scale = load("layerscale")(net.width, net.init) if net.kind == "scaled" else None
    return load("residual")(part, norm=load("layernorm")(net.width), scale=scale)
