"""Signing in and out: a student once by a token, an instructor by a password."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from grader.classroom.web import limits, pages
from grader.classroom.web.forms import Form, posted
from grader.classroom.web.guard import cookie
from grader.classroom.web.site import site_of
from grader.classroom.web.visitors import (
    INSTRUCTOR,
    SESSION,
    STUDENT,
    TERM,
    check_mark,
    session,
    student_by,
    visitor_of,
)
from zth.language import tr

HASHER = PasswordHasher()
LONGEST = 1000  # characters of a name or a password


def form(request: Request) -> Response:
    """Where a student signs in."""
    return pages.render(request, "sign_in.html", wrong="")


@posted
def student_in(request: Request, form: Form) -> Response:
    """Signs a student in, by the token."""
    token = "".join(form.get("token", "").split())  # it may have been copied with its line end
    who = f"token {limits.place(request)}"
    limits.check(request, who, limits.FAILURES)
    if student_by(site_of(request), token) is None:
        limits.note(request, who)
        wrong = tr("nobody in this class has this token, or it was replaced by a new one")
        return pages.render(request, "sign_in.html", 403, wrong=wrong)
    return _with_cookie(request, "/me", STUDENT, token, TERM)


def instructor_form(request: Request) -> Response:
    """Where an instructor signs in."""
    return pages.render(request, "teach_sign_in.html", wrong="", name="")


@posted
def instructor_in(request: Request, form: Form) -> Response:
    """Signs an instructor in. Each attempt counts, before it is looked at."""
    name, password = form.get("name", "").strip(), form.get("password", "")
    for who, most in (
        (f"password {limits.place(request)}", limits.PASSWORDS),
        (f"password of {name[:LONGEST]}", limits.NAMES),
    ):
        limits.check(request, who, most)
        limits.note(request, who)
    if not _is_right(site_of(request).store.instructor(name), password[:LONGEST]):
        wrong = tr("there is no instructor of this name with this password")
        return pages.render(request, "teach_sign_in.html", 403, wrong=wrong, name=name)
    return _with_cookie(request, "/teach", INSTRUCTOR, session(site_of(request), name), SESSION)


def _is_right(hash: str | None, password: str) -> bool:
    """Whether it is the password; that takes as long where there is no such instructor."""
    try:
        HASHER.verify(hash or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(hash)


@cache
def _nobodys() -> str:
    return HASHER.hash("nobody's")


@posted
def out(request: Request, form: Form) -> Response:
    """Signs out: as a student, or as an instructor."""
    name = INSTRUCTOR if form.get("who") == INSTRUCTOR else STUDENT
    check_mark(visitor_of(request), name, form.get("mark", ""))
    return _with_cookie(request, "/", name, "", 0)


def _with_cookie(request: Request, to: str, name: str, value: str, seconds: int) -> Response:
    response = RedirectResponse(to, 303)
    headers = MutableHeaders(raw=response.raw_headers)
    headers.append("Set-Cookie", cookie(name, value, seconds, request.scope))
    return response
