"""The norm of the norms, `.data` updates, and the schedule by its slope."""

import math

import torch


def clip_grad_norm_(parameters, max_norm):
    having = [p for p in parameters if p.grad is not None]
    norms = torch.tensor([torch.linalg.vector_norm(p.grad).item() for p in having] or [0.0])
    total = (
        norms.double().pow(2).sum().sqrt()
        if len(having) != 1
        else torch.linalg.vector_norm(having[0].grad)
    )
    for p in having:
        p.grad.data.mul_(min(1.0, float(max_norm / (total + 1e-6))))
    return total


def cosine_schedule(step, steps, warmup, peak, floor=0.0):
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= steps:
        return floor
    left = 1 - (step - warmup) / (steps - warmup)
    return floor + (peak - floor) * (1 - math.cos(math.pi * left)) / 2
