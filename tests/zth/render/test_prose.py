"""No line of Chinese prose begins with a mark that closes what is before it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from zth.render.failure import labelled
from zth.render.prose import Prose


def lines(text: str, width: int) -> list[str]:
    screen = Console(file=io.StringIO(), width=width)
    return [line.plain.rstrip() for line in Prose(text, overflow="fold").wrap(screen, width)]


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("梯度只有一处。", ["梯度只有一", "处。"]),
        ("梯度（只有一）。处", ["梯度（只有", "一）。处"]),
        ("梯度只有一处，其余的没有到尾。", ["梯度只有一", "处，其余的没", "有到尾。"]),
        ("梯度只有一处，其余没有 末尾", ["梯度只有一", "处，其余没有", "末尾"]),
        ("梯度只有一处，其余的没有 末尾", ["梯度只有一", "处，其余的没", "有 末尾"]),
        ("梯度只有一处，其余的没有\n末尾", ["梯度只有一", "处，其余的没", "有", "末尾"]),
        ("梯度只有一处末\n。是新的一行", ["梯度只有一处", "末", "。是新的一行"]),
        ("a gradient. And", ["a gradient.", "And"]),
    ],
)
def test_a_line_does_not_begin_with_a_closing_mark(text: str, parted: list[str]) -> None:
    assert lines(text, 12) == parted


def test_a_report_parts_its_words_so() -> None:
    screen = io.StringIO()
    Console(file=screen, width=24).print(labelled("提示", "梯度只有一处。"))
    assert screen.getvalue().split() == ["提示", "梯度只有一", "处。"]
