"""Lesson 2: the chapter says what is so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from grader.figures import record
from grader.lessons.lesson2_tokenizer import LESSON, milestones
from grader.lessons.lesson2_tokenizer.cases import GPT2, GPT4
from tests.grader.lessons.lesson2.conftest import AAAB


def chapter(root: Path) -> str:
    return (root / LESSON.chapter).read_text(encoding="utf-8")


def test_the_patterns_of_the_chapter_are_those_of_the_stubs(root):
    for name, pattern in {"GPT2": GPT2, "GPT4": GPT4}.items():
        pieces = re.search(rf"^{name} = \((.*?)\n\)", chapter(root), re.DOTALL | re.MULTILINE)
        assert pieces
        assert ast.literal_eval(f"({pieces[1]})") == pattern


def test_the_merges_by_hand_in_the_chapter_are_right(root):
    text = chapter(root)
    rows = {"aaabdaaabac", "ZabdZabac", "YbdYbac", "XdXac"}
    assert rows <= set(text.split())
    assert str({(m.left, m.right): m.id for m in AAAB}) in text


def test_the_table_of_the_chapter_is_that_of_the_figure(root):
    rows = {row["merges"]: row for row in record.read("bytes_per_token")["data"]["rows"]}
    text = re.sub(r"<!--.*?-->", "", chapter(root))
    for merges in milestones.SHOWN:
        figure, whole = rows[merges]["bytes_per_token"], rows[merges]["whole"]
        assert f"| {merges:,} | {figure:.2f} | {whole:.1%} |".replace("%", " %") in text
