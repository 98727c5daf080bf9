"""The inverse root of X Xᵀ, by its eigenvalues."""

import torch

from .optimizer import Optimizer


def orthogonalize(matrix, steps=5):
    if matrix.size(0) > matrix.size(1):
        return orthogonalize(matrix.T, steps).T
    x = matrix.double() / matrix.abs().max().clamp_min(1e-30)
    values, vectors = torch.linalg.eigh(x @ x.T)
    there = values > 1e-12 * values[-1].clamp_min(1e-30)
    roots = torch.where(there, values.clamp_min(1e-300) ** -0.5, 0.0)
    return ((vectors * roots) @ vectors.T @ x).to(matrix.dtype)


class Muon(Optimizer):
    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True):
        names = "lr", "weight_decay", "momentum", "nesterov"
        given = lr, weight_decay, momentum, nesterov
        super().__init__(params, dict(zip(names, given, strict=True)))

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            if p.ndim != 2:
                raise ValueError(f"{p.ndim} dimensions")

    def update(self, p, group, state):
        mu, g = group["momentum"], p.grad
        b = state["buffer"] = mu * state.get("buffer", torch.zeros_like(g)) + (1 - mu) * g
        u = torch.lerp(g, b, mu) if group["nesterov"] else b
        higher = max(1.0, p.size(0) / p.size(1))
        p.copy_(p * (1 - group["lr"] * group["weight_decay"]))
        p.copy_(p - group["lr"] * higher**0.5 * orthogonalize(u))
