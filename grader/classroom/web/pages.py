"""Makes pages of templates: in the reader's language, with whatever strangers wrote made safe."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from grader.classroom.web import assets
from grader.classroom.web.guard import LANGUAGE
from grader.classroom.web.site import site_of
from grader.classroom.web.visitors import INSTRUCTOR, STUDENT, visitor_of
from zth import language
from zth.language import tr
from zth.render.escape import plain

NAMES = {"en": "English", "zh": "中文"}


def render(request: Request, template: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """A page, or a part of one."""
    return HTMLResponse(text(request, template, **values), status)


def text(request: Request, template: str, /, **values: object) -> str:
    """The same as text."""
    return _templates().get_template(template).render(**_common(request), **values)


def sign(found: object) -> str:
    """A sign of what a part of a page shows, by which it is known whether that has changed."""
    return hashlib.sha256(repr(found).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _common(request: Request) -> Mapping[str, object]:
    """What all templates may use."""
    visitor = visitor_of(request)
    return {
        "title": site_of(request).settings.title,
        "here": request.url.path,
        "visitor": visitor,
        "student_mark": visitor.mark(STUDENT),
        "instructor_mark": visitor.mark(INSTRUCTOR),
        "language": language.chosen(),
        "languages": [(name, said, _in(request, name)) for name, said in NAMES.items()],
    }


def _in(request: Request, name: str) -> str:
    """The address of this page in another language."""
    url = request.url.include_query_params(**{LANGUAGE: name})
    return f"{url.path}?{url.query}"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("grader.classroom.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_safe,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"tr": tr, "asset": assets.address}
    made.filters |= {
        "time": moment,
        "percent": percent,
        "number": number,
        "size": size,
        "spread": spread,
    }
    return made


def _safe(value: Any) -> Any:
    """What a template shows: signs that nobody sees are spelled, but not in what is HTML already.

    Escaping comes after.
    """
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def moment(value: datetime) -> Markup:
    """A time, as the clock of this machine has it."""
    local = value.astimezone()
    return Markup('<time datetime="{}"><span>{}</span> {}</time>').format(
        local.isoformat(timespec="seconds"), local.date().isoformat(), local.strftime("%H:%M")
    )


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def size(bytes: int) -> str:
    """A number of bytes: 8 MiB, 1.5 KiB."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if bytes >= unit:
            return f"{bytes / unit:.4g} {name}"
    return tr("{n} bytes", n=bytes)


def number(value: float) -> str:
    """Four digits of a measured number."""
    return f"{value:.4g}" if value == value else "–"


def spread(value: float) -> str:
    """Two digits of how far numbers lie apart."""
    return f"{value:.2g}" if value == value else "–"
