"""What `zth explain` says: about each check of a lesson, with cases that run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

from grader.explain import about_of, named, printed, snippets
from grader.grading import checks_of
from grader.kit import Check, property_check
from zth.plugins import Plugins
from zth.records import Component, Lesson, ZthError


@dataclass(frozen=True)
class Case:
    x: int

    def snippet(self) -> str:
        return f"print({self.x} * 2)"


A = Component("a", "A", "toy/x.py", "A")
LESSONS = Plugins.load().lessons()
EXPLAINED = [f"lesson{number}" for number in range(1, 11)]


@property_check(A, points=1, case=st.builds(Case, st.integers(0, 9)))
def told(remote: object, case: object) -> None:
    """It holds.

    It means this,
    and holds because.  (#why-so)
    """


@property_check(A, points=1, case=st.just(0))
def untold(remote: object, case: object) -> None:
    """It holds."""


@cache
def shown(id: str) -> dict[str, list[str]]:
    """The cases of each check of a lesson, which take a while to draw."""
    return {check.id: snippets(check) for check in checks_of(LESSONS[id])}


def anchors(lesson: Lesson, root: Path) -> set[str]:
    """The sections of its chapter: by their own id, or by the words of their heading."""
    text = (root / lesson.chapter).read_text("utf-8")
    heads = re.findall(r"^#+ (.*?)(?: \{ #([\w-]+) \})?$", text, re.MULTILINE)
    return {id or re.sub(r"[^\w]+", "-", title.lower()) for title, id in heads}


def test_the_docstring_is_title_explanation_and_section() -> None:
    assert told.title == "It holds"
    assert about_of(told) == ("It means this, and holds because.", "#why-so")
    assert about_of(untold) == ("", "")


@pytest.mark.parametrize("id", EXPLAINED)
def test_each_check_with_points_is_explained_and_leads_into_the_chapter(
    id: str, root: Path
) -> None:
    sections = anchors(LESSONS[id], root)
    for check in checks_of(LESSONS[id]):
        about, section = about_of(check)
        if check.points and not check.milestone:
            assert about.endswith("."), check.id
            assert section.removeprefix("#") in sections, check.id


def test_the_cases_are_always_the_same_and_different_from_each_other() -> None:
    assert snippets(told) == snippets(told)
    assert len(set(snippets(told))) == 3
    assert snippets(untold) == []
    milestone = next(c for c in checks_of(LESSONS["lesson1"]) if c.milestone)
    assert snippets(milestone) == []


def test_a_case_prints_what_the_reference_gives() -> None:
    lesson = LESSONS["lesson1"]
    code = "from lesson1_autograd.value import Value\nprint((Value(2.0) * 3).data)"
    assert printed([code, "1 / 0"], lesson) == ["6.0\n", "ZeroDivisionError: division by zero\n"]
    assert printed([], lesson) == []


def test_a_case_that_writes_files_leaves_none(root: Path) -> None:
    before = {*(root / "solutions").rglob("*")}
    code = "import os; open('x', 'w').close(); print(os.listdir())"
    assert printed([code], LESSONS["lesson1"]) == ["['x']\n"]
    assert {*(root / "solutions").rglob("*")} == before


def test_without_the_lesson_in_the_reference_nothing_runs() -> None:
    assert printed(["0"], Lesson("toy", "Toy", "toy1_x", (), "d", "c")) == [""]


SOME = [
    pytest.param(id, marks=() if id in ("lesson1", "lesson3") else pytest.mark.slow)
    for id in EXPLAINED
]


@pytest.mark.parametrize("id", SOME)
def test_every_case_runs_and_is_refused_where_it_says_so(id: str) -> None:
    cases = [code for codes in shown(id).values() for code in codes]
    for code, out in zip(cases, printed(cases, LESSONS[id]), strict=True):
        assert out.strip(), code
        assert ("Error:" in out) == ("# must raise" in code), code


@pytest.mark.parametrize(
    "id", ["lesson2", *(pytest.param(id, marks=pytest.mark.slow) for id in ("lesson4", "lesson5"))]
)
def test_each_check_with_points_shows_three_cases_unless_there_is_one_alone(id: str) -> None:
    for check in checks_of(LESSONS[id]):
        if check.points and not check.milestone:
            assert len(shown(id)[check.id]) == min(check.examples, 3), check.id


def test_a_name_is_looked_for_in_all_lessons() -> None:
    for name in ("order", "value.order"):
        lesson, check = named(name, LESSONS)
        assert (lesson.id, check.id) == ("lesson1", "value.order")
    with pytest.raises(ZthError, match="did you mean order"):
        named("ordr", LESSONS)


def test_a_name_that_several_lessons_have_asks_which(monkeypatch: pytest.MonkeyPatch) -> None:
    both: dict[str, list[Check]] = {"lesson1": [told], "lesson3": [told]}
    monkeypatch.setattr("grader.grading.checks_of", lambda lesson: both.get(lesson.id, []))
    with pytest.raises(ZthError, match=r"a\.told --lesson lesson1, or a\.told --lesson lesson3"):
        named("told", LESSONS)
    assert named("told", {"lesson3": LESSONS["lesson3"]}) == (LESSONS["lesson3"], told)
