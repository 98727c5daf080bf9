"""What a browser posts: small forms, and no more of anything than is wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from zth.language import tr

SMALL = 1 << 16  # bytes of a form without a file
FIELDS = 12
PATIENCE = (
    8  # times what is allowed that is still read, for the answer to be: a browser sends first
)

Form = Mapping[str, str]
Action = Callable[[Request, Form], Response]


def posted(action: Action) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that is given the form; it runs in a thread, where it may wait for the store."""

    async def endpoint(request: Request) -> Response:
        small = Request(request.scope, capped(request.receive, SMALL, tr("too long")))
        async with small.form(max_files=0, max_fields=FIELDS) as form:
            fields = {
                name: value for name, value in form.items() if not isinstance(value, UploadFile)
            }
        return await run_in_threadpool(action, request, fields)

    return endpoint


def capped(receive: Receive, most: int, said: str) -> Receive:
    """What gives the request's body as long as that is no longer than `most`; then it is a 413.

    The rest is read and dropped, within bounds: a browser shows no answer while it still sends.
    """
    got = 0

    async def limited() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got <= most:
            return message
        while message.get("more_body") and got <= PATIENCE * most:
            message = await receive()
            got += len(message.get("body", b""))
        raise HTTPException(413, said)

    return limited
