"""The report as GitHub Classroom's grading reporter takes it from a step of a workflow.

The reporter, classroom-resources/autograding-grading-reporter, adds up the tests' scores; in the
step's output this JSON stands in base64.
"""

from __future__ import annotations

import json
from typing import Any

from zth.language import tr
from zth.records import Report, Result, Verdict
from zth.render.escape import plain

STATUS = {0: "pass", 1: "fail", 3: "error"}


def render(report: Report) -> str:
    """The report as one JSON object, with a line end."""
    data = {
        "version": 1,
        "status": STATUS[report.exit_code],
        "max_score": report.points,
        "tests": [_test(r) for lesson in report.lessons for r in lesson.results],
    }
    return json.dumps(data) + "\n"


def _test(r: Result) -> dict[str, Any]:
    passed = r.verdict is Verdict.PASSED and r.earned == r.points
    message = plain(r.finding.message, 3) if r.finding else ""
    return {
        "name": f"{r.component}: {tr(r.title)}",
        "status": "pass" if passed else "fail",
        "score": r.earned,
        "message": message or tr(r.verdict.value),
    }
