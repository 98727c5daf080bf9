"""Newton–Schulz in bfloat16, on the side that is given; momentum as a sum."""

import torch

from .optimizer import Optimizer


def orthogonalize(matrix, steps=5):
    rows, columns = matrix.shape
    x = matrix.bfloat16() / (torch.linalg.norm(matrix) + 1e-7)
    for _ in range(steps):
        if rows > columns:
            gram = x.mT @ x
            x = 3.4445 * x + x @ (-4.7750 * gram + 2.0315 * gram @ gram)
        else:
            gram = x @ x.mT
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.to(matrix.dtype)


class Muon(Optimizer):
    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True):
        super().__init__(
            params,
            {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov},
        )
        if any(len(p.shape) != 2 for group in self.param_groups for p in group["params"]):
            raise ValueError("a parameter is not a matrix")

    def step(self, closure=None):
        loss = self.evaluate(closure)
        for p, g, group, state in self.moving():
            b = state.setdefault("b", torch.zeros_like(g))
            b.mul_(group["momentum"]).add_(g)
            u = orthogonalize(g + group["momentum"] * b if group["nesterov"] else b)
            rate = (
                group["lr"] * (p.size(0) / p.size(1)) ** 0.5
                if p.size(0) > p.size(1)
                else group["lr"]
            )
            p.copy_(p - group["lr"] * group["weight_decay"] * p - rate * u)
        return loss
