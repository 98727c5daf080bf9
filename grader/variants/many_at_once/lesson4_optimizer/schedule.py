"""All gradients as one long vector; the schedule as a table."""

import numpy as np
import torch


def clip_grad_norm_(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    if not grads:
        return 0.0
    norm = torch.cat([g.flatten() for g in grads]).square().sum().sqrt()
    torch._foreach_mul_(grads, (max_norm / (norm + 1e-6)).clamp(max=1.0))
    return norm.item()


def cosine_schedule(step, steps, warmup, peak, floor=0.0):
    rise = peak * np.arange(1, warmup + 1) / max(1, warmup)
    angles = np.linspace(0, np.pi, steps - warmup + 1)[: steps - warmup]
    fall = floor + (peak - floor) * np.cos(angles / 2) ** 2
    table = [*rise, *fall, floor]
    return float(table[min(step, steps)])
