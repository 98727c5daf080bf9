"""The Chinese pages say what the English ones say now: same code, same sections, same pictures."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests import shown
from zth import pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ONLY_CHINESE = {"glossary.md"}
PAGES = [p for p in sorted((DOCS / "zh").rglob("*.md")) if p.name not in ONLY_CHINESE]
DRAWINGS = sorted(DOCS.glob("assets/*.zh.svg"))
FENCE = re.compile(r"^( *)(```+|~~~+)(.*?)\n(.*?)^\1\2 *$", re.DOTALL | re.MULTILINE)


def english(page: Path) -> Path:
    return DOCS / page.relative_to(DOCS / "zh")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_of_the_english_one_as_it_is(page: Path) -> None:
    digest = hashlib.sha256(english(page).read_bytes()).hexdigest()
    first, _, _ = page.read_text("utf-8").partition("\n")
    assert first == f"<!-- en: {digest} -->", (
        f"docs/{english(page).relative_to(DOCS)} has changed: bring {page.relative_to(DOCS)} up to "
        f"date, and its first line to <!-- en: {digest} -->"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.parametrize(
    "what",
    [
        r"\]\(([^)\s]+)",  # where links and pictures lead
        r"^\s*([!?]{3}\+?) ",  # what is folded or set apart
        r"^(#+) ",  # headings
        r"^(\|)",  # rows of tables
        r"(--8<--.*)$",  # what is included
    ],
)
def test_a_page_has_the_parts_of_the_english_one(page: Path, what: str) -> None:
    parts = [re.findall(what, prose(file), re.MULTILINE) for file in (page, english(page))]
    assert [part.replace(".zh.", ".") for part in parts[0]] == parts[1]


def test_the_chinese_readme_is_of_the_english_one_as_it_is() -> None:
    """Only where it leads to what there is in Chinese do the two differ."""
    english, chinese = (ROOT / "README.md").read_text("utf-8"), (ROOT / "README.zh.md")
    first, _, rest = chinese.read_text("utf-8").partition("\n")
    digest = hashlib.sha256(english.encode()).hexdigest()
    assert first == f"<!-- en: {digest} -->", f"README.md has changed: {digest}"
    leads = r"""\]\(([^)\s]+)|(?:src|srcset)="([^"]+)"|^(\||#+ |```.*$)"""
    same, parts = (re.findall(leads, text, re.MULTILINE) for text in (english, rest))
    plain = [tuple(p.replace("docs/zh/", "docs/").replace(".zh.", ".") for p in x) for x in parts]
    swapped = {"README.zh.md": "README.md"}
    assert plain == [tuple(swapped.get(p, p) for p in x) for x in same]
    assert FENCE.findall(rest) == FENCE.findall(english)


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.stem)
def test_a_drawing_differs_from_the_english_one_in_its_words_alone(drawing: Path) -> None:
    first, same = (
        [(element.tag, element.attrib) for element in ET.fromstring(text).iter()]
        for text in (
            drawing.read_text("utf-8"),
            drawing.with_name(drawing.name.replace(".zh.svg", ".svg")).read_text("utf-8"),
        )
    )
    assert first == same


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_sections_have_the_same_ids_so_that_links_lead_to_them(page: Path) -> None:
    ids, same = (pages.sections(file.read_text("utf-8")) for file in (page, english(page)))
    assert ids == same


def prose(file: Path) -> str:
    """The text without its code, where lines begin with other signs for other reasons."""
    return FENCE.sub("", file.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_is_the_same_to_the_byte(page: Path) -> None:
    """Only what zth prints is in the language of the page."""
    code, same = (
        [m[0] for m in FENCE.finditer(shown.without(f.read_text("utf-8")))]
        for f in (page, english(page))
    )
    assert code == same
    assert code or page.stem in ("index", "leaderboard", "trust")
