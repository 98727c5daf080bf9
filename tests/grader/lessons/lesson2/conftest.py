"""What the tests of lesson 2 share: the reference and the plain way, in this process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from grader.lessons.lesson2_tokenizer import LESSON
from grader.lessons.lesson2_tokenizer.driver import Merge
from zth import data
from zth.host import Nursery
from zth.worker.loader import Loader

few = settings(
    max_examples=60, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


class Local:
    """A remote in this process: the reference's objects, no worker."""

    def __init__(self, objects, component):
        self.objects, self.component = objects, component

    def __call__(self, function, *args):
        return function(self.objects[self.component.id], *args)


def objects_of(root: Path):
    load = Loader([(c.id, str(root), c.file, c.name) for c in LESSON.components])
    return {c.id: load(c.id) for c in LESSON.components}


@pytest.fixture(scope="module")
def reference(root):
    return objects_of(root / "solutions")


@pytest.fixture(scope="module")
def plain(root):
    """The naive variant's functions on lists: what `str.replace` is compared with."""
    basic = objects_of(root / "grader" / "variants" / "minbpe")["basic"]
    return sys.modules[basic.__module__]


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["regex"]) as nursery:
        yield nursery


@pytest.fixture(scope="module")
def shakespeare() -> str:
    dataset = next(d for d in data.DATASETS if d.name == "tinyshakespeare")
    if data.locate(dataset) is None:
        pytest.skip("tiny Shakespeare is not here")
    return data.find(dataset).read_text(encoding="utf-8")


def merges_of(*pairs: tuple[int, int]) -> list[Merge]:
    return [Merge(left, right, 256 + i) for i, (left, right) in enumerate(pairs)]


AAAB = merges_of((97, 97), (256, 97), (257, 98))
