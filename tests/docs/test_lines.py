"""A line of a page does not end within an amount, a shape or an option, nor before an operator."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.web.lines import on_page_content


@pytest.mark.parametrize(
    ("amount", "together"),
    [
        ("5 % of it", "5\u00a0% of it"),
        ("<td>1.5 ms</td>", "<td>1.5\u00a0ms</td>"),
        ("2 h 26 min", "2\u00a0h\u00a026\u00a0min"),
        ("64 MiB, 8 GB", "64\u00a0MiB, 8\u00a0GB"),
        ("<td>13, translation, or 14, more", "<td>13,\u00a0translation, or 14, more"),
    ],
)
def test_an_amount_stays_together(amount: str, together: str) -> None:
    assert on_page_content(amount) == together


@pytest.mark.parametrize(
    ("formula", "together"),
    [
        ("of shape (B, nh,\nT, hs) here", "of shape (B,~nh,~T,~hs) here"),
        ("moves by lr\n· (g + momentum · b)", "moves by lr~·~(g~+ momentum~·~b)"),
        ("is a · 1 = 2.", "is a~·~1~=~2."),
        ("at c = 1,234.56", "at c~= 1,234.56"),
        ("<code>m</code> / <em>√v</em>", "<code>m</code>~/~<em>√v</em>"),
    ],
)
def test_a_formula_is_parted_after_a_sign_at_most(formula: str, together: str) -> None:
    assert on_page_content(formula) == together.replace("~", "\u00a0")


@pytest.mark.parametrize(
    "html",
    [
        "5 steps, 3 hats",
        "<p>(another, possible), and/or - so, a -> b</p>",
        "<pre><code>5 % 3, zth --help</code></pre>",
        '<span class="arithmatex">\\(5 s\\)</span>',
        '<div class="arithmatex">5 s</div>',
        '<a href="/5 s">well-known</a>',
        "<code>a-word-that-may-have-to-be-parted</code>",
        '<code class="language-python">a-b</code>',
        "<svg><style>.plot { --zth-ink: #000 }</style><text>5 s</text></svg>",
        "<script>x = 5 % --y</script>",
    ],
)
def test_everything_else_stays_as_it_is(html: str) -> None:
    assert on_page_content(html) == html


DRAWINGS = sorted(Path(__file__).parents[2].glob("docs/assets/**/*.svg"))


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_stays_as_it_is(drawing: Path) -> None:
    svg = drawing.read_text("utf-8")
    assert on_page_content(f"<figure>\n{svg}\n</figure>") == f"<figure>\n{svg}\n</figure>"


@pytest.mark.parametrize(
    ("before", "whole", "after"),
    [
        ("<td>", "15，分布式", "</td>"),
        ('<a href="/9">', "9，手推反向传播", "</a>"),
        ("<td>", "2 小时 26 分", "</td>"),
        ("大约 ", "2 小时", "，以及别的"),
        ("然后是", "第 5 课", "的模型"),
    ],
)
def test_what_chinese_would_part_stays_together(before: str, whole: str, after: str) -> None:
    assert on_page_content(before + whole + after) == (
        f'{before}<span class="whole">{whole}</span>{after}'
    )


def test_an_option_is_not_parted_at_its_hyphens() -> None:
    code = "<code>zth reset lesson1 --component mlp</code>, <code>-k</code>"
    assert on_page_content(code) == (
        '<code>zth reset lesson1 <span class="whole">--component</span> mlp</code>, '
        '<code><span class="whole">-k</span></code>'
    )
    assert on_page_content("zth grade --impl x<!-- y -->") == (
        'zth grade <span class="whole">--impl</span> x<!-- y -->'
    )


def test_a_chinese_paragraph_does_not_end_with_a_line_of_one_character() -> None:
    assert on_page_content("<p>空的求和，等于 0。</p>") == (
        '<p>空的求和，等<span class="whole">于 0。</span></p>'
    )
    assert on_page_content("<p>用 <code>a</code>。</p>") == "<p>用 <code>a</code>。</p>"
