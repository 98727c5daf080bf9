"""The numbers of lesson 3's cases, and how they are written down."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array

# Large numbers are small whole numbers times this power of two, and the root of a key's size is
# whole as well: float32 then holds every product, sum and score exactly, in whatever order they are
# computed. So scores that are equal stay equal, and others are far apart (at least 2¹⁵).
LARGE = 256.0
SIZES = st.integers(1, 5)  # of a key
WHOLE_ROOTS = st.sampled_from([1, 4])


@lru_cache(maxsize=1 << 15)  # what the hands of a class need: each tree is asked about the same
def numbers(shape: tuple[int, ...], seed: int, which: int, scale: float = 1.0) -> Array:
    """Numbers for a seed and a place: small whole ones that read well for seed 0, else normal ones.

    Large ones are multiples of `scale`, see LARGE. The array cannot be written to.
    """
    draw = np.random.default_rng([seed, which, len(shape), *shape])
    if seed == 0 or scale != 1:
        found = draw.integers(-2, 3, shape) * scale
    else:
        found = draw.normal(size=shape).round(2)
    found.flags.writeable = False
    return found


def written(a: Array, dtype: str = "float64") -> str:
    """The array as the source of a tensor."""
    return f"torch.tensor({a.tolist()}, dtype=torch.{dtype})"
