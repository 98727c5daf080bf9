"""Handwritten digits, 8 x 8 pixels each, and splits of them that the grader draws.

Source and licence of the pictures: see LICENCE beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FILE = Path(__file__).with_name("digits.npz")
LEVELS = 16  # a pixel of the file counts the ink in a square of 4 x 4 points


@dataclass(frozen=True)
class Digits:
    """Images (N, 64), float32 between 0 (paper) and 1 (ink), and the digits that they show (N,)."""

    images: Array
    labels: Array

    def folds(self, count: int, seed: int) -> Iterator[tuple[Array, Array]]:
        """Splits into rows to train on and rows to test on; each row is tested on once."""
        order = np.random.default_rng([seed, 12]).permutation(len(self.labels))
        for test in np.array_split(order, count):
            yield np.setdiff1d(order, test), test


def digits() -> Digits:
    """All 1,797 of them."""
    with np.load(FILE, allow_pickle=False) as file:
        return Digits((file["images"] / LEVELS).astype("float32"), file["labels"].astype(np.int64))
