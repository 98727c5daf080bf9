"""A file is run as Python runs it, and what it prints comes in pieces."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.page import running


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A lesson's folder with two files."""
    (tmp_path / "lesson1_x").mkdir()
    (tmp_path / "lesson1_x/value.py").write_text("class Value:\n    number = 6\n")
    (tmp_path / "lesson1_x/mlp.py").write_text(
        "from .value import Value\nprint(Value.number * 7, __name__)\n"
    )
    return tmp_path


def run(root: Path, file: str, code: str | None = None) -> str:
    if code is not None:
        (root / file).write_text(code)
    told: list[str] = []
    running.run(str(root), file, told.append)
    return "".join(told)


def test_a_file_of_a_lesson_finds_the_one_beside_it(tree: Path) -> None:
    before = set(sys.modules)
    assert run(tree, "lesson1_x/mlp.py") == "42 __main__\n"
    assert set(sys.modules) == before


def test_a_change_is_seen(tree: Path) -> None:
    code = "from lesson1_x.value import Value\nprint(Value.number)\n"
    assert run(tree, "try.py", code) == "6\n"
    (tree / "lesson1_x/value.py").write_text("class Value:\n    number = 75\n")
    assert run(tree, "try.py") == "75\n"


def test_an_exception_shows_the_learners_lines_alone(tree: Path) -> None:
    told = run(tree, "try.py", "def f():\n    return 1 / 0\n\nf()\n")
    assert told.startswith(
        'Traceback (most recent call last):\n  File "try.py", line 4, in <module>'
    )
    assert told.endswith("ZeroDivisionError: division by zero\n")
    assert "running.py" not in told
    assert 'File "try.py", line 1\n' in run(tree, "try.py", "a = = 1\n")
    assert "RecursionError" in run(tree, "try.py", "def f(): return f()\nf()\n")


def test_a_program_may_end_itself_and_asks_nobody(tree: Path) -> None:
    assert run(tree, "try.py", "print(1)\nexit(2)\nprint(3)\n") == "1\n"
    assert "EOFError" in run(tree, "try.py", "input()\n")


def test_of_much_that_is_printed_the_first_part_is_told(tree: Path) -> None:
    (tree / "try.py").write_text("for i in range(30_000):\n    print('hello')\n")
    told: list[str] = []
    dropped = running.run(str(tree), "try.py", told.append)
    assert len("".join(told)) == running.MOST
    assert dropped == 30_000 * 6 - running.MOST
    assert len(told) < 100
