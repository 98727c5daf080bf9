"""The application: which address is answered by whom, and what is said when something is wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from python_multipart.exceptions import FormParserError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from grader.classroom.web import assets, boards, handing_in, own, pages, signing, teach
from grader.classroom.web.guard import Guard
from grader.classroom.web.site import Site
from grader.classroom.web.visitors import SignInNeeded, Visitor, visitor_of
from zth.language import tr
from zth.records import ZthError

LOG = logging.getLogger(__name__)
ROUTES = [
    Route("/", boards.home),
    Route("/rules", boards.rules),
    Route("/boards/{board}", boards.board),
    Route("/boards/{board}/leaders.svg", boards.leaders),
    Route("/boards/{board}/entries/{id}", boards.entry),
    Route("/boards/{board}/entries/{id}/curves.svg", boards.drawing),
    Route("/boards/{board}/entries/{id}/ruling", boards.rule, methods=["POST"]),
    Route("/static/{digest}/{name}", assets.serve),
    Route("/sign-in", signing.form),
    Route("/sign-in", signing.student_in, methods=["POST"]),
    Route("/sign-out", signing.out, methods=["POST"]),
    Route("/me", own.page),
    Route("/me/uploads", own.uploads),
    Route("/uploads", handing_in.receive, methods=["POST"]),
    Route("/uploads/{id}", handing_in.state),
    Route("/teach", teach.overview),
    Route("/teach/sign-in", signing.instructor_form),
    Route("/teach/sign-in", signing.instructor_in, methods=["POST"]),
    Route("/teach/queue", teach.queue),
    Route("/teach/student", teach.student),
    Route("/teach/lessons/{lesson}", teach.lesson),
    Route("/teach/regrade", teach.regrade, methods=["POST"]),
    Route("/submissions/{id}/{lesson}", own.report),
]


def create(site: Site) -> Guard:
    """The application of a class, guarded."""
    app = Starlette(
        routes=ROUTES,
        exception_handlers={
            HTTPException: _refused,
            SignInNeeded: _sign_in,
            ZthError: _away,
            ClientDisconnect: _gone,
            FormParserError: _garbled,  # Starlette before 1.0 lets it through
            Exception: _broken,
        },
    )
    app.router.redirect_slashes = False
    app.state.site = site
    return Guard(app, site.settings.language)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {
        HTTPStatus.NOT_FOUND: tr("there is no such page"),
        HTTPStatus.METHOD_NOT_ALLOWED: tr("this address takes no such request"),
        HTTPStatus.BAD_REQUEST: tr("this request cannot be understood"),
    }
    return problem(
        request,
        error.status_code,
        said.get(HTTPStatus(error.status_code), error.detail),
        error.headers,
    )


def _sign_in(request: Request, error: Exception) -> Response:
    """Asks who it is: a program for its token, a reader on the page for that."""
    assert isinstance(error, SignInNeeded)
    if _is_program(request):
        said = tr("a token is needed: Authorization: Bearer TOKEN")
        return problem(request, 401, said, {"WWW-Authenticate": "Bearer"})
    place = "/teach/sign-in" if error.instructor else "/sign-in"
    if "hx-request" in request.headers:  # a part of a page: the whole of it must go there
        return Response(status_code=401, headers={"HX-Redirect": place})
    return RedirectResponse(place, 303)


def _away(request: Request, error: Exception) -> Response:
    """The store does not answer, or the roster is being written: that passes."""
    LOG.error("%s", error)
    said = tr("the class cannot be read at the moment; try again in a minute")
    return problem(request, 503, said, {"Retry-After": "60"})


def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 (Starlette's)
    return problem(request, 500, tr("something is wrong on our side; your instructor can see what"))


def _garbled(request: Request, error: Exception) -> Response:  # noqa: ARG001 (Starlette's)
    return problem(request, 400, tr("this request cannot be understood"))


def _gone(request: Request, error: Exception) -> Response:  # noqa: ARG001 (Starlette's)
    """Nobody is there any more to read this."""
    return Response(status_code=400)


def problem(
    request: Request, status: int, said: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A page, or for a program a line of JSON, that says what is wrong."""
    if _is_program(request):
        return JSONResponse({"error": said}, status, headers)
    try:
        visitor_of(request)
    except (ZthError, HTTPException):  # the page is there all the same
        request.state.visitor = Visitor()
    page = pages.render(request, "error.html", status, status=status, said=said)
    page.headers.update(headers or {})
    return page


def _is_program(request: Request) -> bool:
    asked = request.headers.get("authorization", "") + request.headers.get("accept", "")
    return "bearer" in asked.lower() or "application/json" in asked
