"""A learner's code finds an interpreter of its own, and leaves the grader's as it was."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from grader.lessons.lesson1_autograd import VALUE, driver
from grader.page.session import Nobody
from zth import wire
from zth.host import Raised, Session
from zth.records import Part

HEAD = "class Value:\n    def __init__(self, data):\n        self.data, self.grad = data, 0.0\n"


@pytest.fixture(autouse=True)
def prepared() -> None:
    wire.prepare()


def session(folder: Path, code: str, *forbidden: str) -> Session:
    (folder / "lesson1_autograd").mkdir(exist_ok=True)
    (folder / VALUE.file).write_text(code)
    parts = [Part(VALUE.id, folder, VALUE.file, VALUE.name)]
    return Nobody().session(driver=Path(driver.__file__), parts=parts, forbidden=forbidden)


def fresh(opened: Session) -> tuple[float, float]:
    return opened.call(driver.fresh, 1.0, part="value")


@pytest.mark.parametrize("name", ["zth.records", "grader.kit", "numpy"])
def test_the_grader_and_what_is_forbidden_cannot_be_imported(name: str, tmp_path: Path) -> None:
    before = dict(sys.modules)
    opened = session(tmp_path, f"import {name}\n{HEAD}", "numpy")
    with pytest.raises(Raised, match=f"{name.partition('.')[0]} is not available"):
        fresh(opened)
    assert opened.breaches == (["numpy"] if name == "numpy" else [])
    assert dict(sys.modules) == before


def test_random_numbers_are_each_ones_own(tmp_path: Path) -> None:
    random.seed(1)
    expected = random.random()
    random.seed(1)
    opened = session(tmp_path, f"import random\n{HEAD}        self.grad = random.random()\n")
    drawn = {fresh(opened)[1] for _ in range(3)}
    assert random.random() == expected
    assert len(drawn) == 3


def test_what_is_kept_between_calls_is_kept_in_one_session_only(tmp_path: Path) -> None:
    counting = f"made = []\n{HEAD}        made.append(self)\n        self.grad = float(len(made))\n"
    one, two = session(tmp_path, counting), session(tmp_path, counting)
    assert [fresh(one)[1], fresh(one)[1], fresh(two)[1], fresh(one)[1]] == [1, 2, 1, 3]


def test_a_recursion_without_end_is_an_exception(tmp_path: Path) -> None:
    limit = sys.getrecursionlimit()
    code = f"import sys\nsys.setrecursionlimit(5000)\n{HEAD}        Value(data)\n"
    with pytest.raises(Raised, match="RecursionError"):
        fresh(session(tmp_path, code))
    assert sys.getrecursionlimit() == limit


def test_what_is_printed_is_kept_up_to_a_cap(tmp_path: Path) -> None:
    opened = session(tmp_path, f"print('hello')\n{HEAD}        print('x' * 100_000)\n")
    fresh(opened)
    said = opened.printed()
    assert said.startswith("hello\nxxx")
    assert "more bytes" in said
    assert len(said) < 40_000


def test_an_input_that_is_changed_is_not_the_graders(tmp_path: Path) -> None:
    leaves = [1.0, 2.0]
    opened = session(
        tmp_path, f"{HEAD}    def backward(self): pass\n    def __neg__(self): return self\n"
    )
    opened.call(driver.several, leaves, [[driver.Step("neg", 0)]], part="value")
    assert leaves == [1.0, 2.0]
