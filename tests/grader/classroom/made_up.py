"""Classes that were never taught: a folder, a store, and reports that are made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec

from grader.classroom import settings, snapshots
from grader.classroom.records import Grade, Outcome, Submission
from grader.classroom.settings import Classroom
from grader.classroom.store import Store
from tests.zth.render import samples
from zth.records import Breach, Finding, LessonReport, Report, Result, Verdict

DUE = datetime(2026, 10, 1, 22, 0, tzinfo=UTC)
TOML = """
title = "Language models, autumn"
[late]
per_day = 0.1
[[lessons]]
name = "lesson1"
weight = 1
due = 2026-10-01T22:00:00Z
[[lessons]]
name = "lesson3"
weight = 3
due = 2026-10-01T22:00:00Z
"""
ROSTER = """\
student,name,email
anna,Anna Ahn,anna@example.org
ben,Ben Berg,ben@example.org
chen,陈晨,chen@example.org
dora,Dora Diaz,dora@example.org
"""

RIGHT, WRONG, STUB = samples.PASSED, samples.WRONG, samples.STUB
ALSO_RIGHT = replace(RIGHT, id=WRONG.id, title=WRONG.title, points=3, earned=3)
CRASHED, TIMED_OUT = samples.CRASHED, samples.TIMED_OUT
BREACH = samples.BREACH


class Class:
    """A class in a folder, to which students hand in."""

    def __init__(self, root: Path, roster: str = ROSTER, toml: str = TOML) -> None:
        root.mkdir(parents=True, exist_ok=True)
        (root / settings.CLASS).write_text(toml, "utf-8")
        (root / settings.ROSTER).write_text(roster, "utf-8")
        settings.write_secret(root / settings.SECRET)
        self.root, self.room = root, Classroom.open(root)
        self.store = Store.open(self.room.store)
        self._numbers = count(1)

    def hand_in(
        self,
        student: str,
        lesson: str,
        *results: Result,
        hours: float = -1,
        breaches: tuple[Breach, ...] = (),
        files: Mapping[str, bytes] = {},
        fault: str = "",
        source: str = "",
    ) -> Grade:
        """A grade for a student, who handed in so many hours after the time was over."""
        n = next(self._numbers)
        digest = f"digest{n}"
        if files:
            digest = snapshots.keep(files, self.room.snapshots, print).digest
        received = DUE + timedelta(hours=hours)
        made = Submission(student, received, digest, source or f"{student}-{n}.zip")
        told = report(lesson, *results, breaches=breaches)
        points, earned = sum(r.points for r in results), sum(r.earned for r in results)
        outcome = Outcome(f"key{n}", lesson, digest, points, earned, 1.0, "bwrap", "s", "1.0", told)
        if fault:
            outcome = replace(outcome, earned=0, report="", fault=fault)
        return self.store.record(self.store.add(made).id, outcome)

    def refuse(self, student: str, problem: str, source: str = "odd.zip") -> None:
        """A submission that could not be taken."""
        received = DUE + timedelta(minutes=next(self._numbers))
        self.store.add(Submission(student, received, "", source, problem=problem))


def report(lesson: str, *results: Result, breaches: tuple[Breach, ...] = ()) -> str:
    """A report of one lesson, as JSON."""
    one = LessonReport(lesson, "Toy attention", "docs/toy.md", results, breaches)
    whole = Report("submission", "", "d", "bwrap", "s", (one,), {"zth": "1.0"}, 1.0)
    return msgspec.json.encode(whole).decode()


def mistaken(diagnosis: str, address: str = "docs/toy.md#mask") -> Result:
    """A result with a known mistake."""
    return replace(WRONG, finding=Finding("wrong", diagnosis=diagnosis, address=address))


def verdict(id: str, verdict: Verdict, points: int = 1) -> Result:
    """A result of a check called `id`."""
    earned = points if verdict is Verdict.PASSED else 0
    return Result(id, f"About {id}", "part", verdict, points, earned)
