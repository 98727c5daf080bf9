"""As the lecture writes it: statistics one after another, the gradients by retain_grad."""

from dataclasses import dataclass

import torch


@dataclass
class Statistics:
    mean: float
    std: float
    saturation: float
    density: torch.Tensor
    edges: torch.Tensor


def describe(x, bins=50, limit=0.97):
    t = x.detach()
    hy, hx = torch.histogram(t, bins, density=True)
    saturated = (t.abs() > limit).float().mean()
    return Statistics(t.mean().item(), t.std().item(), saturated.item(), hy, hx)


def observe(model, kind, loss):
    before = [p.grad for p in model.parameters()]
    kept, hooks = {}, []
    try:
        for name, m in model.named_modules():
            if isinstance(m, kind):
                hooks.append(m.register_forward_hook(lambda m, i, o, n=name: _keep(kept, n, o)))
        total = loss()
    finally:
        [h.remove() for h in hooks]
    for p in model.parameters():
        p.grad = None
    total.backward()
    for p, grad in zip(model.parameters(), before, strict=True):
        p.grad = grad
    return {
        name: (out.detach(), torch.zeros_like(out) if out.grad is None else out.grad)
        for name, out in kept.items()
    }


def _keep(kept, name, out):
    out.retain_grad()
    kept[name] = out


def update_ratio(before, after):
    return ((after - before).std() / before.std()).log10().item()
