"""The grader's own exam: wrong implementations that it must reject, right ones it must accept.

A mutant (`grader.mutations`) must not pass the check that it names. A variant is a tree under
`grader/variants/`, right but written differently; it must earn full marks for every component that
it defines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader import grading
from grader.mutations import Mutant, plant
from zth import trees
from zth.host import Nursery
from zth.records import Lesson, LessonReport, Result, Tree

HERE = Path(__file__).parent


def verdict(mutant: Mutant, lesson: Lesson, folder: Path, nursery: Nursery) -> Result:
    """What the check that the mutant names says of it."""
    selection = grading.Selection(checks=(mutant.fails,))
    report = grading.grade(lesson, plant(mutant, lesson, folder), nursery, selection=selection)
    if not report.results:
        raise ValueError(f"{mutant.name} names {mutant.fails}, which is no check of {lesson.id}")
    return report.results[0]


def variants(lesson: Lesson) -> Iterator[tuple[Tree, tuple[str, ...]]]:
    """Each variant of the lesson, with the ids of the components that it defines."""
    for folder in sorted((HERE / "variants").glob(f"*/{lesson.folder}")):
        tree = Tree(folder.parent.name, folder.parent)
        defined = [c.id for c in lesson.components if trees.defines(trees.part(tree, c))]
        yield tree, tuple(defined)


def accept(
    lesson: Lesson, tree: Tree, components: tuple[str, ...], nursery: Nursery
) -> LessonReport:
    """The report of a variant on what it defines, with the policy lifted."""
    selection = grading.Selection(components=components)
    return grading.grade(lesson, tree, nursery, selection=selection, lift_policy=True)
