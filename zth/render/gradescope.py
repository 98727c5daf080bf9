"""The report as Gradescope's results.json: a test case for each check.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import json
from typing import Any

from zth.language import tr
from zth.records import LessonReport, Report, Result, Verdict
from zth.render.escape import plain
from zth.render.terminal import told
from zth.render.words import said, withheld

LONGEST = 8_000  # characters that one test case says


def render(report: Report) -> str:
    """The report as JSON, with a line end.

    Students see their checks; where the grader failed, they read that this is no grade, and the
    score is 0: how it failed is in a test case that only instructors see.
    """
    data: dict[str, Any] = {
        "output": _summary(report),
        "output_format": "text",
        "execution_time": round(report.seconds),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "digest": report.digest,
            "sandbox": report.sandbox,
            "versions": dict(report.versions),
        },
        "tests": [_test(lesson, r) for lesson in report.lessons for r in lesson.results],
    }
    if report.exit_code == 3:
        data["score"] = 0
    return json.dumps(data, indent=2) + "\n"


def _summary(report: Report) -> str:
    if report.exit_code == 3:
        return withheld()
    rows = [tr("{earned} of {points} points", earned=report.earned, points=report.points)]
    rows += [f"{tr('forbidden')}: {said(b)}" for lesson in report.lessons for b in lesson.breaches]
    return "\n".join(rows)


def _test(lesson: LessonReport, r: Result) -> dict[str, Any]:
    ours = r.verdict is Verdict.GRADER_ERROR
    return {
        "name": f"{r.component}: {tr(r.title)}" + (f" ({tr('advice')})" if r.advisory else ""),
        "name_format": "text",
        "score": r.earned,
        "max_score": r.points,
        "status": "passed" if r.verdict is Verdict.PASSED and r.earned == r.points else "failed",
        "output": _clipped(_output(lesson, r)),
        "output_format": "text",
        "tags": [lesson.lesson, r.component],
        "visibility": "hidden" if ours else "visible",
    }


def _output(lesson: LessonReport, r: Result) -> str:
    if r.verdict is Verdict.PASSED:
        mine = [said(b) for b in lesson.breaches if b.component == r.component]
        return "\n".join([*mine, *([plain(r.detail)] if r.detail else [])])
    return f"{tr(r.verdict.value)}\n{told(r, lesson.reading)}"


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
