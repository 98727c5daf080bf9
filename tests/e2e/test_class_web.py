"""The pages of a class in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from grader.classroom import tokens
from grader.classroom.means import lessons_of
from grader.classroom.records import Measurement, Regrade, Stage, Upload
from grader.classroom.runner import Crew
from grader.classroom.settings import Classroom
from grader.classroom.store import Store
from grader.classroom.store.base import now
from grader.classroom.web.worker import Worker
from tests.browser import started
from tests.e2e.class_web import (
    LANGUAGES,
    served,
    serving,
    sign_in,
    sign_in_to_teach,
    visiting,
)
from tests.e2e.test_class_grade import hand_in, zth
from tests.grader.classroom.made_up import CRASHED, RIGHT, TOML, WRONG, mistaken
from tests.grader.classroom.packing import zipped
from tests.grader.classroom.test_web_worker import VALUE, Stand
from tests.grader.classroom.web_site import PASSWORD, QUICK, Site
from zth import trees

pytestmark = pytest.mark.xdist_group("browser")

LEVEL = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
}
FOR_ALL = ["/", "/boards/entropy", "/boards/shakespeare-cpu", "/boards/entropy/entries/1",
           "/rules", "/sign-in", "/teach/sign-in", "/nothing"]  # fmt: skip
FOR_ANNA = ["/me", "/submissions/1/lesson3", "/submissions/4/lesson1"]
FOR_PROF = ["/teach", "/teach/student?id=anna", "/teach/lessons/lesson3",
            "/boards/entropy/entries/1"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser


# --- from the token to the report -----------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class of one student and one lesson."""
    folder = tmp_path / "my class"
    assert zth(["class", "init", str(folder)], tmp_path).returncode == 0
    text = (folder / "class.toml").read_text("utf-8")
    first = text.index("[[lessons]]")
    lesson = '[[lessons]]\nname = "lesson1"\nmilestone = "none"\n'
    (folder / "class.toml").write_text(text[:first] + lesson, "utf-8")
    (folder / "roster.csv").write_text("student,name,alias\nanna,Anna Ahn,Quiet Otter\n", "utf-8")
    return folder


def token(folder: Path) -> str:
    made = tokens.made()
    with Store.open(Classroom.open(folder).store) as store:
        store.add_token("anna", tokens.digest(made))
    return made


@pytest.mark.slow
def test_a_student_hands_in_and_reads_what_the_grader_says(
    folder: Path, tmp_path: Path, browser: Browser
) -> None:
    tree = hand_in(tmp_path / "tree", trees.REFERENCE, "\nValue.relu = Value.tanh\n")
    packed = shutil.make_archive(str(tmp_path / "my work"), "zip", tree)
    with serving(folder, "--workers", "1") as (address, _), visiting(browser) as page:
        sign_in(page, address, token(folder))
        expect(page.get_by_role("heading", level=1)).to_have_text("Quiet Otter")
        page.locator("#file").set_input_files(packed)
        page.get_by_role("button", name="hand in").click()
        # From here on, the page changes by itself.
        entry = page.locator("#uploads li")
        expect(entry.get_by_role("link")).to_contain_text("lesson1", timeout=60_000)
        expect(page.locator("#standings")).to_contain_text("/47")
        entry.get_by_role("link").click()
        expect(page.locator("main")).to_contain_text("passed")
        expect(page.locator("main")).to_contain_text("failed")


def test_a_student_sees_the_queue_move_without_loading_the_page(
    tmp_path: Path, browser: Browser
) -> None:
    site = Site(tmp_path / "class")
    crew = Crew(Stand(), lambda: 1)
    worker = Worker(site.room, site.store, lessons_of(site.room), "one", crew, print)
    with served(site) as address, visiting(browser) as page:
        sign_in(page, address, site.token("anna"))
        for name, body in (("first.zip", b"no archive"), ("second.zip", zipped({VALUE: b"a"}))):
            page.locator("#file").set_input_files(
                {"name": name, "mimeType": "application/zip", "buffer": body}
            )
            page.get_by_role("button", name="hand in").click()
            expect(page.locator("#uploads")).to_contain_text(name)
        first = page.locator("#uploads li", has_text="first.zip")
        second = page.locator("#uploads li", has_text="second.zip")
        expect(first).to_contain_text("waiting: number 1")
        expect(second).to_contain_text("waiting: number 2")
        assert worker.step()
        expect(first).to_contain_text("refused")
        expect(first).to_contain_text("it is neither")
        expect(second).to_contain_text("waiting: number 1")
        assert worker.step()
        expect(second.get_by_role("link")).to_have_text("lesson1 2/5")
        expect(page.locator("#standings")).to_contain_text("2/5")
        expect(page.locator("#all")).to_contain_text("2 of 5 points")
        second.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 of 5 points")


def test_without_scripts_all_works_by_loading_pages(browser: Browser, tmp_path: Path) -> None:
    site = Site(tmp_path / "class")
    with served(site) as address, visiting(browser, java_script_enabled=False) as page:
        sign_in(page, address, site.token("anna"))
        page.locator("#file").set_input_files(
            {"name": "a.zip", "mimeType": "application/zip", "buffer": b"PK"}
        )
        page.get_by_role("button", name="hand in").click()
        expect(page.locator("#uploads li")).to_contain_text("waiting: number 1")
        site.store.claim("worker")
        page.get_by_role("link", name="load the page again").click()
        expect(page.locator("#uploads li")).to_contain_text("being graded")
        page.get_by_role("button", name="sign out").click()
        page.goto(f"{address}/me")
        expect(page).to_have_url(f"{address}/sign-in")


# --- every page -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A class in which something of everything has happened."""
    root = tmp_path_factory.mktemp("pages") / "class"
    open = '[boards]\nopen = ["entropy", "shakespeare-cpu"]\n'
    site = Site(root, TOML.replace("[late]", open + "[late]"))
    first = site.hand_in("anna", "lesson3", RIGHT, WRONG)
    site.hand_in("ben", "lesson3", RIGHT, mistaken("keys were not masked"), hours=2)
    site.hand_in("chen", "lesson3", fault="the nursery did not start: " + "x" * 200)
    site.hand_in("anna", "lesson1", CRASHED, RIGHT, hours=30)
    site.refuse("dora", "it is neither a zip nor a tar archive")
    done = site.store.enqueue(Upload("anna", now(), "a" * 90 + ".zip", "1"))
    site.store.settle(done.id, Stage.DONE, first.submission.id)
    refused = site.store.enqueue(Upload("anna", now(), "作业.rar", "2"))
    site.store.settle(refused.id, Stage.REFUSED, problem="it is neither a zip nor a tar archive")
    for name in ("3", "4"):
        site.store.enqueue(Upload("anna", now(), f"{name}.zip", name))
    site.store.claim("worker")
    site.store.order([Regrade(1, "lesson3", "a check was mended", "prof", now())])
    measure(site, first.submission.id)
    site.store.set_instructor("prof", QUICK.hash(PASSWORD))
    return site


def measure(site: Site, submission: int) -> None:
    """Three measurements of a submission on each board, with their curves."""
    for board in site.room.settings.boards.open:
        for number in range(3):
            _, name = site.room.seed("board", board, str(number))
            curve = tuple((step, 2.0 + 1 / step + number / 100) for step in range(1, 50))
            site.store.measure(
                Measurement(board, submission, name, now(), 2.0 + number / 100, 2.1,
                            tokens=10**6, seconds=12.5, machine="one machine", curve=curve)
            )  # fmt: skip


def visit_all(site: Site, page: Page, address: str) -> Iterator[str]:
    """Shows all pages one after the other."""
    for path in FOR_ALL:
        page.goto(address + path)
        yield path
    sign_in(page, address, site.token("anna"))
    for path in FOR_ANNA:
        page.goto(address + path)
        yield path
    sign_in_to_teach(page, address)
    for path in FOR_PROF:
        page.goto(address + path)
        yield path


VIEWS = [(scheme, language) for scheme in ("light", "dark") for language in LANGUAGES]


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "language"), VIEWS)
def test_every_page_is_for_everybody(
    site: Site, browser: Browser, scheme: str, language: str
) -> None:
    found = {}
    look = {"color_scheme": scheme, "locale": LANGUAGES[language]}
    with served(site) as address, visiting(browser, **look) as page:
        for path in visit_all(site, page, address):
            assert page.locator("html").get_attribute("lang") == language
            violations = Axe().run(page, options=LEVEL).response["violations"]
            found[path] = [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations]
    assert not {path: wrong for path, wrong in found.items() if wrong}


def test_some_pages_are_for_everybody(site: Site, browser: Browser) -> None:
    with served(site) as address, visiting(browser, color_scheme="dark") as page:
        sign_in(page, address, site.token("anna"))
        for path in ("/boards/entropy", "/me"):
            page.goto(address + path)
            assert Axe().run(page, options=LEVEL).response["violations"] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_wider_than_a_phone(site: Site, browser: Browser, language: str) -> None:
    wide = {}
    look = {"viewport": {"width": 390, "height": 844}, "locale": LANGUAGES[language]}
    with served(site) as address, visiting(browser, **look) as page:
        for path in visit_all(site, page, address):
            wide[path] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert not {path: width for path, width in wide.items() if width > 0}


def test_the_board_draws_its_curves(site: Site, browser: Browser) -> None:
    with served(site) as address, visiting(browser) as page:
        page.goto(f"{address}/boards/entropy")
        drawing = page.locator("img.curve")
        expect(drawing).to_be_visible()
        assert drawing.evaluate("image => image.complete && image.naturalWidth > 0")
        page.goto(f"{address}/boards/entropy/leaders.svg")
        line = page.locator("path.model").first
        assert line.evaluate("path => getComputedStyle(path).fill") == "none"
