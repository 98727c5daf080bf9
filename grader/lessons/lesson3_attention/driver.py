"""Runs beside the learner's attention: builds it, plays one episode, returns plain data."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array, tensor, unchanged

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]


@dataclass(frozen=True)
class Sizes:
    """What a module is made with. `kind` is head, multihead or attention (GPT-2's)."""

    kind: str
    n_embd: int
    n_head: int
    head_size: int
    block_size: int
    dropout: float = 0.0
    bias: bool = True


@dataclass(frozen=True)
class Played:
    """An output and, by name, the gradients of sum(output · upstream)."""

    y: Array
    grads: dict[str, Array]


def attend(function: Any, q: Array, k: Array, v: Array, is_causal: bool, up: Array) -> Played:
    """scaled_dot_product_attention, forward and backward."""
    return _function(lambda *qkv: function(*qkv, is_causal=is_causal), q, k, v, up)


def blocks(function: Any, q: Array, k: Array, v: Array, block_size: int, up: Array) -> Played:
    """blockwise_attention, forward and backward."""
    return _function(lambda *qkv: function(*qkv, block_size), q, k, v, up)


def _function(function: Any, q: Array, k: Array, v: Array, up: Array) -> Played:
    leaves = {"q": tensor(q, True), "k": tensor(k, True), "v": tensor(v, True)}
    with unchanged(**leaves):
        y = function(*leaves.values())
    return Played(array(y, "y"), _backward(y, up, leaves))


def attend_as(
    function: Any, q: Array, k: Array, v: Array, is_causal: bool, dtype: str, strided: bool
) -> Array:
    """The output for inputs of a dtype, and on request with inputs that are not contiguous."""
    import torch

    def given(a: Array) -> torch.Tensor:
        t = tensor(a).to(getattr(torch, dtype))
        return t.mT.contiguous().mT if strided else t

    return array(function(given(q), given(k), given(v), is_causal=is_causal), "y", dtype)


def module(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """A module in eval mode with these weights, forward and backward."""
    made = _made(cls, sizes, weights).eval()
    given = tensor(x, True)
    with unchanged(x=given):
        y = made(given)
    leaves = {"x": given, **dict(made.named_parameters())}
    return Played(array(y, "y"), _backward(y, up, leaves))


def module_as(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array, dtype: str) -> Array:
    """The output of a module of a dtype, in eval mode."""
    import torch

    kind = getattr(torch, dtype)
    made = _made(cls, sizes, weights).eval().to(kind)
    return array(made(tensor(x).to(kind)), "y", dtype)


def training(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array) -> Array:
    """The output in training mode, where dropout drops."""
    import torch

    made = _made(cls, sizes, weights).train()
    torch.manual_seed(0)
    return array(made(tensor(x)), "y")


def as_built(cls: Any, sizes: Sizes, x: Array) -> dict[str, list[int]]:
    """The shapes of the parameters, and of the output for x, as "y", of a new module."""
    made = _build(cls, sizes).double().eval()
    shapes = {name: list(p.shape) for name, p in made.named_parameters()}
    return {**shapes, "y": list(array(made(tensor(x)), "y").shape)}


def long(function: Any, T: int, d: int, block_size: int) -> float:
    """Blockwise attention over T positions, in float32; the mean of its output."""
    import torch

    torch.manual_seed(0)
    q, k, v = (torch.randn(1, T, d) for _ in range(3))
    with torch.no_grad():
        y = function(q, k, v, block_size)
    if not isinstance(y, torch.Tensor) or y.shape != q.shape:
        raise BadAnswer(f"y must be a tensor of shape {tuple(q.shape)}")
    return float(y.double().mean())


def _made(cls: Any, sizes: Sizes, weights: dict[str, Array]) -> torch.nn.Module:
    """A module in float64 that holds these weights."""
    import torch

    made = _build(cls, sizes).double()
    own = dict(made.named_parameters())
    missing = [name for name in weights if name not in own]
    extra = [name for name in own if name not in weights]
    if missing:
        raise BadAnswer(
            f"there is no parameter {missing[0]}; there are: {', '.join(own) or 'none'}"
        )
    if extra:
        raise BadAnswer(f"there is a parameter {extra[0]} too many; expected: {', '.join(weights)}")
    for name, weight in weights.items():
        if tuple(own[name].shape) != weight.shape:
            shapes = f"has shape {tuple(own[name].shape)}, expected {weight.shape}"
            raise BadAnswer(f"{name} {shapes}")
        with torch.no_grad():
            own[name].copy_(tensor(weight))
    return made


def _build(cls: Any, sizes: Sizes) -> torch.nn.Module:
    import torch

    rest = {"n_embd": sizes.n_embd, "block_size": sizes.block_size, "dropout": sizes.dropout}
    if sizes.kind == "head":
        made = cls(sizes.head_size, **rest)
    elif sizes.kind == "multihead":
        made = cls(sizes.n_head, sizes.head_size, **rest)
    else:
        made = cls(SimpleNamespace(**rest, n_head=sizes.n_head, bias=sizes.bias))
    if not isinstance(made, torch.nn.Module):
        raise BadAnswer(f"{cls.__name__} must be a torch.nn.Module")
    return made


def _backward(y: Any, up: Array, leaves: dict[str, torch.Tensor]) -> dict[str, Array]:
    """Gradients by leaf. A leaf that y does not depend on has gradient 0."""
    array(y, "y", "float64")
    if tuple(y.shape) != up.shape:
        return {}  # the check complains of the shape
    if not y.requires_grad:
        raise BadAnswer("y has no gradient: something on the way was detached, or under no_grad")
    (y * tensor(up)).sum().backward()
    return {
        name: np.zeros(tuple(t.shape)) if t.grad is None else array(t.grad, f"{name}.grad")
        for name, t in leaves.items()
    }
