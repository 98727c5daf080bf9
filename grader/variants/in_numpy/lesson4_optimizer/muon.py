"""Halley's iteration in NumPy, which takes each singular value s to s (3 + s²) / (1 + 3 s²)."""

import numpy as np
import torch

from .optimizer import Optimizer, kept, view


def orthogonalize(matrix, steps=10):
    x = view(matrix).astype(np.float64)
    x = x / (np.linalg.norm(x) or 1.0)
    for _ in range(steps):
        if x.shape[0] < x.shape[1]:
            gram, eye = x @ x.T, np.eye(len(x))
            x = np.linalg.solve(eye + 3 * gram, (3 * eye + gram) @ x)
        else:
            gram, eye = x.T @ x, np.eye(len(x.T))
            x = np.linalg.solve(eye + 3 * gram, ((3 * eye + gram) @ x.T)).T
    return torch.from_numpy(np.ascontiguousarray(x)).to(matrix.dtype)


class Muon(Optimizer):
    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True):
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**defaults, "nesterov": nesterov})
        if {len(p.shape) for _, p in self.numbered()} - {2}:
            raise ValueError("matrices only")

    def update(self, p, group, state):
        x, g, mu = view(p), view(p.grad), group["momentum"]
        b = kept(state, "b", p)
        b += (1 - mu) * (g - b)
        u = torch.from_numpy(mu * b + (1 - mu) * g if group["nesterov"] else b)
        rows, columns = x.shape
        x *= 1 - group["lr"] * group["weight_decay"]
        x -= group["lr"] * np.sqrt(max(rows, columns) / columns) * view(orthogonalize(u))
