"""The smallest case with which one part goes wrong, from the checks of its lesson."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader import grading
from grader.starting import shown
from zth import definitions, trees
from zth.host import Nursery
from zth.records import Lesson, Part, Result, Tier, Tree, Verdict

QUIET = (Verdict.PASSED, Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED)
SCRIPT = '''\
"""{title}

{message}

Stops before your code is called: s steps into it (from Python 3.13 on, press it twice), n goes on,
c runs to the end, q quits.
"""

import sys

sys.path.insert(0, {root!r})
{code}
'''


@dataclass(frozen=True)
class Graded:
    """What a lesson's checks say of a part: the first that fails, if any, and how many ran."""

    lesson: Lesson
    failed: Result | None
    checks: int


def graded(part: Part, lesson: Lesson, tier: Tier) -> Graded:
    """Grades the part until a check fails; if none does, what else is written in its file."""
    component = next(c for c in lesson.components if c.id == part.component)
    usual = (part.file, part.name) == (component.file, component.name)
    moved = {} if usual else {component.id: f"{part.file}:{part.name}"}
    tree = Tree("yours", part.root, moved)
    siblings = [c.id for c in lesson.components if usual and c.file == part.file and c != component]
    checks = 0
    with Nursery(list(lesson.packages), tier, shown(lesson, tree)) as nursery:
        for ids in ([component.id], [id for id in siblings if _written(lesson, tree, id)]):
            results = _results(lesson, tree, ids, nursery) if ids else ()
            checks += len(results)
            failed = [r for r in results if r.points > r.earned and r.verdict not in QUIET]
            if failed:
                return Graded(lesson, failed[0], checks)
    return Graded(lesson, None, checks)


def _written(lesson: Lesson, tree: Tree, id: str) -> bool:
    part = trees.part(tree, next(c for c in lesson.components if c.id == id))
    try:
        source = (part.root / part.file).read_text("utf-8")
        return trees.defines(part) and not definitions.unwritten(source, part.name)
    except (OSError, ValueError, SyntaxError):
        return False


def _results(
    lesson: Lesson, tree: Tree, components: Sequence[str], nursery: Nursery
) -> tuple[Result, ...]:
    return grading.grade(
        lesson,
        tree,
        nursery,
        selection=grading.Selection(components=components, milestone="none"),
        lift_policy=True,
        diagnose=True,
        until_wrong=True,
    ).results


def script(result: Result, part: Part) -> str:
    """The failing case as a script that stops in the debugger; empty where there is no case."""
    finding = result.finding
    if finding is None or not finding.snippet:
        return ""
    return SCRIPT.format(
        title=_quoted(result.title),
        message=_quoted(finding.message),
        root=str(part.root),
        code=_stopping(finding.snippet, Path(part.file).parts[0]),
    )


def _quoted(text: str) -> str:
    """The text, such that it ends no docstring."""
    return text.replace("\\", "\\\\").replace('"', "'")


def _stopping(snippet: str, folder: str) -> str:
    """The snippet with a `breakpoint()` after the imports of the learner's code.

    Each statement is on one line, so that one step goes into it.
    """
    try:
        body = ast.parse(snippet).body
    except SyntaxError:  # a case that does not write itself as code
        return f"breakpoint()\n{snippet}"
    theirs = [
        number
        for number, node in enumerate(body, start=1)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(folder)
    ]
    lines = [ast.unparse(node) for node in body]
    at = max(theirs, default=0)
    return "\n".join([*lines[:at], "", "breakpoint()", *lines[at:]])


def lesson_of(part: Part, lessons: Iterable[Lesson]) -> Lesson | None:
    """The lesson whose checks judge the part."""
    return next((x for x in lessons if part.component in {c.id for c in x.components}), None)
