"""NumPy: hypot for the norm, and a schedule in three pieces."""

import numpy as np


def clip_grad_norm_(parameters, max_norm):
    arrays = [p.grad.numpy() for p in parameters if p.grad is not None]
    norm = 0.0
    for a in arrays:
        for x in a.flat:
            norm = np.hypot(norm, np.float64(x))
    for a in arrays:
        if norm > max_norm:
            a *= a.dtype.type(max_norm / norm)
    return float(norm)


def cosine_schedule(step, steps, warmup, peak, floor=0.0):
    def rise(t):
        return peak * (t + 1) / warmup

    def fall(t):
        half = np.pi / 2 * (t - warmup) / (steps - warmup)
        return floor + (peak - floor) * np.cos(half) ** 2

    t = np.float64(step)
    return float(np.piecewise(t, [t < warmup, (t >= warmup) & (t < steps)], [rise, fall, floor]))
