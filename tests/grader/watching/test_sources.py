"""Which components a change of files touches."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from grader.grading import checks_of
from grader.kit import Check, property_check
from grader.watching.sources import Sources, changes
from zth.plugins import Plugins
from zth.records import Component, Lesson

ONE, TWO = (
    Component("one", "One", "toy/one.py", "One"),
    Component("two", "Two", "toy/two.py", "Two"),
)
THREE = Component("three", "Three", "toy/three.py", "Three")
LESSON = Lesson("toy", "Toy", "toy", (ONE, TWO, THREE), "no.driver", "no.checks")


def make(component: Component, name: str, *needs: str) -> Check:
    def check(remote: object, case: object) -> None:
        """It holds."""

    check.__name__ = name
    return property_check(component, points=1, case=st.just(0), needs=needs)(check)


CHECKS = [make(ONE, "a"), make(TWO, "b"), make(THREE, "c", "two.b")]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    write(tmp_path, "one.py", "from .helper import help\n")
    write(tmp_path, "helper.py", "from . import deeper\n")
    write(tmp_path, "deeper.py", "import json\n")
    write(tmp_path, "two.py", "from helper import help  # not from beside it\n")
    write(tmp_path, "three.py", "")
    write(tmp_path, "notes.py", "from .one import One\n")
    return Sources(tmp_path, LESSON, CHECKS)


def write(root: Path, name: str, text: str) -> None:
    (root / "toy").mkdir(exist_ok=True)
    (root / "toy" / name).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("file", "due"),
    [
        ("one.py", ["one"]),
        ("helper.py", ["one"]),
        ("deeper.py", ["one"]),
        ("three.py", ["three"]),
        ("two.py", ["two", "three"]),  # a check of the third needs one of the second
        ("notes.py", []),
        ("__init__.py", ["one", "two", "three"]),
    ],
)
def test_a_change_touches_what_is_built_on_it(file: str, due: list[str], sources: Sources) -> None:
    assert sources.touched([f"toy/{file}"]) == due


def test_a_file_that_is_half_written_still_imports_what_it_did(sources: Sources) -> None:
    sources.touched([])
    write(sources.root, "helper.py", "from . import (")
    assert sources.touched(["toy/deeper.py"]) == ["one"]
    write(sources.root, "helper.py", "help = 1\n")
    assert sources.touched(["toy/deeper.py"]) == []


def test_a_file_that_is_not_there_yet_counts_when_it_comes(sources: Sources) -> None:
    write(sources.root, "three.py", "from .late import x\n")
    before = sources.look()
    write(sources.root, "late.py", "x = 1\n")
    changed = changes(before, sources.look())
    assert changed == ["toy/late.py"]
    assert sources.touched(changed) == ["three"]


def test_a_look_sees_what_is_written_deleted_and_added(sources: Sources) -> None:
    before = sources.look()
    write(sources.root, "one.py", "from .helper import help\n")  # the same again
    assert changes(before, sources.look()) == []
    (sources.root / "toy" / "one.py").unlink()
    write(sources.root, "two.py", "changed")
    write(sources.root, "notes.txt", "no Python")
    assert changes(before, sources.look()) == ["toy/one.py", "toy/two.py"]


def test_in_lesson_1_the_network_is_built_on_the_value(root: Path) -> None:
    lesson = Plugins.load().lessons()["lesson1"]
    found = Sources(root / "solutions", lesson, checks_of(lesson))
    assert found.touched(["lesson1_autograd/mlp.py"]) == ["neuron", "layer", "mlp"]
    assert found.touched(["lesson1_autograd/value.py"]) == ["value", "neuron", "layer", "mlp"]
