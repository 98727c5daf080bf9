"""What the chapters show of mistakes: what zth prints for a mutant, word for word.

In a chapter, `<!-- shown: NAME -->` stands on the line before the listing; NAME is a mutant of its
lesson. `python -m tests.shown LESSON…` puts there what zth prints now, in both editions, and makes
the listing where there is none yet.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from grader import diagnosis, grading, starting
from grader.mutations import mutants, plant
from zth import language
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import Lesson
from zth.render.terminal import drawn, failure

ROOT = Path(__file__).parents[1]
WIDTH = 80  # columns, as a terminal has by default
SHOWN = re.compile(
    r"^(?P<indent> *)<!-- shown: (?P<name>[\w-]+) -->\n"
    r"(?:(?P=indent)```text\n(?P<listing>.*?)^(?P=indent)```\n)?",
    re.DOTALL | re.MULTILINE,
)


def editions(lesson: Lesson) -> dict[str, Path]:
    """The files of the lesson's chapter, by language; English first."""
    english = ROOT / lesson.chapter
    return {"en": english, "zh": english.parent / "zh" / english.name}


def shown(chapter: str) -> dict[str, str]:
    """The listing of each mutant that the chapter shows, in the chapter's order."""
    return {m["name"]: textwrap.dedent(m["listing"] or "") for m in SHOWN.finditer(chapter)}


def without(chapter: str) -> str:
    """The chapter without these listings, which each language has its own of."""
    return SHOWN.sub(r"\g<indent><!-- shown: \g<name> -->\n", chapter)


def renewed(chapter: str, prints: Callable[[str], str]) -> str:
    """The chapter with what zth prints now for each mutant that it shows."""

    def block(mark: re.Match[str]) -> str:
        lines = f"<!-- shown: {mark['name']} -->\n```text\n{prints(mark['name'])}```\n"
        return textwrap.indent(lines, mark["indent"])

    return SHOWN.sub(block, chapter)


@contextmanager
def printing(lesson: Lesson, speaks: str) -> Iterator[Callable[[str], str]]:
    """Gives a function from a mutant's name to what zth prints of its failure.

    Time cuts nothing short here, as it would on a machine that is busy: the case is the smallest.
    """
    starting.settle_hypothesis()
    known = {mutant.name: mutant for mutant in mutants(lesson)}

    def prints(name: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            result = grading.grade(
                lesson,
                plant(known[name], lesson, Path(folder)),
                nursery,
                selection=grading.Selection(checks=(known[name].fails,)),
                diagnose=True,
            ).results[0]
        return drawn(WIDTH, failure(result, lesson.reading))

    with (
        language.speaking(speaks),
        patch.object(grading, "SHRINKING", 60.0),
        patch.object(diagnosis, "PATIENCE", 60.0),
        patch.object(diagnosis, "CALL", 5.0),
        Nursery(list(lesson.packages)) as nursery,
    ):
        yield prints


def renew(lesson: Lesson) -> None:
    """Writes both editions anew; one that was of the English one before is so afterwards."""
    english = editions(lesson)["en"]
    before = _digest(english)
    for speaks, file in editions(lesson).items():
        with printing(lesson, speaks) as prints:
            text = renewed(file.read_text("utf-8"), prints)
        file.write_text(text.replace(before, _digest(english), 1), encoding="utf-8")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        renew(Plugins.load().lessons()[name])
