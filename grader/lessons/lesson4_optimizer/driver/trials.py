"""What an optimizer does in a milestone: a valley, and a small language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.tensors import array, tensor

from .optimizers import Settings, settings_of

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]


# --- milestones ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """An optimizer on a whole problem: its settings, and the learning rate of each step."""

    kind: str
    settings: Settings
    rates: list[float]

    def over(self, cls: Any, params: list[torch.Tensor]) -> Any:
        """After each time that the caller has given gradients, takes a step."""
        optimizer = cls(params, **settings_of(self.settings))
        for rate in self.rates:
            optimizer.param_groups[0]["lr"] = rate
            yield
            optimizer.step()


def descend(cls: Any, trial: Trial, start: Array, target: Array, curvature: Array) -> Array:
    """W after each step, (steps, m, n), on ½ tr((W − target) curvature (W − target)ᵀ)."""
    W, aim, H = tensor(start, True), tensor(target), tensor(curvature)
    found = []
    for _ in trial.over(cls, [W]):
        found.append(array(W, "W").copy())
        W.grad = (W.detach() - aim) @ H
    return np.stack([*found, array(W, "W")][1:])


def language(
    cls: Any, trial: Trial, weights: list[Array], batches: Array, every: int
) -> list[list[Array]]:
    """The weights of a small language model, every so many steps.

    Two tokens predict a third: logits = tanh((E[a], E[b]) · H) · head. `batches` is (steps, B, 3).
    """
    import torch

    E, H, head = params = [tensor(w, True) for w in weights]
    found = []
    for t, _ in enumerate(trial.over(cls, params)):
        if t and t % every == 0:
            found.append([array(p, "weights").copy() for p in params])
        x = tensor(batches[t]).long()
        logits = torch.tanh(E[x[:, :2]].flatten(1) @ H) @ head
        loss = torch.nn.functional.cross_entropy(logits, x[:, 2])
        grads = torch.autograd.grad(loss, params)
        for p, g in zip(params, grads, strict=True):
            p.grad = g
    return [*found, [array(p, "weights").copy() for p in params]]
