"""torch's own base class, forbidden to a learner, with updates that make new tensors."""

import torch


class Optimizer(torch.optim.Optimizer):
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in (p for p in group["params"] if p.grad is not None):
                    self.update(p, group, self.state[p])
        return loss


class SGD(Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.0, *, weight_decay=0.0, nesterov=False):
        settings = {"lr": lr, "momentum": momentum, "decay": weight_decay, "nesterov": nesterov}
        super().__init__(params, settings)
        for group in self.param_groups:
            group["decay"] = group.pop("weight_decay", group["decay"])

    def update(self, p, group, state):
        mu, g = group["momentum"], torch.add(p.grad, p, alpha=group["decay"])
        if mu == 0:
            p.copy_(torch.sub(p, g, alpha=group["lr"]))
            return
        old = state.get("velocity")
        state["velocity"] = g if old is None else torch.add(g, old, alpha=mu)
        move = g + mu * state["velocity"] if group["nesterov"] else state["velocity"]
        p.copy_(torch.sub(p, move, alpha=group["lr"]))


class AdamW(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))  # noqa: C408

    def update(self, p, group, state):
        """Both moments in one tensor, (2, …)."""
        t = state["t"] = state.get("t", 0) + 1
        betas = torch.tensor(group["betas"], dtype=p.dtype).view(2, *[1] * p.dim())
        new = torch.stack([p.grad, p.grad.square()])
        old = state.get("moments", torch.zeros_like(new))
        state["moments"] = old * betas + new * (1 - betas)
        m, v = state["moments"] / (1 - betas**t)
        step = m / (v.sqrt() + group["eps"]) + group["weight_decay"] * p
        p.copy_(p - group["lr"] * step)
