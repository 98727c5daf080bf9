"""The figures that move: by keyboard, with the numbers of the reference beside the drawing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, expect

from tests.site.visits import NARROW, WIDE, visiting

FIGURES = Path(__file__).parents[2] / "docs/assets/figures"
PAGES = {
    "autograd_graph": "lesson1_autograd/",
    "bpe_merges": "lesson2_tokenizer/",
    "attention_map": "lesson3_attention/",
}


def data(name: str) -> Any:
    return json.loads((FIGURES / f"{name}.json").read_text("utf-8"))["data"]


@contextmanager
def live(
    site: str, browser: Browser, name: str, edition: str = "", width: int = WIDE
) -> Iterator[Locator]:
    """The figure, once it moves; nothing complains, and nothing sticks out."""
    with visiting(browser, width=width) as visit:
        visit.page.goto(site + edition + PAGES[name])
        place = visit.page.locator(f"[data-zth={name}]")
        place.scroll_into_view_if_needed()
        expect(place).to_have_attribute("data-zth-state", "live")
        yield place
        assert visit.complaints == []
        assert place.evaluate("place => place.scrollWidth <= place.clientWidth")


def test_backward_goes_by_keys_and_the_table_has_the_numbers(site: str, browser: Browser) -> None:
    graph = data("autograd_graph")["graphs"][0]
    with live(site, browser, "autograd_graph") as place:
        step = place.get_by_role("button", name="Step")
        step.press("Enter")
        for add in graph["adds"]:
            step.press("ArrowRight")
            expect(place.locator(".zth-said")).to_contain_text(f"{add['to']}.grad +=")
            row = place.locator("tbody tr.zth-now td").last
            expect(row).to_have_text(f"{add['after']:g}".replace("-", "−"))
        step.press("ArrowRight")  # there is nothing beyond the end
        expect(place.locator(".zth-count")).to_have_text("5 / 5")
        grads = place.locator("tbody td:last-child").all_inner_texts()
        assert grads == ["−2", "2", "1", "1"]
        step.press("ArrowLeft")
        assert place.locator("tbody td:last-child").all_inner_texts() == ["−2", "0", "1", "1"]


def test_merges_are_made_of_the_text_that_is_typed(site: str, browser: Browser) -> None:
    course = data("bpe_merges")["drawn"]
    with live(site, browser, "bpe_merges", "zh/", NARROW) as place:
        place.locator("textarea").fill(course["text"])
        expect(place.locator(".zth-count")).to_have_text(f"0 / {len(course['merges'])}")
        buttons = place.locator(".zth-buttons").last.locator("button")
        for row in course["rows"]:
            tokens = place.locator(".zth-tokens li")
            assert tokens.evaluate_all("all => all.map(one => Number(one.title))") == row
            buttons.nth(2).press("ArrowRight")
        place.locator("textarea").fill("")
        expect(place.locator(".zth-tokens li")).to_have_count(0)


def test_the_heat_map_is_read_by_keys_and_each_row_sums_to_1(site: str, browser: Browser) -> None:
    causal, free = (example["weights"] for example in data("attention_map")["examples"][:2])
    with live(site, browser, "attention_map") as place:
        cells = place.locator("tbody td")
        size = len(causal)
        cells.first.press("ArrowDown")
        said = place.locator(".zth-said")
        expect(said).to_contain_text(f"weight {causal[1][0]:.3f}")
        expect(said).to_contain_text("of 2 keys: 1.000 together")
        assert cells.all_text_contents() == [f"{w:.2f}" for row in causal for w in row]
        place.get_by_label("Causal mask").press("Space")
        assert cells.all_text_contents() == [f"{w:.2f}" for row in free for w in row]
        expect(said).to_contain_text(f"of {size} keys: 1.000 together")
        place.get_by_label("Temperature").press("End")
        expect(place.locator("output")).to_have_text("4.00")
