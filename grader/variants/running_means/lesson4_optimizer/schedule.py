"""The norm in float64 by dot products, and a cosine from the tangent of half its angle."""

import math

import torch


def clip_grad_norm_(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    flat = [g.reshape(-1).double() for g in grads]
    square = sum((torch.dot(f, f) for f in flat), start=torch.tensor(0.0, dtype=torch.float64))
    norm = square**0.5
    if norm.item() > max_norm:
        for g in grads:
            g.div_(norm.item() / max_norm)
    return norm


def cosine_schedule(step, steps, warmup, peak, floor=0.0):
    if step in range(warmup):
        return peak - peak * (warmup - step - 1) / warmup
    if step not in range(steps):
        return floor
    t = math.tan(math.pi / 2 * (step - warmup) / (steps - warmup))
    return floor + (peak - floor) / (1 + t * t)
