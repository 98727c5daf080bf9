"""A visit to a page of the site: what it asked for, what it complained of, how it lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Response

WIDE, NARROW = 1280, 390


@dataclass
class Visit:
    """An open page, with the addresses that it asked for and what stood in its console."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        """Goes there, down to the end, so that all that waits to come near the view comes."""
        self.asked.clear()
        self.complaints.clear()
        self.page.goto(address)
        self.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        self.page.wait_for_load_state("networkidle")

    def answered(self, response: Response) -> None:
        """Keeps what is not there."""
        if response.status >= 400:
            self.complaints.append(f"misses {response.url}")

    def said(self, message: ConsoleMessage) -> None:
        """Keeps what the browser calls an error."""
        if message.type == "error":
            self.complaints.append(message.text)


@contextmanager
def visiting(
    browser: Browser, *, width: int = WIDE, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Visit]:
    """A visitor with a window of this width, who likes this scheme."""
    with browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ) as page:
        page.set_default_timeout(120_000)  # a machine may be busy with other tests
        visit = Visit(page)
        page.on("request", lambda request: visit.asked.append(request.url))
        page.on("response", visit.answered)
        page.on("console", visit.said)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        yield visit
