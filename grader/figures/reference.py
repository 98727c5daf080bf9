"""The reference at work in a worker, as a check or a milestone would have it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from grader.bench import FRAME, Bench, RemoteCalls
from zth import trees
from zth.host import Limits, Nursery
from zth.records import Component, Lesson, Tree

LIMIT = 600.0  # seconds for a call


@contextmanager
def reference(lesson: Lesson, driver: str = "") -> Iterator[Bench]:
    """Workers with the reference's parts of a lesson, played by its driver or by another one.

    What a part must not use is not watched: it would be counted in the times.
    """
    tree = Tree("reference", trees.shipped(trees.REFERENCE))
    parts = [trees.part(tree, component) for component in lesson.components]
    module = importlib.import_module(driver or lesson.driver)
    with (
        Nursery(list(lesson.packages)) as nursery,
        Bench(nursery, module, parts, policy=False, limits=Limits(frame=FRAME, cpu=1200)) as bench,
    ):
        yield bench


def calls(bench: Bench, component: Component) -> RemoteCalls:
    """How functions of the driver are called on one component."""
    return RemoteCalls(bench, component, LIMIT)
