"""Lists of tensors at once: torch's AdamW so, and an SGD by the kernels that it uses."""

import torch


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.0, weight_decay=0.0, nesterov=False):
        settings = {"momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov}
        super().__init__(params, {"lr": lr, **settings})

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = closure() if closure else None
        for group in self.param_groups:
            moving = [p for p in group["params"] if p.grad is not None]
            if not moving:
                continue
            grads = torch._foreach_add(
                [p.grad for p in moving], moving, alpha=group["weight_decay"]
            )
            states = [self.state[p] for p in moving]
            for state, g in zip(states, grads, strict=True):
                state.setdefault("buffer", torch.zeros_like(g))
            buffers = [state["buffer"] for state in states]
            torch._foreach_mul_(buffers, group["momentum"])
            torch._foreach_add_(buffers, grads)
            if group["nesterov"]:
                buffers = torch._foreach_add(grads, buffers, alpha=group["momentum"])
            torch._foreach_add_(moving, buffers, alpha=-group["lr"])
        return loss


class AdamW(torch.optim.AdamW):
    def __init__(self, params, lr=1e-3, **rest):
        super().__init__(params, lr, foreach=True, **rest)
