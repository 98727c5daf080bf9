"""The report as JSON: every field of the records, and the sums."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from zth.records import Report

FORMAT = "zth-report/1"
# Characters that a terminal obeys and a reader does not see: as text they mean the same.
_UNSEEN = re.compile(
    r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)


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
    text = json.dumps(data, indent=2, ensure_ascii=False, default=str)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def complete(records: Mapping[str, dict[str, Any]]) -> None:
    """Has a schema say that what is empty is there, too; its texts are the same in each Python."""
    for record in records.values():
        if "properties" in record:
            record["required"] = list(record["properties"])
        if "description" in record:
            record["description"] = inspect.cleandoc(record["description"])


def schema() -> dict[str, Any]:
    """The JSON Schema of what `render` gives: the records', and the sums."""
    import msgspec

    found = msgspec.json.schema(Report)
    records = found["$defs"]
    whole = {"type": "integer", "minimum": 0}
    records["Report"]["properties"] |= {
        "format": {"const": FORMAT},
        "points": whole,
        "earned": whole,
        "exit_code": {"enum": [0, 1, 3]},
    }
    records["LessonReport"]["properties"] |= {
        "points": whole,
        "earned": whole,
        "passed": {"type": "boolean"},
    }
    complete(records)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A report of zth grade --format json ({FORMAT})",
        **found,
    }
