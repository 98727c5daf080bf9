"""The page on a class in a real browser: narrow and wide, light and dark, read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from grader.classroom import page
from tests.browser import started
from tests.grader.classroom.made_up import RIGHT, Class
from tests.grader.classroom.test_page import poisoned, report, taught
from zth import language

pytestmark = pytest.mark.slow
EMPTY, TAUGHT, POISONED, LONG = "empty", "taught", "poisoned", "long names"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as opened:
        yield opened


@pytest.fixture(params=[EMPTY, TAUGHT, POISONED, LONG])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = Class(tmp_path / "class")
    if request.param == LONG:
        made.hand_in("x" * 10_000, "lesson1", RIGHT)
        made.refuse("y" * 10_000, "z" * 10_000)
    shown = {TAUGHT: taught, POISONED: poisoned}.get(request.param, report)(made)
    with language.speaking("zh" if request.param == TAUGHT else "en"):
        text = page.render(shown)
    (tmp_path / "page.html").write_text(text, "utf-8")
    return tmp_path / "page.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_breaks_no_rule_of_wcag_and_asks_nobody(
    file: Path, browser: Browser, width: int, scheme: str
) -> None:
    with browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    ) as shown:
        asked: list[str] = []
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(file.as_uri())
        shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(shown)
        assert found.violations_count == 0, found.generate_report()
        assert asked == [file.as_uri()]
