"""The part of a tensor that a report shows: what lies around its first wrong element."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from zth.records import Number, Window

ROWS, COLUMNS = 6, 8  # of one window
WEIGHTS = 12  # rows and columns of attention weights, which are shown as shades


def of_arrays(name: str, actual: Any, expected: Any, wrong: Any, weights: bool = False) -> Window:
    """The window of NumPy arrays of one shape, of one axis or more; `wrong` says which differ."""
    import numpy as np

    first = [int(i) for i in np.argwhere(wrong)[0]]
    rows, columns = (WEIGHTS, WEIGHTS) if weights else (ROWS, COLUMNS)
    limits = [1] * (expected.ndim - 2) + [rows, columns][-expected.ndim :]
    starts = [
        _start(i, n, limit) for i, n, limit in zip(first, expected.shape, limits, strict=True)
    ]
    part = tuple(slice(s, s + limit) for s, limit in zip(starts, limits, strict=True))
    shown = [np.atleast_2d(a[part]) for a in (expected, actual, wrong)]
    flat = [a.reshape(-1, a.shape[-1]).tolist() for a in shown]
    return _window(name, expected.shape, starts, *flat, differ=int(wrong.sum()), weights=weights)


def of_lists(
    name: str, actual: Sequence[float], expected: Sequence[float], wrong: Sequence[bool]
) -> Window:
    """The window of lists of numbers of one length."""
    start = _start(list(wrong).index(True), len(expected), COLUMNS)
    part = slice(start, start + COLUMNS)
    return _window(
        name,
        (len(expected),),
        [start],
        [expected[part]],
        [actual[part]],
        [wrong[part]],
        differ=sum(wrong),
    )


def _window(
    name: str,
    shape: Sequence[int],
    start: Sequence[int],
    expected: Sequence[Sequence[float]],
    actual: Sequence[Sequence[float]],
    wrong: Sequence[Sequence[bool]],
    *,
    differ: int,
    weights: bool = False,
) -> Window:
    cells = [
        [_cell(*cell) for cell in zip(*rows, strict=True)]
        for rows in zip(expected, actual, wrong, strict=True)
    ]
    return Window(
        name=name,
        shape=tuple(int(n) for n in shape),
        start=tuple(start),
        expected=tuple(tuple(e for e, _ in row) for row in cells),
        actual=tuple(tuple(a for _, a in row) for row in cells),
        wrong=tuple((r, c) for r, row in enumerate(wrong) for c, bad in enumerate(row) if bad),
        differ=differ,
        weights=weights,
    )


def _start(index: int, size: int, limit: int) -> int:
    """Where `limit` of `size` places begin, so that one comes before the index, where there is."""
    return max(0, min(index - (limit > 1), size - limit))


def _cell(expected: float, actual: float, wrong: bool) -> tuple[Number, Number]:
    """Both numbers with six digits, or with as many as it takes to tell wrong from right.

    The last bits, which may differ between two runs of honest code, are no part of a finding.
    """
    for digits in range(6, 18):
        e, a = float(f"{expected:.{digits}g}"), float(f"{actual:.{digits}g}")
        if not wrong or e != a:
            break
    return _number(e), _number(a)


def _number(value: float) -> Number:
    return value if math.isfinite(value) else str(value)
