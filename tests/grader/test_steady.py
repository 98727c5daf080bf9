"""The same seed draws the same cases, whatever else is imported; and cases are independent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st

import grader.kit  # noqa: F401 (it has hypothesis settle)

SCRIPT = """
import sys
import grader.kit
import hypothesis
from hypothesis import strategies as st
if sys.argv[1:]:
    import own
seen = []
@hypothesis.seed(1)
@hypothesis.settings(max_examples=300, database=None, deadline=None)
@hypothesis.given(st.floats() | st.integers() | st.text())
def collect(case):
    seen.append(repr(case))
collect()
print(seen)
"""


def drawn(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_constants_of_other_modules_are_not_drawn(tmp_path: Path) -> None:
    numbers = ", ".join(f"{n}.25, {n * 1_000_003}, 'word{n}'" for n in range(40))
    (tmp_path / "own.py").write_text(f"NUMBERS = [{numbers}]\n", "utf-8")
    assert drawn(tmp_path) == drawn(tmp_path, "with own")


def test_cases_are_drawn_afresh() -> None:
    """Copies of a case, with one of its numbers in the place of another, hold a number twice."""
    numbers = st.integers(0, 10**9)
    twice = 0

    @hypothesis.seed(1)
    @hypothesis.settings(max_examples=40, database=None, deadline=None, phases=[Phase.generate])
    @hypothesis.given(numbers, numbers, numbers)
    def count(a: int, b: int, c: int) -> None:
        nonlocal twice
        twice += len({a, b, c}) < 3

    count()
    assert twice <= 3
