"""Sweeps learning rates and trains at some, beside the reference's lesson 7. Returns plain data."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from numpy.typing import NDArray

from zth.worker.tensors import tensor

Array = NDArray[Any]


def _model(function: Any, context: int, seed: int) -> Any:
    """The lecture's larger model, of the MLP that lies beside the function."""
    import torch

    torch.manual_seed(seed)
    module = importlib.import_module(f"{function.__module__.rpartition('.')[0]}.mlp")
    return module.MLP(module.MLPConfig(context=context))


def swept(sweep: Any, X: Array, Y: Array, seed: int) -> tuple[list[float], list[float]]:
    """The rates and the losses of a sweep, as the lesson has it."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    rates, losses = sweep(
        _model(sweep, X.shape[1], seed), tensor(X), tensor(Y), generator=generator
    )
    return rates, losses


def trained(
    train: Any, X: Array, Y: Array, dev: tuple[Array, Array], lr: float, steps: int, seed: int
) -> float:
    """The loss on the dev split after training at one rate."""
    import torch

    model = _model(train, X.shape[1], seed)
    generator = torch.Generator().manual_seed(seed)
    train(model, tensor(X), tensor(Y), lr=lr, steps=steps, generator=generator)
    loss: float = sys.modules[train.__module__].split_loss(model, *map(tensor, dev))
    return loss
