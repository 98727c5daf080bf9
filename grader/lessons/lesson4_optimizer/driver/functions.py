"""Newton–Schulz, clipping, and the schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array, tensor, unchanged

from .optimizers import parameter_of, scalar_of, some_of

if TYPE_CHECKING:
    pass

Array = NDArray[Any]


@dataclass(frozen=True)
class Clipped:
    """The norm that was returned, and the gradients after."""

    norm: float
    grads: list[Array | None]


# --- Newton–Schulz, clipping, schedule ----------------------------------------------------------


def orthogonal(function: Any, matrix: Array) -> Array:
    """orthogonalize, with its own number of steps."""
    given = tensor(matrix)
    with unchanged(matrix=given):
        return array(function(given), "orthogonalize(matrix)").astype(np.float64)


def clip(function: Any, grads: list[Array | None], max_norm: float, generator: bool) -> Clipped:
    """clip_grad_norm_ of parameters with these gradients."""
    params = [parameter_of(np.zeros(2) if g is None else np.zeros_like(g), False) for g in grads]
    for p, g in zip(params, grads, strict=True):
        p.grad = None if g is None else tensor(g)
    views = [None if p.grad is None else p.grad.detach() for p in params]
    with unchanged(**{f"p{i}": p for i, p in enumerate(params)}):
        norm = function(some_of(params, generator), max_norm)
    for i, (p, view) in enumerate(zip(params, views, strict=True)):
        if view is not None and (p.grad is None or p.grad.data_ptr() != view.data_ptr()):
            raise BadAnswer("clip_grad_norm_ replaced p{i}.grad; change it in place", i=i)
    after = [None if v is None else array(v, f"p{i}.grad") for i, v in enumerate(views)]
    return Clipped(scalar_of(norm, "clip_grad_norm_(…)"), after)


def schedule(
    function: Any, at: list[int], steps: int, warmup: int, peak: float, floor: float | None
) -> list[float]:
    """cosine_schedule at these steps; without a floor, with its own."""
    rest = () if floor is None else (floor,)
    return [
        scalar_of(function(t, steps, warmup, peak, *rest), f"cosine_schedule({t}, …)") for t in at
    ]
