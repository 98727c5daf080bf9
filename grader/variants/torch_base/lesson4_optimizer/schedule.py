"""Norms of all gradients at once; the cosine as the real part of a complex exponential."""

import cmath

import torch


def clip_grad_norm_(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    if not grads:
        return torch.zeros(())
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
    if not norm <= max_norm:
        for g in grads:
            g.copy_(g / norm * max_norm)
    return norm


def cosine_schedule(step, steps, warmup, peak, floor=0.0):
    if step >= max(steps, warmup):
        return floor
    if step < warmup:
        return (step + 1) * peak / warmup
    turn = cmath.exp(1j * cmath.pi * (step - warmup) / (steps - warmup))
    middle, half = (peak + floor) / 2, (peak - floor) / 2
    return middle + half * turn.real
