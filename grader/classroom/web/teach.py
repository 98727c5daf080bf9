"""An instructor's pages: how the class stands, a student, a lesson; and what an instructor does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from grader.classroom import gradebook, page, statistics
from grader.classroom.gradebook import Gradebook, Row
from grader.classroom.records import Grade, Regrade
from grader.classroom.statistics import LessonCount
from grader.classroom.store.base import now
from grader.classroom.store.grading import GRADED
from grader.classroom.web import own, pages
from grader.classroom.web.forms import Form, posted
from grader.classroom.web.site import Site, id_in, site_of
from grader.classroom.web.visitors import INSTRUCTOR, check_mark, instructor_needed, visitor_of
from zth.language import tr

NEWEST = 10  # uploads and wishes that are shown
REASON = 300  # characters


@dataclass(frozen=True)
class Lesson:
    """How the class stands in a lesson."""

    id: str
    title: str
    graded: int
    whole: int
    mean: float


def overview(request: Request) -> Response:
    """How the class stands: lessons, students, queue."""
    instructor_needed(request)
    site = site_of(request)
    book = gradebook.read(site.classroom, site.store)
    return pages.render(
        request,
        "teach.html",
        lessons=list(_lessons(site, book)),
        rows=list(book.rows()),
        book=book,
        students=len(book.roster.students),
        settled=site.store.settled(NEWEST),
        orders=site.store.orders(NEWEST),
        **_queue(site),
    )


def _lessons(site: Site, book: Gradebook) -> Iterator[Lesson]:
    for id, lesson in site.lessons.items():
        graded = [one.grade.outcome for (_, name), one in book.counted.items() if name == id]
        shares = [one.earned / one.points if one.points else 0.0 for one in graded]
        mean = sum(shares) / len(shares) if shares else 0.0
        yield Lesson(id, lesson.title, len(shares), sum(share == 1 for share in shares), mean)


def queue(request: Request) -> Response:
    """The part of the overview that changes by itself."""
    instructor_needed(request)
    found = _queue(site_of(request))
    if request.query_params.get("seen") == found["seen"]:
        return Response(status_code=204)
    return pages.render(request, "_queue.html", **found)


def _queue(site: Site) -> dict[str, object]:
    queue, orders = site.store.queue(), site.store.open_orders()
    return {"queue": queue, "open_orders": orders, "seen": pages.sign((queue, orders))}


def student(request: Request) -> Response:
    """One student: what was handed in, with all reports."""
    instructor_needed(request)
    site = site_of(request)
    id = request.query_params.get("id", "")
    known = _row(gradebook.read(site.classroom, site.store), id)
    return pages.render(
        request,
        "student.html",
        student=known.student,
        moved=False,
        **own.record(site, known.student),
        uploads=site.store.uploads(known.student.id),
    )


def _row(book: Gradebook, id: str) -> Row:
    for row in book.rows():
        if row.student.id == id:
            return row
    raise HTTPException(404)


def lesson(request: Request) -> Response:
    """One lesson: what is not understood."""
    instructor_needed(request)
    site = site_of(request)
    id = request.path_params["lesson"]
    if id not in site.lessons:
        raise HTTPException(404)
    found = counted(site, id)
    return pages.render(
        request,
        "lesson.html",
        lesson=site.lessons[id],
        found=found,
        counts=Markup("\n".join(page.counts(found))),
    )


def counted(site: Site, lesson: str) -> LessonCount:
    """The statistics of a lesson, as it stands or stood a moment ago."""
    book = gradebook.read(site.classroom, site.store)

    def make() -> LessonCount:
        all = statistics.count(book, site.store.grades(lesson=lesson))
        return next(found for found in all if found.lesson == lesson)

    counting = {one.grade.id for (_, name), one in book.counted.items() if name == lesson}
    return site.counts.get(lesson, counting, make)


# --- what an instructor does ----------------------------------------------------------------------


@posted
def regrade(request: Request, form: Form) -> Response:
    """Has one lesson of a submission graded again, or a lesson of everybody, or all there is."""
    by = instructor_needed(request)
    check_mark(visitor_of(request), INSTRUCTOR, form.get("mark", ""))
    reason = reason_in(form)
    site = site_of(request)
    wanted = _meant(site, form.get("submission", ""), form.get("lesson", ""))
    if not wanted:
        raise HTTPException(404)
    moment = now()
    site.store.order(
        Regrade(grade.submission.id, grade.outcome.lesson, reason, by, moment) for grade in wanted
    )
    return RedirectResponse(_back(form, "/teach#queue"), 303)


def reason_in(form: Form) -> str:
    """The reason that a form gives. Raises a 422 without one."""
    reason = " ".join(form.get("reason", "").split())[:REASON]
    if not reason or reason == GRADED:
        raise HTTPException(422, tr("say why: the reason is kept, and students read it"))
    return reason


def _meant(site: Site, submission: str, lesson: str) -> Sequence[Grade]:
    """The grades that are meant, of those that stand."""
    if lesson and lesson not in site.lessons:
        return []
    if submission:
        found = site.store.history(id_in(submission))
        own = {grade.outcome.lesson: grade for grade in found if grade.outcome.lesson == lesson}
        return list(own.values())
    standing = site.store.grades(lesson=lesson or None, reports=False)
    return [grade for grade in standing if grade.outcome.lesson in site.lessons]


def _back(form: Form, other: str) -> str:
    """Where the form was, if that is on an instructor's page."""
    student = form.get("student", "")
    return f"/teach/student?id={quote(student, safe='')}" if student else other
