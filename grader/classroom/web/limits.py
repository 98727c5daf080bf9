"""How often something may be tried that only somebody who guesses tries often."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request

from grader.classroom.store.base import now
from grader.classroom.web.site import site_of
from zth.language import tr

WINDOW = timedelta(minutes=10)
FAILURES = 30  # wrong tokens from one address in that time: a class may share it
PASSWORDS = 10  # passwords, right or wrong, tried from one address
NAMES = 100  # passwords tried for one instructor: more, so that no stranger locks one out easily


def place(request: Request) -> str:
    """Where the request comes from; of IPv6 the part that one customer has."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def check(request: Request, who: str, most: int) -> None:
    """Raises a 429 where this was tried too often."""
    if site_of(request).store.attempts_since(who, now() - WINDOW) >= most:
        minutes = int(WINDOW.total_seconds() // 60)
        raise HTTPException(
            429,
            tr("too many attempts; try again in {n} minutes", n=minutes),
            headers={"Retry-After": str(int(WINDOW.total_seconds()))},
        )


def note(request: Request, who: str) -> None:
    """Notes one more attempt."""
    site_of(request).store.attempt(who)
