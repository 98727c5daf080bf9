"""What the Chinese edition shows of the English one says so; a page has its heading's title."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from docs.web import editions

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page


def shown(folder: Path, lang: str) -> str:
    """What the build makes of a heading that lies in the folder."""
    page = cast("Page", SimpleNamespace(file=SimpleNamespace(src_dir=str(folder))))
    config = cast("MkDocsConfig", SimpleNamespace(theme={"language": lang}))
    return editions.on_page_content("<h1>Trust</h1>", page, config)


def test_an_english_page_of_the_chinese_edition_says_so_and_is_english() -> None:
    page = shown(editions.ENGLISH, "zh")
    assert page.index(editions.IN_ENGLISH) < page.index('<div lang="en">\n<h1>Trust</h1>\n</div>')


@pytest.mark.parametrize(
    ("folder", "lang"), [(editions.ENGLISH, "en"), (editions.ENGLISH / "zh", "zh")]
)
def test_a_page_in_its_own_edition_stays_as_it_is(folder: Path, lang: str) -> None:
    assert shown(folder, lang) == "<h1>Trust</h1>"


def test_a_page_begins_with_its_heading() -> None:
    """Else mkdocs calls it by its file: "Index"."""
    pages = sorted((editions.ENGLISH / "zh").rglob("*.md"))
    assert pages
    for page in pages:
        assert editions.on_page_markdown(page.read_text("utf-8")).startswith("# "), page
