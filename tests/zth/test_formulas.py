"""A formula as plain text says the same, and nothing of TeX is left."""

from __future__ import annotations

import re

import pytest

from zth import formulas, pages
from zth.plugins import Plugins

LESSONS = Plugins.load().lessons()


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"\frac{\partial L}{\partial x_{i-1}} \cdot W^\top", "∂L/∂x_(i-1) · Wᵀ"),
        (r"\dfrac{1 + \mu^{2}}{\sqrt{d_{k}}}", "(1 + μ^2)/√(d_k)"),
        (r"\frac{e^{s_j}}{\sum_{j'} e^{s_{j'}}}", "e^(s_j)/(Σ_(j') e^(s_(j')))"),
        (r"\text{relu}\Big(\sum_{i=1}^{n} w_i\,x_i\Big)", "relu(Σ_(i=1)^n w_ix_i)"),
        (r"\mathbb{E}\,\hat x_j^2 \sim \overline{x^2} - \bar x", "Ex̂_j^2 ∼ ⟨x^2⟩ - x̄"),
        ("a = b\n\\qquad\n\\cos(c) \\ne d \\quad (e)", "a = b\ncos(c) ≠ d    (e)"),
        ("\\begin{cases}\na & b < c \\\\[1ex]\nd\n\\end{cases}", "a    b < c\nd"),
        ("\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}", "a = b\nc = d"),
    ],
)
def test_a_formula_is_plain_text(tex: str, plain: str) -> None:
    assert formulas.plain(tex) == plain


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_nothing_of_tex_is_left_in_a_chapter(lesson) -> None:
    text = pages.chapter(lesson).read_text("utf-8")
    for tex in pages.FORMULA.findall(text):
        assert not re.search(r"[\\{}&$]", formulas.plain(tex)), tex
    assert "$$" not in pages.as_text(text)
    assert "$$" not in pages.as_html(text)
