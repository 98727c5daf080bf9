"""The grader's own exam: wrong implementations that it must reject, right ones it must accept.

A mutant is an edit of the reference's text, kept in `grader/mutants/<lesson folder>.toml`; it names
the check that must not pass. A variant is a tree under `grader/variants/`, right but written
differently; it must earn full marks for every component that it defines.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader import grading
from zth import trees
from zth.host import Nursery
from zth.records import Lesson, LessonReport, Result, Tree

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Mutant:
    """One mistake: edits (old text, new text) of `file`, and the id of the check that it fails."""

    lesson: str
    name: str
    mistake: str
    fails: str
    file: str
    edits: tuple[tuple[str, str], ...]


def mutants(lesson: Lesson) -> list[Mutant]:
    """The lesson's mutants, in the file's order."""
    file = HERE / "mutants" / f"{lesson.folder}.toml"
    if not file.is_file():
        return []
    return [
        Mutant(
            lesson=lesson.id,
            name=m["name"],
            mistake=m["mistake"],
            fails=m["fails"],
            file=m["file"],
            edits=tuple((edit["old"], edit["new"]) for edit in m["edits"]),
        )
        for m in tomllib.loads(file.read_text(encoding="utf-8"))["mutant"]
    ]


def plant(mutant: Mutant, lesson: Lesson, folder: Path) -> Tree:
    """Writes the mutant's tree into `folder`: the reference's lesson, with the mistake.

    Raises ValueError unless each old text occurs exactly once.
    """
    target = folder / lesson.folder
    shutil.copytree(trees.shipped(trees.REFERENCE) / lesson.folder, target, dirs_exist_ok=True)
    file = target / mutant.file
    text = file.read_text(encoding="utf-8")
    for old, new in mutant.edits:
        if text.count(old) != 1:
            raise ValueError(f"{mutant.name}: {text.count(old)} places for the edit {old!r}")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return Tree(mutant.name, folder)


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
