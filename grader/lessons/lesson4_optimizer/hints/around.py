"""Further hints at clipping and the schedule."""

THE_NORM = (
    "For the gradients (3, 0) and (4) it is √(9 + 0 + 16) = 5: not 7, not 4, not 25.",
    (
        "Take the norm of each gradient, and then the norm of these norms; or add up all squares "
        "and take one root. It is that of p.grad and not of p. Compute it before anything is "
        "scaled, and return that number."
    ),
)
LONG_ONES = (
    "A norm of 50 and max_norm = 5: every number of every gradient is multiplied by 0.1.",
    (
        "Make a list of the parameters first: a generator is empty the second time. Where the "
        "norm is above max_norm, multiply each gradient in place (mul_) by max_norm / norm, the "
        "same for all. p stays as it is, and p.grad stays the same tensor."
    ),
)
SHORT_ONES = (
    "A norm of 0.5 and max_norm = 0.75: max_norm / norm is 1.5, and would make it longer.",
    (
        "Scale only where the norm is above max_norm, or by the smaller of 1 and max_norm / "
        "norm. Not one digit may change otherwise."
    ),
)
MISSING_ONES = (
    "Some p.grad are None, perhaps all of them, and the list of parameters may be empty.",
    (
        "Collect the gradients that are not None. If there is none, the norm is 0, and there is "
        "nothing to scale. torch.stack of an empty list is an error, so ask before."
    ),
)
ZERO_NORM = (
    "max_norm / 0 is infinite, and infinity times 0 is NaN.",
    "Compare before you divide: 0 is not above max_norm, so nothing is scaled.",
)
CLIPS_FLOAT32 = (
    "Print p.grad.dtype after clipping, and whether p.grad is still the tensor that it was.",
    (
        "Multiply in place, by a plain number or a tensor of a single one: then p.grad keeps its "
        "dtype and its memory. A product that is assigned to p.grad is a new tensor, and views "
        "of the old one do not notice."
    ),
)
NOT_FINITE = (
    "What does your function return where a gradient holds inf, and where it holds NaN?",
    (
        "Return the norm as it came out, with no nan_to_num, no clamp, no 0 in its place. What "
        "becomes of the gradients then does not matter."
    ),
)
WARMS_UP = (
    "With warmup = 4 and peak = 1, the steps 0 to 3 have 0.25, 0.5, 0.75 and 1.",
    (
        "While step is below warmup, the rate is peak · (step + 1) / warmup. The floor plays no "
        "part there."
    ),
)
FALLS = (
    (
        "With warmup = 4, steps = 8, peak = 1 and floor = 0, the steps 4 to 7 have 1, 0.854, 0.5 "
        "and 0.146, and step 8 has 0."
    ),
    (
        "Let done be (step − warmup) / (steps − warmup), which goes from 0 to 1. The rate is "
        "floor + (peak − floor) · (1 + cos(π · done)) / 2: half a period, from the peak down to "
        "the floor and not to 0."
    ),
)
STAYS = (
    (
        "At step `steps` the cosine has just arrived at the floor. One step later it would be "
        "above it again."
    ),
    "Where step is `steps` or more, return the floor, before any cosine is computed.",
)
NO_WARMUP = (
    "With warmup = 0, step 0 has the peak already.",
    (
        "Divide by warmup only where step is below it: with 0 that is never so. The cosine then "
        "begins at step 0."
    ),
)
ALL_WARMUP = (
    ("With warmup = steps = 4, the rates are 0.25, 0.5, 0.75, 1, and from step 4 on the floor."),
    (
        "Ask in this order: is step below warmup? Is it `steps` or more? Only what is left is on "
        "the cosine, and then steps − warmup is above 0."
    ),
)
