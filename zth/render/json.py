"""The report as JSON: every field of the records, and the sums."""

from __future__ import annotations

import json
from dataclasses import asdict

from zth.records import Report

FORMAT = "zth-report/1"


def render(report: Report) -> str:
    """The report as one JSON object, indented, with a line end."""
    data = {
        "format": FORMAT,
        "points": report.points,
        "earned": report.earned,
        "exit_code": report.exit_code,
        **asdict(report),
    }
    for record, lesson in zip(data["lessons"], report.lessons, strict=True):
        record |= {"points": lesson.points, "earned": lesson.earned, "passed": lesson.passed}
    return json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n"
