"""What surrounds a step: a bound on the gradient, and the learning rate of the day.

Sources: Pascanu et al. 2013, "On the difficulty of training recurrent neural networks" (clipping);
Loshchilov and Hutter 2017, "SGDR" (cosine); the lecture "Let's reproduce GPT-2".
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor


def clip_grad_norm_(parameters: Iterable[Tensor], max_norm: float) -> Tensor | float:
    """Scales all gradients down, in place, so that their common norm is at most `max_norm`.

    The norm is that of all numbers of all gradients in one long vector: the root of the sum of
    their squares. Returns it as it was before. Gradients whose norm is small enough stay as they
    are, and parameters without one are passed over; without any gradient, the norm is 0.

    Where the norm is infinite or NaN, it is returned as it is, so that the caller can see it and
    leave the step out; the gradients are of no use then, before and after.

    >>> a, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    >>> a.grad, b.grad = torch.tensor([30.0]), torch.tensor([40.0])
    >>> float(clip_grad_norm_([a, b], max_norm=5.0))
    50.0
    >>> [round(p.grad.item(), 3) for p in (a, b)]
    [3.0, 4.0]
    """
    grads = [p.grad for p in parameters if p.grad is not None]
    total = torch.stack([g.norm() for g in grads]).norm() if grads else torch.tensor(0.0)
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / total)
    return total


def cosine_schedule(step: int, steps: int, warmup: int, peak: float, floor: float = 0.0) -> float:
    """The learning rate of a step, counted from 0, in a run of `steps` steps.

    Through the first `warmup` steps it rises in a straight line, to reach `peak` at the last of
    them: peak / warmup, 2 · peak / warmup, …, peak. Then it falls along half a cosine, which is
    at `peak` at step `warmup`, and at `floor` at step `steps`; from there on it stays at `floor`.

    >>> [cosine_schedule(step, steps=8, warmup=4, peak=1.0) for step in (0, 1, 3, 4, 8, 9)]
    [0.25, 0.5, 1.0, 1.0, 0.0, 0.0]
    >>> round(cosine_schedule(6, steps=8, warmup=4, peak=1.0, floor=0.5), 6)
    0.75
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= steps:
        return floor
    done = (step - warmup) / (steps - warmup)  # from 0 to 1
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * done))
