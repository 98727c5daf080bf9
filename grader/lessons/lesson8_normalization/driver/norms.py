"""Norms: of the batch, and of each token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import Played, backward, holding, module, played
from zth.worker.tensors import array, reseed, tensor, unchanged

Array = NDArray[Any]

Load = Callable[[str], Any]


# --- norms over the channels --------------------------------------------------------------------


def norm(
    cls: Any, weights: dict[str, Array], eps: float | None, bias: bool, x: Array, up: Array
) -> Played:
    """A LayerNorm or RMSNorm with these weights; without eps, with its own."""
    return played(_norm(cls, weights, eps, bias), weights, x, up)


def norm_in_float32(cls: Any, weights: dict[str, Array], bias: bool, x: Array) -> Array:
    """What it gives where it and x are in float32."""
    made = holding(_norm(cls, weights, None, bias), weights).float()
    return array(made(tensor(x).float()), "y", "float32")


def _norm(cls: Any, weights: dict[str, Array], eps: float | None, bias: bool) -> Any:
    n = len(weights["weight"])
    return cls(n, bias) if eps is None else cls(n, bias, eps)


def new_norm(cls: Any, n: int, bias: bool | None) -> dict[str, Array]:
    """The parameters of a new one; `bias` None: not said."""
    reseed()
    made = cls(n) if bias is None else cls(n, bias)
    return {name: array(p, name) for name, p in made.named_parameters()}


# --- batch normalisation ------------------------------------------------------------------------


RUNNING = ("running_mean", "running_var")


@dataclass(frozen=True)
class Batch:
    """One pass: its input, what flows back to its output, and the mode that it is in."""

    x: Array
    up: Array
    training: bool


@dataclass(frozen=True)
class Passed:
    """What a pass gave, its gradients, and the running statistics after it."""

    y: Array
    grads: dict[str, Array]
    running: dict[str, Array]


def batchnorm(
    cls: Any, weights: dict[str, Array], settings: dict[str, float], batches: list[Batch]
) -> list[Passed]:
    """A BatchNorm1d, pass after pass, forward and backward."""
    made = holding(cls(len(weights["weight"]), **settings), weights)
    return [_passed(made, batch) for batch in batches]


def _passed(made: Any, batch: Batch) -> Passed:
    x = tensor(batch.x, True)
    made.train(batch.training)
    made.zero_grad()
    with unchanged(x=x):
        y = made(x)
    got = backward(y, batch.up, {"x": x, **dict(made.named_parameters())})
    return Passed(got.y, got.grads, _running(made))


def batchnorm_in_float32(cls: Any, weights: dict[str, Array], x: Array) -> Array:
    """What it gives in training where it and x are in float32."""
    made = holding(cls(len(weights["weight"])), weights).float().train()
    return array(made(tensor(x).float()), "y", "float32")


def _running(made: Any) -> dict[str, Array]:
    """The running statistics, as a checkpoint would have them: copies, since they move on."""
    saved = made.state_dict()
    for name in RUNNING:
        if name not in saved:
            raise BadAnswer("there is no buffer {name}: it would not be saved", name=name)
    return {name: array(saved[name].clone(), name) for name in RUNNING}


def new_batchnorm(cls: Any, dim: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """The parameters and the running statistics of a new one."""
    made = module(cls(dim))
    return {name: array(p, name) for name, p in made.named_parameters()}, _running(made)


def batchnorm_error(cls: Any, shape: list[int], training: bool) -> str:
    """The name of the exception for a batch of this shape."""
    import torch

    made = cls(shape[-1]).train(training)
    return exception_of(lambda: made(torch.ones(shape)))
