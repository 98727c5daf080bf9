"""Plain numbers: a sum of squares in Python, and the schedule as a product of two factors."""

import math


def clip_grad_norm_(parameters, max_norm):
    grads = []
    square = 0.0
    for p in parameters:
        if p.grad is not None:
            grads.append(p.grad)
            square += float((p.grad.double() ** 2).sum())
    norm = math.sqrt(square)
    factor = min(1.0, max_norm / max(norm, max_norm))
    if factor < 1.0:
        for g in grads:
            g *= factor
    return norm


def cosine_schedule(step, steps, warmup, peak, floor=0.0):
    if step + 1 <= warmup:
        return peak / warmup * (step + 1)
    share = min(1.0, (step - warmup) / max(1, steps - warmup)) if step < steps else 1.0
    return peak * (1 + math.cos(math.pi * share)) / 2 + floor * (1 - math.cos(math.pi * share)) / 2
