"""Trains lesson 9's network by hand and by autograd, side by side. Returns plain data."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from zth.worker.tensors import tensor

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]
Found = tuple["torch.Tensor", dict[str, "torch.Tensor"]]


def race(
    loss_and_gradients: Any, p: dict[str, Array], Xb: Array, Yb: Array, rate: float
) -> list[tuple[float, float, float]]:
    """For each batch: the loss by hand, that by autograd, and how far their gradients are apart.

    Each network goes its own way from p, by its own gradients. The difference is of gradients at
    the same parameters, those by hand; relative to the largest number of each.
    """
    ours, theirs = ({name: tensor(a) for name, a in p.items()} for _ in range(2))
    found = []
    for x, y in zip(tensor(Xb).long(), tensor(Yb).long(), strict=True):
        loss, by_hand = loss_and_gradients(ours, x, y)
        apart = _apart(by_hand, _by_autograd(loss_and_gradients, ours, x, y)[1])
        other, by_autograd = _by_autograd(loss_and_gradients, theirs, x, y)
        for parameters, gradients in ((ours, by_hand), (theirs, by_autograd)):
            for name, a in parameters.items():
                a -= rate * gradients[name]
        found.append((loss.item(), other.item(), apart))
    return found


def _apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """Of all but b1, whose gradient is 0."""
    names = [name for name in one if name != "b1"]
    return max(float((one[n] - other[n]).abs().max() / other[n].abs().max()) for n in names)


def _by_autograd(
    function: Any, p: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor
) -> Found:
    from torch.nn import functional

    leaves = {name: a.clone().requires_grad_() for name, a in p.items()}
    loss = functional.cross_entropy(_beside(function, "mlp").forward(leaves, x).logits, y)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.detach(), {name: a.grad for name, a in leaves.items() if a.grad is not None}


def _beside(function: Any, name: str) -> Any:
    """A module of the folder that the function lies in."""
    return importlib.import_module(f"{function.__module__.rpartition('.')[0]}.{name}")


def _by_steps(function: Any, p: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> Found:
    steps, mlp = _beside(function, "steps"), _beside(function, "mlp")
    v = mlp.forward(p, x)
    last = steps.cross_entropy_steps(v.logits, y)
    dlogits = steps.cross_entropy_steps_backward(last, y)["logits"]
    dh, dW2, db2 = steps.linear_backward(dlogits, v.h, p["W2"])
    d = steps.batchnorm_steps_backward(v, steps.tanh_backward(dh, v.h))
    dembcat, dW1, db1 = steps.linear_backward(d["hprebn"], v.embcat, p["W1"])
    dC = steps.embedding_backward(dembcat.reshape(v.emb.shape), x, p["C"])
    found = {"C": dC, "W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
    return last.loss, found | {name: d[name] for name in ("bngain", "bnbias")}


def microseconds(
    loss_and_gradients: Any, p: dict[str, Array], Xb: Array, Yb: Array, rounds: int
) -> dict[str, float]:
    """The processor's time for the gradients of a batch: the least of five means."""
    parameters = {name: tensor(a) for name, a in p.items()}
    x, y = tensor(Xb).long(), tensor(Yb).long()
    ways: dict[str, Callable[[], object]] = {
        "autograd": lambda: _by_autograd(loss_and_gradients, parameters, x, y),
        "steps": lambda: _by_steps(loss_and_gradients, parameters, x, y),
        "fused": lambda: loss_and_gradients(parameters, x, y),
    }
    return {name: min(_timed(way, rounds) for _ in range(5)) for name, way in ways.items()}


def _timed(way: Callable[[], object], rounds: int) -> float:
    start = time.process_time()
    for _ in range(rounds):
        way()
    return (time.process_time() - start) / rounds * 1e6
