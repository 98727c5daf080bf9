"""A quintic that converges, (15 s − 10 s³ + 3 s⁵) / 8, in float32 and in more steps."""

import torch

from .optimizer import Optimizer, assert_


def orthogonalize(matrix, steps=16):
    x = matrix.to(torch.float32)
    x = torch.nn.functional.normalize(x.reshape(-1), dim=0).view_as(x)
    for _ in range(steps):
        if x.size(0) <= x.size(1):
            gram = x.mm(x.t())
            x = (15 * x - 10 * gram.mm(x) + 3 * gram.mm(gram.mm(x))) / 8
        else:
            gram = x.t().mm(x)
            x = (15 * x - 10 * x.mm(gram) + 3 * x.mm(gram).mm(gram)) / 8
    return x.to(matrix.dtype)


class Muon(Optimizer):
    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, *, nesterov=True):
        super().__init__(
            params,
            {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov},
        )
        assert_(all(p.dim() == 2 for p in self), "a matrix has two dimensions")

    def update(self, p, group, state):
        """The mean without a correction is as good: its size plays no part."""
        mu = group["momentum"]
        state["mean"] = torch.lerp(state.get("mean", torch.zeros_like(p)), p.grad, 1 - mu)
        u = state["mean"] + (1 / mu - 1) * p.grad if group["nesterov"] else state["mean"]
        move = orthogonalize(u) * (p.size(0) / min(p.size())) ** 0.5
        lr, decay = group["lr"], group["weight_decay"]
        if decay:
            p.lerp_(-move / decay, lr * decay)
        else:
            p.sub_(move, alpha=lr)
