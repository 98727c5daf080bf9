"""When a gradient is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn

import numpy as np

from grader.derivatives import Array, Named, along, gradients
from grader.kit import apart, close, fail
from zth.language import tr

# What the lesson promises in float64. A right gradient is off by a few u = 1e-16 of the terms that
# it is a sum of: measured 1e-13 of the largest, for columns whose variance is far below eps.
TOLERANCE = 1e-6
# Some gradients are 0, as sums of terms that cancel: those of the largest logits, and of a bias
# before batch norm. What is left is u times the terms, which get up to 1e4 here: 1e-12.
FLOOR = 1e-10
# float32 has u = 6e-8, and a column that does not vary is divided by √eps: 316 times as much, 2e-5,
# of the gradients and of those that are 0.
IN_FLOAT32 = 1e-3

TRACED = 200  # numbers that a gradient may have, to be compared one by one

Moving = Callable[[Named], Array]


def agree(
    names: Iterable[str],
    got: Named,
    shapes: dict[str, tuple[int, ...]],
    forward: Moving,
    seed: int,
    tolerance: float = TOLERANCE,
    floor: float = FLOOR,
) -> None:
    """Fails unless each of these gradients is right; the first that is not is shown.

    `forward` gives the loss where these tensors are moved by what it is given, by name. Along two
    random directions, the loss must change as the gradient says; where it does not, a gradient that
    is not too large is compared number by number.
    """
    draw = np.random.default_rng(seed)
    for name in names:
        gradient = there(got, name, shapes[name])
        zero = {name: np.zeros(shapes[name])}
        for _ in range(2):
            direction = draw.normal(size=shapes[name])
            expected = along(forward, zero, np.ones(()), {name: direction})
            terms = gradient * direction
            if not abs(terms.sum() - expected) <= tolerance * np.abs(terms).sum() + floor:
                if gradient.size > TRACED:
                    _fail_along(name, float(terms.sum()), expected)
                right = gradients(forward, zero, np.ones(()))[name]
                _compare(name, gradient, right, tolerance, floor)


def _fail_along(name: str, actual: float, expected: float) -> NoReturn:
    message = tr(
        "{what} is wrong: by it, the loss changes along a random direction by {numbers}",
        what=f"d{name}",
        numbers=apart(actual, expected),
    )
    fail(message, expected=expected, actual=actual, where=f"d{name}")


def _compare(name: str, gradient: Array, right: Array, tolerance: float, floor: float) -> None:
    largest = float(np.abs(right).max(initial=0.0))
    atol = tolerance * largest + floor
    close(gradient, right, rtol=tolerance, atol=atol, what=f"d{name}")


def there(got: Named, name: str, shape: tuple[int, ...]) -> Array:
    """The gradient of this name; fails where there is none, or it has another shape."""
    if name not in got:
        fail(tr("there is no gradient of {name}", name=name))
    if got[name].shape != shape:
        message = tr(
            "{what} has shape {actual}, expected {expected}",
            what=f"d{name}",
            actual=got[name].shape,
            expected=shape,
        )
        fail(message)
    return got[name]
