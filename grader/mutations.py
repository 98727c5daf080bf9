"""Known mistakes: edits of the reference's text, kept in `grader/mutants/<lesson folder>.toml`.

Each names the check that must not pass. They examine the checks (`grader.exam`), and tell a learner
what a mistake probably is (`grader.diagnosis`).
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from zth import trees
from zth.records import Lesson, Tree

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Mutant:
    """One mistake: edits (old text, new text) of `file`, and the id of the check that it fails.

    Mutants of one `idea` are the same mistake to a learner; without one, a mutant stands alone.
    `section` is where the chapter speaks of it, unless that is the check's own section, and
    `pitfall` quotes a few of its words there, as a witness.
    """

    lesson: str
    name: str
    mistake: str
    fails: str
    file: str
    edits: tuple[tuple[str, str], ...]
    idea: str = ""
    section: str = ""
    pitfall: str = ""


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
            idea=m.get("idea", m["name"]),
            section=m.get("section", ""),
            pitfall=m.get("pitfall", ""),
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
