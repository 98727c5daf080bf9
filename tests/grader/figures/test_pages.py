"""The pages show the figures that there are, and quote the numbers that were measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader import chapters, figures
from grader.figures import record

DOCS = Path(__file__).parents[3] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SHOWN = re.compile(r"assets/figures/(\w+)(\.zh)?\.svg")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_number_on_a_page_is_that_of_its_figure(page: Path) -> None:
    problems = chapters.stale_numbers(page.read_text("utf-8"), record.root() / record.FOLDER)
    assert not list(problems)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_figure_is_on_a_page_in_its_language(language: str) -> None:
    pages = [p for p in PAGES if p.is_relative_to(DOCS / "zh") == (language == "zh")]
    shown = {match for page in pages for match in SHOWN.findall(page.read_text("utf-8"))}
    folder = record.root() / record.FOLDER
    drawn = {
        (name, ".zh" if language == "zh" and (folder / f"{name}.zh.svg").is_file() else "")
        for name in figures.NAMES
    }
    assert drawn <= shown
