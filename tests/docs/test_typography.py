"""Chinese text is set as Chinese: a space beside Latin letters and code, full-width signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import texts

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.zh.md", *sorted(ROOT.glob("docs/zh/**/*.md"))]
FENCE = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2 *$", re.DOTALL | re.MULTILINE)
NO_PROSE = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<[^>]+>"),  # tags
    re.compile(r"(?<=\])\([^)\s]*\)"),  # where a link leads
    re.compile(r"\{[^}\n]*\}"),  # attributes, and the places of a text
    re.compile(r"^ *--8<-- .*$", re.MULTILINE),
)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|\$[^$\n]+\$")
HAN = r"[\u3400-\u9fff]"
CLOSE = rf"{HAN}[*_\[\]]*[A-Za-z0-9]|[A-Za-z0-9%][*_\[\]]*{HAN}"  # no space between
HALF = rf"{HAN}[*_]*[,;:?!](?![a-z])|{HAN}\.(?=\s|$|{HAN})|{HAN}\([^)]*{HAN}"
FAULT = re.compile(rf"{CLOSE}|{HALF}")


def prose(text: str) -> str:
    """The text without its code, each piece of which is one letter, as it stands in a sentence."""
    for pattern in (FENCE, *NO_PROSE):
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    return CODE.sub("x", text)


def faults(text: str) -> Iterator[str]:
    for number, line in enumerate(prose(text).splitlines(), start=1):
        for found in FAULT.finditer(line):
            yield f"line {number}: …{line[max(0, found.start() - 12) : found.end() + 12]}…"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_is_set_as_chinese(page: Path) -> None:
    assert not list(faults(page.read_text("utf-8")))


def test_what_zth_says_is_set_as_chinese() -> None:
    wrong = {chinese: list(faults(chinese)) for chinese in texts.catalogue().values()}
    assert not {chinese: found for chinese, found in wrong.items() if found}


@pytest.mark.parametrize(
    "text",
    ["注意力attention", "第3课", "用`zth`评分", "你好,世界", "为什么?", "完.", "一个(很小的)例子"],
)
def test_a_fault_is_found(text: str) -> None:
    assert list(faults(text))


@pytest.mark.parametrize(
    "text",
    [
        "注意力（attention）的 `softmax`，第 3 课。",
        "形状是 (B, T)，共 5 %。",
        "见[训练](training.md#a,b)：**两点。**",
        "```text\n注意,ab\n```",
        "`写作temperature`",
        "把 {path} 放进去：{reason}",
    ],
)
def test_what_is_set_well_is_let_pass(text: str) -> None:
    assert not list(faults(text))
