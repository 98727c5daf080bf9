"""The learning rate of a run that may be stopped at any time and cooled down: up, level, down.

Source: Zhai et al. 2022, "Scaling Vision Transformers" (warm-up, constant, cool-down); Hu et al.
2024, "MiniCPM" (warm-up–stable–decay).
"""

DECAY = 0.7  # of the run, counted from its end


def warmup_stable_decay(
    step: int, steps: int, warmup: int, peak: float, floor: float = 0.0
) -> float:
    """The learning rate of a step, counted from 0, in a run of `steps` steps.

    It rises in a straight line through the first `warmup` steps, stays at `peak`, and falls in a
    straight line from there to `floor` through the last DECAY of the run.

    >>> [round(warmup_stable_decay(step, 10, 2, 1.0), 3) for step in (0, 1, 3, 4, 9)]
    [0.5, 1.0, 1.0, 0.857, 0.143]
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    left = (steps - step) / (DECAY * steps)  # of the fall; over 1 before it begins
    return floor + (peak - floor) * min(1.0, left)
