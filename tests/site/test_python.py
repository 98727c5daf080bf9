"""A lesson is written, run and checked in its chapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.site.conftest import ROOT
from tests.site.visits import Visit, visiting

REFERENCE = (ROOT / "solutions/lesson1_autograd/value.py").read_text("utf-8")
LONG = 240_000  # milliseconds: a machine may be busy with other tests
WORDS = {
    "en": ("Run", "Check", "Done in", "33 of 33"),
    "zh": ("运行", "检查", "完成，用时", "33 分中得 33"),
}


class Bench:
    """The editor of a chapter, opened."""

    def __init__(self, visit: Visit, address: str) -> None:
        self.visit, self.page = visit, visit.page
        self.page.set_default_timeout(LONG)
        visit.open(address)
        self.place: Locator = self.page.locator("[data-zth=python]")
        self.place.scroll_into_view_if_needed()

    def open(self) -> None:
        self.place.get_by_role("button").first.click()
        expect(self.place.locator(".cm-content")).to_be_focused(timeout=LONG)

    def write(self, file: str, text: str) -> None:
        self.press(file)
        self.place.locator(".cm-content").focus()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def press(self, name: str) -> None:
        self.place.get_by_role("button", name=name, exact=True).click()

    def ends(self, word: str) -> None:
        expect(self.place.get_by_role("status")).to_contain_text(word, timeout=LONG)

    @property
    def output(self) -> str:
        return self.place.locator(".zth-python-output").inner_text()


@pytest.fixture
def bench(site: str, browser: Browser) -> Iterator[Bench]:
    """That of lesson 1, in English."""
    with visiting(browser) as visit:
        yield Bench(visit, f"{site}lesson1_autograd/")


def test_python_comes_with_a_click_and_runs(bench: Bench) -> None:
    assert not [url for url in bench.visit.asked if "vendor/python" in url]
    bench.open()
    bench.write("try.py", "print(sum(range(10)))\nprint('{')\n1 / 0")
    bench.page.keyboard.press("Control+Enter")
    bench.ends("Done")
    assert bench.output.startswith("45\n{\nTraceback")
    assert 'File "try.py", line 3' in bench.output
    assert [url for url in bench.visit.asked if url.endswith("assets/vendor/python/zth.zip")]
    assert bench.visit.complaints == []


def test_the_editor_can_be_left_by_keys(bench: Bench) -> None:
    bench.open()
    bench.write("try.py", "if 1:")
    bench.page.keyboard.press("Enter")
    bench.page.keyboard.press("Tab")
    assert bench.place.locator(".cm-content").evaluate("e => e === document.activeElement")
    bench.page.keyboard.press("Escape")
    bench.page.keyboard.press("Tab")
    expect(bench.place.get_by_role("button", name="Run", exact=True)).to_be_focused()


def test_what_was_typed_is_there_again(bench: Bench) -> None:
    bench.open()
    bench.write("value.py", "# mine\n")
    bench.page.reload()
    assert bench.place.get_by_role("button").first.inner_text() == "Go on where you were"
    bench.open()
    assert bench.place.locator(".cm-content").inner_text().startswith("# mine")


def test_two_tabs_do_not_write_over_each_other(bench: Bench) -> None:
    bench.open()
    key = "zth:python:lesson1_autograd/value.py"
    bench.page.evaluate(f"localStorage.setItem('{key}', '# of another tab')")
    bench.write("value.py", "# of this tab")
    note = bench.place.get_by_role("alert")
    expect(note).to_contain_text("was changed in another tab")
    assert bench.page.evaluate(f"localStorage.getItem('{key}')") == "# of another tab"
    note.get_by_role("button", name="Take that text").click()
    assert bench.place.locator(".cm-content").inner_text() == "# of another tab"
    expect(note).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_right_file_gets_all_points_and_a_wrong_one_a_case(
    language: str, site: str, browser: Browser
) -> None:
    run, check, done, points = WORDS[language]
    folder = "" if language == "en" else "zh/"
    with visiting(browser) as visit:
        bench = Bench(visit, f"{site}{folder}lesson1_autograd/")
        bench.open()
        bench.write("value.py", REFERENCE)
        bench.press(check)
        bench.ends(done)
        assert points in bench.place.locator(".zth-python-sum").inner_text()
        bench.write(
            "value.py", REFERENCE.replace("self.data * other.data", "self.data + other.data")
        )
        bench.press(check)
        bench.ends(done)
        case = bench.place.locator("details").first.locator("pre").first
        assert case.inner_text().startswith("from lesson1_autograd.value import Value\n")
        assert "*" in case.inner_text()
        bench.place.locator("details").first.get_by_role("button").click()
        bench.ends(done)
        assert bench.output
        assert bench.place.get_by_role("button", name=run, exact=True).is_enabled()
        assert visit.complaints == []


@pytest.mark.slow
def test_a_loop_without_end_is_stopped_and_the_page_goes_on(bench: Bench) -> None:
    bench.open()
    bench.write("try.py", "while True:\n    pass\n")
    bench.press("Run")
    bench.ends("Stopped after 10 s")
    bench.write("try.py", "while True:\n    print('again')\n")
    bench.press("Run")
    expect(bench.place.locator(".zth-python-output")).to_contain_text("again", timeout=LONG)
    bench.press("Stop")
    bench.ends("Stopped.")
    bench.write(
        "try.py", "class A:\n    def __mul__(self, b):\n        return self * b\n\nA() * 1\n"
    )
    bench.press("Run")
    bench.ends("Done")
    assert "RecursionError" in bench.output
