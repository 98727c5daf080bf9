"""Numbers that read well, and on which every right way to compute agrees."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.lessons.lesson1_autograd.driver import Number

# Values stay between these, so that any right way to compute them agrees to rounding.
LARGEST, CORNER = 1e4, 1e-2
EXPONENTS: tuple[Number, ...] = (2, 3, -1, 0.5, -2, 1, 0, 2.0, -0.5, 1.5, 5, -3, 0.3)

nice = st.sampled_from(
    (1.0, 2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 1.5, 4.0, -3.0, 0.25, 0.0, -0.0, 10.0, 1e-3, -50.0, 2e3)
)
hundredths = st.integers(-400, 400).map(lambda k: k / 100)
numbers = nice | hundredths
positive = st.sampled_from((1.0, 2.0, 0.5, 3.0, 4.0, 0.25, 10.0, 50.0)) | st.integers(5, 400).map(
    lambda k: k / 100
)
nonzero = numbers.filter(lambda x: abs(x) >= 0.05)
plain = st.sampled_from((2, 1, 3, -1, 0.5, 2.5, -2, -0.5, 10)) | hundredths.filter(
    lambda x: abs(x) >= 0.05
)
away_from_zero = numbers.filter(lambda x: abs(x) >= CORNER)
