"""The learning rate of a run: up, level, down; or down from the start.

Sources: Hu et al. 2024, "MiniCPM" (warm-up, stable, decay); Bergsma et al. 2025, "Straight to Zero"
(a straight line).
"""


def warmup_stable_decay(
    step: int, steps: int, warmup: int, peak: float, floor: float = 0.0, decay: float = 0.4
) -> float:
    """The learning rate of a step, counted from 0, in a run of `steps` steps.

    It rises in a straight line through the first `warmup` steps, stays at `peak`, and falls in a
    straight line to `floor` through the last part of the run, `decay` of the whole.

    >>> [round(warmup_stable_decay(step, 10, 2, 1.0), 3) for step in (0, 1, 6, 7, 9)]
    [0.5, 1.0, 1.0, 0.75, 0.25]
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    left = (steps - step) / (decay * steps)  # of the fall; over 1 before it begins
    return floor + (peak - floor) * min(1.0, left)


def linear_decay(step: int, steps: int, warmup: int, peak: float, floor: float = 0.0) -> float:
    """The same without a level part: in a short run, the fall is where most is learned.

    >>> [linear_decay(step, 4, 0, 1.0) for step in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    return warmup_stable_decay(step, steps, warmup, peak, floor, decay=1.0)
