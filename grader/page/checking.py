"""The checks of a file, for a page: what comes out is told as JSON, piece by piece."""

from __future__ import annotations

import importlib
import json
import linecache
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from grader import grading
from grader.engine import result
from grader.kit import Check
from grader.page.session import Nobody
from grader.playing import Outcome
from zth import language, wire
from zth.language import tr
from zth.records import Finding, Lesson, Result, Tree, Verdict, Window
from zth.render import tensors
from zth.render.escape import plain
from zth.render.words import said

WIDTH = 76  # columns of a drawn tensor
LINES = 400  # of code that is shown
SLOWER = 5  # times as long as elsewhere may all take
Tell = Callable[[str], object]


def check(
    folder: str,
    root: str,
    file: str,
    tell: Tell,
    *,
    speak: str = "en",
    seed: int = 0,
    known: Mapping[str, str] | None = None,
) -> None:
    """Has all checks of the components in a file of a lesson judged, and tells what comes out.

    First which checks there are ("plan"), then each as it begins ("begins") and its result
    ("result"); at the end the sums and what was forbidden ("done"). `known` are verdicts that
    stand, by the ids of their checks: where an interpreter was ended in the midst of a check, the
    next one goes on behind it.
    """
    language.use(speak)
    wire.prepare()
    linecache.clearcache()  # the files may have changed
    lesson = lesson_of(folder)
    mine = [c for c in grading.checks_of(lesson) if c.component.file == f"{folder}/{file}"]
    fit = [c for c in mine if not c.milestone or c.quick]  # a corpus is not for a browser
    left_out = [tr(c.title) for c in mine if c not in fit]
    checks = [replace(c, limit=SLOWER * c.limit) for c in fit]
    _tell(tell, "plan", checks=[_row(c) for c in checks], left_out=left_out)
    before = {c.id: _stands(c, known[c.id]) for c in checks if known and c.id in known}
    tree = Tree("student", Path(root))
    with grading.opened(lesson, tree, Nobody(), seed=seed, known=before.values()) as run:
        run.bench.lost += sum(r.verdict is Verdict.TIMED_OUT for r in before.values())
        results = [before.get(c.id) or _judged(run, c, tell) for c in checks]
        report = run.report(results)
    breaches = [said(breach) for breach in report.breaches]
    _tell(tell, "done", earned=report.earned, points=report.points, breaches=breaches)


def ended(folder: str, id: str, seconds: float, tell: Tell, *, speak: str = "en") -> None:
    """Tells the result of a check in whose midst the page ended the interpreter.

    That was after so many seconds without an answer; or, where these are 0, it ended by itself.
    """
    language.use(speak)
    check = next(c for c in grading.checks_of(lesson_of(folder)) if c.id == id)
    verdict = Verdict.TIMED_OUT if seconds else Verdict.CRASHED
    message = (
        tr("no answer within {limit:g} s", limit=seconds)
        if seconds
        else tr("the browser ended Python: it went too deep, or there was no memory left")
    )
    _tell(tell, "result", **_shown(result(check, Outcome(verdict, Finding(message)))))


def lesson_of(folder: str) -> Lesson:
    """The lesson of this folder, "lesson1_autograd"."""
    lesson: Lesson = importlib.import_module(f"grader.lessons.{folder}").LESSON
    return lesson


def _tell(tell: Tell, kind: str, **what: object) -> None:
    tell(json.dumps({"kind": kind, **what}))


def _row(check: Check) -> dict[str, object]:
    """A check before it has a result."""
    return {
        "id": check.id,
        "component": check.component.id,
        "title": tr(check.title),
        "points": check.points,
        "advisory": check.advisory,
    }


def _stands(check: Check, verdict: str) -> Result:
    """A result that is known already, as far as other checks ask for it."""
    return result(check, Outcome(Verdict(verdict)))


def _judged(run: grading.Run, check: Check, tell: Tell) -> Result:
    _tell(tell, "begins", id=check.id)
    got = run.judge(check)
    _tell(tell, "result", **_shown(got))
    return got


def _shown(got: Result) -> dict[str, object]:
    """A result as a reader sees it: in the language that is spoken, and safe to show."""
    found = got.finding or Finding("")
    return {
        "id": got.id,
        "verdict": got.verdict.value,
        "word": tr(got.verdict.value),
        "earned": got.earned,
        "detail": plain(got.detail),
        "hint": tr(got.hint) if got.hint else "",
        "message": plain(found.message),
        "trace": [asdict(frame) for frame in found.trace],
        "snippet": plain(found.snippet, LINES),
        "tensors": [_drawn(window) for window in found.windows],
        "expected": plain(found.expected),
        "actual": plain(found.actual),
        "output": plain(found.output),
    }


def _drawn(window: Window) -> str:
    return "\n".join(line.plain for line in tensors.lines(window, WIDTH))
