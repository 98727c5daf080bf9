"""When two numbers agree, and how a program's numbers and gradients are compared."""

from __future__ import annotations

from grader.kit import Remote, close
from grader.lessons.lesson1_autograd import driver, oracle
from grader.lessons.lesson1_autograd.strategies.operations import Program

# Python's floats have a unit roundoff of u = 1.1e-16. Some 60 operations on numbers of up to 1e4
# (numbers.LARGEST), which may cancel, leave errors of up to 60 · 1e4 · u = 7e-11. Of what is
# left, 0.05 and more, a program may take the power −3, twice or so: relative errors reach 1e-7 at
# worst. Measured on eight right ways to compute 2,000 programs: 5e-6 of what is allowed. No known
# mistake would pass even at a thousand times as much.
RTOL, ATOL = 1e-6, 1e-9


def near(actual: float | list[float], expected: float | list[float], what: str) -> None:
    """Fails unless both agree to what different right ways to compute them may differ by."""
    close(actual, expected, rtol=RTOL, atol=ATOL, what=what)


def agree(remote: Remote, case: Program) -> None:
    """Every node's number, then every leaf's gradient."""
    got = remote(driver.backprop, list(case.leaves), list(case.steps))
    for i, (actual, expected) in enumerate(
        zip(got.data, oracle.data(case.leaves, case.steps), strict=True)
    ):
        near(actual, expected, what=f"{driver.name_of(i)}.data")
    match_gradients(got.grad, oracle.gradient(case.leaves, case.steps))


def match_gradients(actual: list[float], expected: list[float], when: str = "") -> None:
    """The leaves' gradients, one by one."""
    for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
        near(a, e, what=f"{driver.name_of(i)}.grad{when}")
