"""The orthogonal factor itself, by a singular value decomposition, and a sum for momentum."""

import torch


def orthogonalize(matrix, steps=5):
    U, S, Vh = torch.linalg.svd(matrix, full_matrices=False)
    return (U * (S > 0)) @ Vh


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True):
        super().__init__(
            params,
            {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov},
        )
        if any(p.dim() != 2 for g in self.param_groups for p in g["params"]):
            raise ValueError("only matrices")

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = closure() if closure else None
        for group in self.param_groups:
            moving = [p for p in group["params"] if p.grad is not None]
            for p in moving:
                total = self.state[p].get("total", 0)
                self.state[p]["total"] = group["momentum"] * total + p.grad
            for p in moving:
                total = self.state[p]["total"]
                u = p.grad + group["momentum"] * total if group["nesterov"] else total
                rows, columns = p.shape
                p -= group["lr"] * group["weight_decay"] * p
                p -= group["lr"] * max(1, rows / columns) ** 0.5 * orthogonalize(u)
        return loss
