"""Chinese prose fills its lines, and parts them where Chinese may be parted."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from zth.render.chapter import Chapter
from zth.render.failure import labelled
from zth.render.prose import Prose


def lines(text: Text, width: int) -> list[str]:
    screen = Console(file=io.StringIO(), width=width)
    return [line.plain.rstrip() for line in text.wrap(screen, width)]


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("梯度只有一处。", ["梯度只有一", "处。"]),
        ("梯度（只有一）。处", ["梯度（只有", "一）。处"]),
        ("梯度只有一（处）", ["梯度只有一", "（处）"]),
        ("梯度只有（“一”）处", ["梯度只有", "（“一”）处"]),
        ("梯度只有一处，其余的没有到尾。", ["梯度只有一", "处，其余的没", "有到尾。"]),
        ("梯度只有一处，其余没有 末尾", ["梯度只有一", "处，其余没有", "末尾"]),
        ("梯度只有一处末\n。是新的一行", ["梯度只有一处", "末", "。是新的一行"]),
        ("x 梯度只有一处，其余", ["x 梯度只有一", "处，其余"]),
        ("x 梯度只有 backward 的", ["x 梯度只有", "backward 的"]),
        ("梯度(只有backward)的", ["梯度(只有", "backward)的"]),
        ("共 100% 的梯度只有 5%。", ["共 100% 的梯", "度只有 5%。"]),
        ("backward_of_all的梯", ["backward_of_", "all的梯"]),
        ("x backward_of_all 的梯", ["x", "backward_of_", "all 的梯"]),
        ("          梯度", ["          梯", "度"]),
        ("", [""]),
    ],
)
def test_chinese_is_parted_between_characters_but_not_at_a_mark(
    text: str, parted: list[str]
) -> None:
    assert lines(Prose(text), 12) == parted


@pytest.mark.parametrize("width", range(4, 30))
def test_where_there_is_no_chinese_lines_are_parted_as_ever(width: int) -> None:
    text = "The gradient (of x), “y” and __add__;\n  a\tsecond line, indented: 1.5 % of it.\n\nEnd"
    assert lines(Prose(text), width) == lines(Text(text, overflow="fold"), width)


def test_styles_stay_where_they_were() -> None:
    text = Prose.assemble(("梯度只有", "bold"), ("一处，其余", "red"))
    screen = Console(file=io.StringIO(), width=12)
    found = [[(s.start, s.end, s.style) for s in line.spans] for line in text.wrap(screen, 12)]
    assert found == [[(0, 4, "bold"), (4, 5, "red")], [(0, 4, "red")]]


def test_a_report_parts_its_words_so() -> None:
    screen = io.StringIO()
    Console(file=screen, width=24).print(labelled("提示", "x 梯度只有一处。"))
    said = [line.split() for line in screen.getvalue().splitlines()]
    assert said == [["提示", "x", "梯度只有一"], ["处。"]]


def test_a_chapter_on_a_terminal_is_parted_so() -> None:
    screen = io.StringIO()
    Console(file=screen, width=14).print(Chapter("1. x **梯度**只有一处。"))
    assert [line.split() for line in screen.getvalue().splitlines() if line.strip()] == [
        ["1", "x", "梯度只有"],
        ["一处。"],
    ]
