"""The pages of a class, served, and visited by a browser."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.grader.classroom.web_site import PASSWORD, Site

LANGUAGES = {"en": "en-US", "zh": "zh-CN"}


@contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[Page]:
    """A fresh page in the browser, which must ask no other host for anything and meet no error: no
    script's, and nothing that the page's own policy forbids. That a page is missing is none."""
    context: BrowserContext = browser.new_context(**options)
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).hostname or ""))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if _is_wrong(line) else None)
    yield page
    context.close()
    assert set(asked) <= {"127.0.0.1"}
    assert wrong == []


def _is_wrong(line: ConsoleMessage) -> bool:
    return line.type == "error" and "status of 404" not in line.text


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The address of a site, as long as the context lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(site.app, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`zth class serve` in a class's folder: its address, and the process."""
    command = [sys.executable, "-m", "zth", "class", "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout
        first = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found, first + process.stdout.read()
        yield found[0], process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def sign_in(page: Page, address: str, token: str) -> None:
    """Signs a student in."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("token").or_(page.get_by_label("令牌")).fill(token)
    page.locator("main button").click()


def sign_in_to_teach(page: Page, address: str) -> None:
    """Signs the instructor in."""
    page.goto(f"{address}/teach/sign-in")
    page.locator("#name").fill("prof")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
