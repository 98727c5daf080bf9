"""The files that pages are made of beside their text, each under an address that its bytes give."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from grader.classroom import page
from grader.classroom.web.guard import YEAR
from zth.render import html

KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def contents() -> Mapping[str, bytes]:
    """What there is, by name. Reports bring their own style; htmx's package holds its files."""
    own = files(__package__) / "static"
    return {
        "report.css": html.STYLE.read_bytes(),
        "counts.css": page.OWN_STYLE.read_bytes(),
        "class.css": (own / "class.css").read_bytes(),
        "icon.svg": (own / "icon.svg").read_bytes(),
        "htmx.js": (files("js_lib_htmx") / "static/htmx/htmx.min.js").read_bytes(),
    }


@cache
def address(name: str) -> str:
    """Where a file is to be had: another address for other bytes, so that it may be kept."""
    return f"/static/{_digest(name)}/{name}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(contents()[name]).hexdigest()[:16]


def serve(request: Request) -> Response:
    """A file, to be kept for a year."""
    name = request.path_params["name"]
    if name not in contents() or request.path_params["digest"] != _digest(name):
        raise HTTPException(404)
    return Response(
        contents()[name],
        media_type=KINDS[name.rpartition(".")[2]],
        headers={"Cache-Control": f"public, max-age={YEAR}, immutable"},
    )
