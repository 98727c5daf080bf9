"""What holds for every request: the reader's language, and headers that say what a browser may do.

It stands around the whole application, so that pages about errors have it, too.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zth.language import LANGUAGES, speaking, tr

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Language, Authorization",
}
LANGUAGE = "lang"  # a word of the address, and the cookie that keeps it
YEAR = 365 * 24 * 3600
SAFE = ("GET", "HEAD", "OPTIONS")


class Guard:
    """The application, guarded. `language` is spoken to readers who ask for none that is there."""

    def __init__(self, app: ASGIApp, language: str) -> None:
        self._app, self._language = app, language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = _asked(scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if asked:
                    headers.append("Set-Cookie", cookie(LANGUAGE, asked, YEAR, scope))
            await send(message)

        with speaking(asked or _preferred(scope) or self._language):
            app = _refused if _foreign(scope) else self._app
            await app(scope, receive, guarded)


def cookie(name: str, value: str, seconds: int, scope: Scope) -> str:
    """A cookie that no script reads and no other site sends."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"


def _asked(scope: Scope) -> str:
    """The language that the address asks for, where there is such a one."""
    asked = QueryParams(scope.get("query_string", b"")).get(LANGUAGE, "")
    return asked if asked in LANGUAGES else ""


def _preferred(scope: Scope) -> str:
    """What was asked for before, or else what the browser says that its reader understands."""
    kept = Request(scope).cookies.get(LANGUAGE)
    if kept in LANGUAGES:
        return str(kept)
    ranges = [_range(part) for part in Headers(scope=scope).get("accept-language", "").split(",")]
    known = [(weight, name) for name, weight in ranges if name in LANGUAGES and weight > 0]
    return max(known, key=lambda found: found[0])[1] if known else ""


def _range(text: str) -> tuple[str, float]:
    """A language and how much it is wanted: "zh-CN;q=0.8" is zh, 0.8."""
    name, _, weight = text.partition(";q=")
    try:
        return name.strip().partition("-")[0].lower(), float(weight or 1)
    except ValueError:
        return "", 0.0


def _foreign(scope: Scope) -> bool:
    """Whether another site had the browser send what changes something here."""
    site = Headers(scope=scope).get("sec-fetch-site", "none")
    return scope["method"] not in SAFE and site not in ("same-origin", "none")


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    said = tr("another site sent this request; nothing was done")
    response = PlainTextResponse(said, HTTPStatus.FORBIDDEN)
    await response(scope, receive, send)
