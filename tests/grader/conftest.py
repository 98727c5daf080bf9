"""What the tests of the grader share: processes to fork workers from, and a tree of one lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader import exam
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import Tree

Toy = Callable[[dict[str, str]], Tree]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One that has imported nothing beforehand."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="module")
def warm() -> Iterator[Nursery]:
    """One that has imported what the lessons and their variants need."""
    with Nursery(exam.packages(Plugins.load().lessons().values())) as nursery:
        yield nursery


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """Writes files, given by name, into the folder `toy`, and gives the tree that holds it."""

    def planted(sources: dict[str, str]) -> Tree:
        (tmp_path / "toy").mkdir(exist_ok=True)
        for name, source in sources.items():
            (tmp_path / "toy" / name).write_text(source, "utf-8")
        return Tree("toy", tmp_path)

    return planted
