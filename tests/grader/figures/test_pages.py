"""The pages show the figures that there are, and quote the numbers that were measured."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median

import pytest

from grader import chapters, figures
from grader.figures import record

DOCS = Path(__file__).parents[3] / "docs"
PAGES = [p for p in sorted(DOCS.rglob("*.md")) if "assets" not in p.parts]
SHOWN = re.compile(r"assets/figures/(\w+)(\.zh)?\.(?:svg|md)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_number_on_a_page_is_that_of_its_figure(page: Path) -> None:
    problems = chapters.stale_numbers(page.read_text("utf-8"), record.root() / record.FOLDER)
    assert not list(problems)


@pytest.mark.parametrize("page", ["claims.md", "zh/claims.md"])
def test_what_the_claims_quote_from_elsewhere_is_so(page: str) -> None:
    numbers = set(re.findall(r"\d+(?:\.\d+)?", (DOCS / page).read_text("utf-8")))
    engine = DOCS.parent / "solutions" / "lesson1_autograd" / "value.py"
    assert str(len(engine.read_text("utf-8").splitlines())) in numbers
    record = json.loads((DOCS.parent / "benchmarks/results/shakespeare_cpu.json").read_text())
    losses = [float(run["reached"].split()[0]) for run in record["runs"]]
    assert {f"{min(losses):.3f}", f"{max(losses):.3f}", f"{median(losses):.2f}"} <= numbers


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_figure_is_on_a_page_in_its_language(language: str) -> None:
    pages = [p for p in PAGES if p.is_relative_to(DOCS / "zh") == (language == "zh")]
    shown = {match for page in pages for match in SHOWN.findall(page.read_text("utf-8"))}
    folder = record.root() / record.FOLDER
    drawn = {
        (name, ".zh" if language == "zh" and [*folder.glob(f"{name}.zh.*")] else "")
        for name in figures.NAMES
    }
    assert drawn <= shown
