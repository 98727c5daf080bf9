"""Formulas are drawn wherever they appear in a page, and a wide one does not widen a phone."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.site.visits import NARROW, visiting

# What arithmatex makes of $...$ and $$...$$, put where a chapter's text is, as the theme puts
# annotations of code: after the page was read.
ADDED = r"""
document.querySelector("article").insertAdjacentHTML("beforeend", String.raw`
  <p>In the line: <span class="arithmatex">\(\sqrt{d_k}\)</span>.</p>
  <div class="arithmatex">\[ %s \]</div>
  <p><span class="arithmatex">\(\nonsense{\)</span></p>`)
"""
WIDE = " + ".join(rf"\frac{{q_{i} \cdot k_{i}}}{{\sqrt{{d_k}}}}" for i in range(20))


def test_a_formula_is_drawn_and_read_aloud(site: str, browser: Browser) -> None:
    with visiting(browser, width=NARROW) as visit:
        visit.open(site)
        assert not [url for url in visit.asked if "katex" in url or "math" in url]
        visit.page.evaluate(ADDED % WIDE)
        drawn = visit.page.locator(".arithmatex")
        visit.page.wait_for_function(
            "[...document.querySelectorAll('.arithmatex')].every(e => e.dataset.zthState == 'live')"
        )
        assert drawn.locator("math msqrt").count() == 1 + 20
        assert visit.page.evaluate("document.fonts.ready.then(() => scrollX)") == 0
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= NARROW
        assert visit.page.locator("div.arithmatex[tabindex='0']").count() == 1
        assert r"\nonsense" in drawn.last.inner_text()
        assert visit.complaints == []
        assert [url for url in visit.asked if url.startswith(f"{site}assets/vendor/katex/fonts")]


def test_formulas_in_a_row_go_below_each_other_where_they_do_not_fit(
    site: str, browser: Browser
) -> None:
    row = r"E = m c^2 \qquad\qquad a^2 + b^2 = c^2 \qquad\text{and}\qquad e^{i \pi} + 1 = 0"
    tops = {}
    for width in (NARROW, 1280):
        with visiting(browser, width=width) as visit:
            visit.open(site)
            visit.page.evaluate(ADDED % row)
            apart = visit.page.locator("div.arithmatex > span")
            apart.first.wait_for()
            assert apart.count() == 4
            assert visit.page.locator("div.arithmatex[tabindex='0']").count() == 0
            tops[width] = apart.evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(set(tops[NARROW])) > 1
    assert len(set(tops[1280])) == 1
