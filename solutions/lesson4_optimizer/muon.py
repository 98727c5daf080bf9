"""Muon, an optimizer for matrices. Beyond the lectures.

Sources: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; Higham 2008,
"Functions of Matrices", chapter 8 (the iteration).
"""

from typing import Any

import torch
from torch import Tensor

from .optimizer import Optimizer, Params

QUINTIC = (3.4445, -4.7750, 2.0315)  # a, b, c: steep at 0, and near 1 around 1


def orthogonalize(matrix: Tensor, steps: int = 5) -> Tensor:
    """The matrix U Vᵀ nearest in direction to `matrix` = U S Vᵀ, roughly; of the same shape.

    Every singular value that is at least 1 % of the norm comes out between 0.5 and 1.5; smaller
    ones may stay below. The singular vectors stay. A matrix of zeros stays one.

    Newton–Schulz: divide by the Frobenius norm (the root of the sum of squares), so that no
    singular value is above 1; then, `steps` times, with (a, b, c) = QUINTIC,

        A = X Xᵀ                           a square of the smaller side: transpose a tall matrix
        X ← a X + (b A + c A²) X           before, and back after

    which takes each singular value s to a s + b s³ + c s⁵ and nothing else.

    >>> y = orthogonalize(torch.tensor([[3.0, 0.0], [0.0, -0.5]]))
    >>> [[round(x, 1) for x in row] for row in (y + 0.0).tolist()]
    [[0.7, 0.0], [0.0, -1.0]]
    """
    a, b, c = QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    X = matrix.mT if tall else matrix
    X = X / X.norm().clamp(min=1e-12)
    for _ in range(steps):
        A = X @ X.mT
        X = a * X + (b * A + c * A @ A) @ X
    return X.mT if tall else X


class Muon(Optimizer):
    """Momentum, orthogonalized: every direction of a matrix moves by about the same amount.

    With g the gradient, W the matrix (rows, columns) and b a running mean that starts at 0:

        b ← momentum · b + (1 − momentum) · g
        u = b                              or, with nesterov,  momentum · b + (1 − momentum) · g
        W ← W − lr · weight_decay · W
        W ← W − lr · √max(1, rows / columns) · orthogonalize(u)

    Raises ValueError, before anything else happens, for a parameter that is not a matrix: biases,
    gains and embeddings are AdamW's.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        *,
        nesterov: bool = True,
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, defaults | {"nesterov": nesterov})
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(f"Muon moves matrices, not a tensor of shape {tuple(p.shape)}")

    def update(self, p: Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
        momentum, lr = group["momentum"], group["lr"]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(p)
        buffer = state["momentum_buffer"].lerp_(p.grad, 1 - momentum)
        u = p.grad.lerp(buffer, momentum) if group["nesterov"] else buffer
        scale = max(1, p.shape[0] / p.shape[1]) ** 0.5
        p.mul_(1 - lr * group["weight_decay"])
        p.sub_(lr * scale * orthogonalize(u))
