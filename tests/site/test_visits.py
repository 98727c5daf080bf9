"""Every page in a real browser: it asks nobody else, complains of nothing and fits a phone."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.site.visits import NARROW, Visit, visiting

# A page of each kind: the first, a chapter, one that is mostly tables, one made of docstrings.
KINDS = ["", "lesson3_attention/", "instructors/leaderboard/", "reference/components/"]
SOME = ["", "lesson3_attention/", "zh/", "zh/lesson3_attention/"]

# The WCAG 2 AA rules alone.
AA = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}

EMPTY = """[...document.querySelectorAll('article figure svg')]
  .filter(svg => { const box = svg.getBBox(); return !box.width || !box.height })
  .map(svg => svg.getAttribute('class') + ' ' + svg.textContent.trim().slice(0, 40))"""


def addresses(built: Path) -> list[str]:
    return [
        "" if page.parent == built else f"{page.parent.relative_to(built).as_posix()}/"
        for page in sorted(built.rglob("index.html"))
    ]


def faults(visit: Visit, site: str, address: str) -> list[str]:
    """What is wrong with a page on a phone, in words."""
    visit.open(site + address)
    host = urlsplit(site).netloc
    found = [f"asks {url}" for url in visit.asked if urlsplit(url).netloc not in ("", host)]
    found += [f"complains: {text}" for text in visit.complaints]
    broad = visit.page.evaluate("document.documentElement.scrollWidth")
    if broad > NARROW:
        found.append(f"is {broad} wide")
    if empty := visit.page.evaluate(EMPTY):
        found.append(f"draws nothing in {empty}")
    return [f"/{address} {fault}" for fault in found]


@pytest.mark.parametrize("address", SOME)
def test_a_page_fits_a_phone_asks_nobody_and_is_whole(
    site: str, browser: Browser, address: str
) -> None:
    with visiting(browser, width=NARROW) as visit:
        assert faults(visit, site, address) == []


@pytest.mark.slow
def test_every_page_does(built: Path, site: str, browser: Browser) -> None:
    with visiting(browser, width=NARROW) as visit:
        every = addresses(built)
        assert len(every) > 40
        assert [fault for page in every for fault in faults(visit, site, page)] == []


def breaches(visit: Visit, address: str) -> list[str]:
    visit.open(address)
    visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(visit.page, options=AA)
    return [
        f"{address}: {rule['id']}: {node['html']}: {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("address", "scheme"), [("start/", "dark"), ("zh/", "light")])
def test_no_rule_of_wcag_2_aa_is_broken(
    site: str, browser: Browser, address: str, scheme: str
) -> None:
    with visiting(browser, scheme=scheme) as visit:  # type: ignore[arg-type]
        assert breaches(visit, site + address) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("edition", ["", "zh/"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_each_kind_breaks_none(
    site: str, browser: Browser, kind: str, edition: str, scheme: str
) -> None:
    with visiting(browser, scheme=scheme) as visit:  # type: ignore[arg-type]
        assert breaches(visit, site + edition + kind) == []


@pytest.mark.parametrize("edition", ["", "zh/"])
def test_the_first_page_is_light(built: Path, site: str, browser: Browser, edition: str) -> None:
    with visiting(browser) as visit:
        visit.open(site + edition)
        weights = {url: transferred(built, site, url) for url in {*visit.asked}}
    assert sum(weights.values()) <= 300_000, weights


def transferred(built: Path, site: str, url: str) -> int:
    """Bytes as a host of static files sends them, which packs all but pictures and fonts."""
    if url.startswith("data:"):
        return 0
    file = built / urljoin(url, urlsplit(url).path).removeprefix(site)
    content = (file / "index.html" if file.is_dir() else file).read_bytes()
    packed = file.suffix in (".png", ".woff2", ".jpg", ".gz")
    return len(content) if packed else len(gzip.compress(content))


@pytest.mark.parametrize(
    ("here", "language", "there"),
    [
        ("lesson3_attention/", "zh", "zh/lesson3_attention/"),
        ("zh/instructors/class/", "en", "instructors/class/"),
    ],
)
def test_the_language_switch_stays_on_the_page(
    site: str, browser: Browser, here: str, language: str, there: str
) -> None:
    with visiting(browser) as visit:
        visit.page.goto(site + here)
        visit.page.get_by_role("button", name="anguage" if language == "zh" else "语言").hover()
        visit.page.click(f".md-select__link[hreflang={language}]")
        visit.page.wait_for_url(site + there)
