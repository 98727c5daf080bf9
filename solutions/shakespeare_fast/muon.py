"""Muon, all matrices of one shape at a time: lesson 4's, for speed.

Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

QUINTIC = (3.4445, -4.7750, 2.0315)  # a, b, c: steep at 0, and near 1 around 1


def orthogonalize(matrices: Tensor, steps: int = 5) -> Tensor:
    """Of each matrix U S Vᵀ, about U Vᵀ: (n, rows, columns), rows ≤ columns; see lesson 4.

    In bfloat16, which the iteration bears well: what comes out is near 1 in no more than two
    digits anyway.

    >>> y = orthogonalize(torch.tensor([[[3.0, 0.0], [0.0, -0.5]]]))
    >>> [[round(x, 1) for x in row] for row in (y + 0.0).tolist()[0]]
    [[0.7, 0.0], [0.0, -1.0]]
    """
    a, b, c = QUINTIC
    X = matrices / matrices.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-12)
    X = X.bfloat16()
    for _ in range(steps):
        A = X @ X.mT
        X = a * X + (b * A + c * A @ A) @ X
    return X.to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalized, as lesson 4 writes it out for one matrix.

    Raises ValueError for a parameter that is not a matrix: those are AdamW's.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.02,
        weight_decay: float = 0.0,
        momentum: float = 0.9,
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(f"Muon moves matrices, not a tensor of shape {tuple(p.shape)}")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Moves every matrix that has a gradient; returns what the closure returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            shapes: dict[tuple[int, ...], list[Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(tuple(sorted(p.shape)), []).append(p)
            for matrices in shapes.values():
                self._move(matrices, group)
        return loss

    def _move(self, matrices: list[Tensor], group: dict[str, Any]) -> None:
        """One step of matrices of the same shape, tall ones lying on their side."""
        flat = [self._direction(p, group["momentum"]) for p in matrices]
        for p, u in zip(matrices, orthogonalize(torch.stack(flat)), strict=True):
            rows, columns = p.shape
            p.mul_(1 - group["lr"] * group["weight_decay"])
            scale = max(1, rows / columns) ** 0.5
            p.sub_(u.mT if rows > columns else u, alpha=group["lr"] * scale)

    def _direction(self, p: Tensor, momentum: float) -> Tensor:
        """The gradient with Nesterov's momentum, with no more rows than columns."""
        state = self.state[p]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(p)
        buffer = state["momentum_buffer"].lerp_(p.grad, 1 - momentum)
        u = p.grad.lerp(buffer, momentum)
        return u.mT if p.shape[0] > p.shape[1] else u
