"""The search of each edition finds words of its language, and what is the same in both."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.site.visits import visiting


@pytest.mark.parametrize(
    ("edition", "word", "page", "text"),
    [
        ("", "softmax", "lesson3_attention/", "softmax"),
        ("zh/", "softmax", "zh/lesson3_attention/", "softmax"),
        ("zh/", "注意力", "zh/lesson3_attention/", "注意力"),
    ],
)
def test_search_finds(
    site: str, browser: Browser, edition: str, word: str, page: str, text: str
) -> None:
    with visiting(browser) as visit:
        visit.page.goto(site + edition)
        visit.page.click(".md-search__input")
        visit.page.keyboard.type(word)
        found = visit.page.locator(".md-search-result__item a.md-search-result__link")
        found.first.wait_for(state="attached")
        links = found.evaluate_all("links => links.map(link => [link.href, link.textContent])")
        assert all(href.startswith(site + edition) for href, _ in links)
        there = [said for href, said in links if href.startswith(site + page)]
        assert text in "".join(there).replace("\u200b", "").lower()
