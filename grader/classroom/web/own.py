"""A student's own page: what is handed in, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from grader.classroom import late
from grader.classroom.late import Counted
from grader.classroom.records import Grade, Stage, Student, Submission, Upload
from grader.classroom.settings import LessonRule
from grader.classroom.store.base import now
from grader.classroom.web import handing_in, pages
from grader.classroom.web.handing_in import DAY
from grader.classroom.web.site import Site, id_in, site_of
from grader.classroom.web.visitors import student_needed, visitor_of
from zth.records import Finding, Lesson, Report, Result, Verdict
from zth.render import html

SHOWN = 10  # uploads on the page
_SAID = (Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED)  # of these, why is no counterexample


@dataclass(frozen=True)
class Standing:
    """What a student has in a lesson: what counts, where anything does."""

    lesson: Lesson
    rule: LessonRule
    counted: Counted | None


@dataclass(frozen=True)
class Queued:
    """An upload: its place among those that wait, or the grades that came of it, by lesson."""

    upload: Upload
    position: int
    grades: Mapping[str, Grade]

    @property
    def stage(self) -> str:
        return self.upload.stage.value


def page(request: Request) -> Response:
    """The whole page."""
    student = student_needed(request)
    site = site_of(request)
    return pages.render(
        request,
        "me.html",
        student=student,
        most=site.settings.limits.uploads_per_day,
        left=handing_in.left(site, student),
        free=_free(site, student),
        bytes=site.settings.limits.bytes,
        moved=False,
        **_found(site, student),
    )


def uploads(request: Request) -> Response:
    """The parts of the page that change by themselves; nothing where they are as they were seen."""
    student = student_needed(request)
    found = _found(site_of(request), student)
    if request.query_params.get("seen") == found["seen"]:
        return Response(status_code=204)
    return pages.render(request, "_moved.html", moved=True, **found)


def _found(site: Site, student: Student) -> dict[str, object]:
    """The student's record and newest uploads; whether anything of these is to be expected, and a
    sign of them."""
    made = record(site, student)
    submissions = {one.id: grades for one, grades in made["submissions"]}
    queued = [
        Queued(
            upload,
            site.store.position(upload.id) if upload.stage is Stage.WAITING else 0,
            submissions.get(upload.submission, {}),
        )
        for upload in site.store.uploads(student.id)[:SHOWN]
    ]
    moving = any(one.upload.stage in (Stage.WAITING, Stage.GRADING) for one in queued)
    return {**made, "uploads": queued, "moving": moving, "seen": pages.sign(queued)}


def _free(site: Site, student: Student) -> datetime | None:
    """When one more may be handed in, where none may now."""
    recent = [u.received for u in site.store.uploads(student.id) if u.received >= now() - DAY]
    most = site.settings.limits.uploads_per_day
    return recent[most - 1] + DAY if len(recent) >= most else None


def record(site: Site, student: Student) -> dict[str, Any]:
    """What a student has in each lesson and in all, and the submissions, for templates."""
    grades = list(site.store.grades(student.id, reports=False))
    counted = late.counted(grades, site.settings)
    return {
        "standings": [
            Standing(site.lessons[rule.name], rule, counted.get((student.id, rule.name)))
            for rule in site.settings.lessons
        ],
        "total": late.total(student.id, counted, site.settings),
        "counts": site.settings.counts,
        "submissions": _submissions(site, grades),
        "now": now(),
    }


def _submissions(
    site: Site, grades: Sequence[Grade]
) -> list[tuple[Submission, Mapping[str, Grade]]]:
    """The submissions with their grades by lesson, the newest first."""
    found: dict[int, tuple[Submission, dict[str, Grade]]] = {}
    for grade in grades:
        if grade.outcome.lesson in site.lessons:
            _, by_lesson = found.setdefault(grade.submission.id, (grade.submission, {}))
            by_lesson[grade.outcome.lesson] = grade
    return sorted(found.values(), key=lambda one: (one[0].received, one[0].id), reverse=True)


# --- reports --------------------------------------------------------------------------------------


def report(request: Request) -> Response:
    """The report on a lesson of a submission: for whoever handed it in, and for instructors."""
    visitor = visitor_of(request)
    if not visitor.instructor:
        student_needed(request)
    site = site_of(request)
    grade = _grade(site, id_in(request.path_params["id"]), request.path_params["lesson"])
    own = visitor.student is not None and grade.submission.student == visitor.student.id
    if not (visitor.instructor or own):
        raise HTTPException(404)
    found = _read(grade)
    if found and not visitor.instructor and site.settings.show == "verdicts":
        found = without_counterexamples(found)
    return pages.render(
        request,
        "report.html",
        grade=grade,
        lesson=site.lessons[grade.outcome.lesson],
        report=Markup(html.part(found)) if found else "",
        verdicts=site.settings.show == "verdicts",
    )


def _grade(site: Site, submission: int, lesson: str) -> Grade:
    """The grade that stands. Raises a 404 without one."""
    if lesson in site.lessons:
        for grade in reversed(site.store.history(submission)):
            if grade.outcome.lesson == lesson:
                return grade
    raise HTTPException(404)


def _read(grade: Grade) -> Report | None:
    """The report, where there is one that this zth can read."""
    try:
        return msgspec.json.decode(grade.outcome.report, type=Report)
    except msgspec.DecodeError:
        return None


def without_counterexamples(report: Report) -> Report:
    """The report with no more than verdicts, for a class that shows no more."""
    lessons = tuple(
        replace(lesson, results=tuple(map(_without, lesson.results))) for lesson in report.lessons
    )
    return replace(report, lessons=lessons)


def _without(result: Result) -> Result:
    """The verdict alone; a check that did not run still says why."""
    why = result.finding.message if result.finding and result.verdict in _SAID else ""
    return replace(result, finding=Finding(why) if why else None, detail="")
