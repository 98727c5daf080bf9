"""Who asks: a student by a token, an instructor by a session, or anybody."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import time
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from grader.classroom.records import Student
from grader.classroom.tokens import digest
from grader.classroom.web import limits
from grader.classroom.web.site import Site, site_of
from zth.language import tr

STUDENT, INSTRUCTOR = "zth-student", "zth-instructor"  # cookies
TERM = 150 * 24 * 3600  # seconds that a browser keeps a student's token
SESSION = 12 * 3600  # seconds that an instructor stays signed in
LONGEST = 200  # characters of a token, and of what a cookie holds


@dataclass(frozen=True)
class Visitor:
    """Who asks. With a `bearer` it is a program, which no other site can have send anything.

    `marks` are what a form must bring that the cookie of that name authorises.
    """

    student: Student | None = None
    instructor: str = ""
    bearer: bool = False
    marks: tuple[tuple[str, str], ...] = ()

    def mark(self, name: str) -> str:
        return dict(self.marks).get(name, "")


def visitor_of(request: Request) -> Visitor:
    """Who asks, found out once for each request."""
    found: Visitor | None = getattr(request.state, "visitor", None)
    if found is None:
        found = request.state.visitor = _visitor(site_of(request), request)
    return found


def _visitor(site: Site, request: Request) -> Visitor:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return Visitor(student=_signed_in(request, token.strip()), bearer=True)
    held = {name: request.cookies.get(name, "") for name in (STUDENT, INSTRUCTOR)}
    marks = tuple((name, site.sign("form", value)) for name, value in held.items() if value)
    return Visitor(
        student=student_by(site, held[STUDENT]),
        instructor=instructor_by(site, held[INSTRUCTOR]),
        marks=marks,
    )


def _signed_in(request: Request, token: str) -> Student | None:
    """Whose token it is; who tries many is asked to wait."""
    who = f"token {limits.place(request)}"
    limits.check(request, who, limits.FAILURES)
    student = student_by(site_of(request), token)
    if student is None:
        limits.note(request, who)
    return student


def student_by(site: Site, token: str) -> Student | None:
    """Whose token it is, as long as that student is on the roster."""
    if not 0 < len(token) <= LONGEST:
        return None
    id = site.store.student_of(digest(token))
    return site.roster.get(id) if id is not None else None


def session(site: Site, instructor: str) -> str:
    """What an instructor's cookie holds: who, until when, signed.

    It ends with the password: the signature covers its hash.
    """
    said = json.dumps([instructor, int(time.time()) + SESSION, secrets.token_hex(8)])
    text = base64.urlsafe_b64encode(said.encode()).decode()
    return f"{text}.{_signature(site, instructor, text)}"


def instructor_by(site: Site, cookie: str) -> str:
    """Whose session it is; empty where it is none, or over."""
    text, _, signature = cookie.partition(".")
    try:
        name, until, _ = json.loads(base64.urlsafe_b64decode(text))
    except (binascii.Error, ValueError, TypeError):
        return ""
    if not isinstance(name, str) or not isinstance(until, int) or until < time.time():
        return ""
    right = hmac.compare_digest(signature.encode(), _signature(site, name, text).encode())
    return name if right else ""


def _signature(site: Site, instructor: str, text: str) -> str:
    password = site.store.instructor(instructor)
    return site.sign("session", f"{text} {password}") if password else secrets.token_hex()


# --- who is needed --------------------------------------------------------------------------------


class SignInNeeded(Exception):
    """Nobody is signed in who may see this; `instructor` says whether it takes one."""

    def __init__(self, *, instructor: bool = False) -> None:
        super().__init__()
        self.instructor = instructor


def student_needed(request: Request) -> Student:
    visitor = visitor_of(request)
    if visitor.student is None:
        raise SignInNeeded
    return visitor.student


def instructor_needed(request: Request) -> str:
    visitor = visitor_of(request)
    if not visitor.instructor:
        raise SignInNeeded(instructor=True)
    return visitor.instructor


def check_mark(visitor: Visitor, name: str, given: str) -> None:
    """Raises a 403 where a form does not come from a page that this visitor was shown."""
    if not visitor.bearer:
        right = visitor.mark(name)
        if not right or not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
            raise HTTPException(
                403, tr("this page is from before you signed in; load it again, and try once more")
            )
