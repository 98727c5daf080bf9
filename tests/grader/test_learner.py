"""Which check a hint is for, and that the hints of the lessons are there."""

from __future__ import annotations

import ast
import itertools

import pytest
from hypothesis import strategies as st

from grader.grading import checks_of, outline
from grader.kit import Check, property_check
from grader.learner import _show, _wrong, find, first_wrong
from zth.plugins import Plugins
from zth.progress import Entry, Progress, merged
from zth.records import Component, Finding, LessonReport, Result, Verdict, ZthError

LESSONS = ["lesson1", "lesson2", "lesson3", "lesson4", "lesson5"]
A, B = Component("a", "A", "toy/x.py", "A"), Component("b", "B", "toy/x.py", "B")


def make(component: Component, name: str, points: int = 1) -> Check:
    def check(remote: object, case: object) -> None:
        """It holds."""

    check.__name__ = name
    made = property_check(component, points=points, case=st.just(0), advisory=not points)
    return made(check)


CHECKS = [make(A, "one"), make(A, "advice", 0), make(B, "two"), make(B, "three")]


def reached(**verdicts: Verdict) -> Progress:
    """Progress with these verdicts; a check that is not named has no result."""
    ids = {c.id.partition(".")[2]: c for c in CHECKS}
    results = [
        Result(ids[name].id, "", ids[name].component.id, verdict, 1, 0)
        for name, verdict in verdicts.items()
    ]
    entries = [entry_of(c) for c in CHECKS]
    return merged(None, entries, LessonReport("toy", "Toy", "", tuple(results)), {})


def entry_of(c: Check) -> Entry:
    return Entry(c.id, c.title, c.component.id, c.points, c.advisory, c.milestone)


PASSED, FAILED, NOT_YET = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_IMPLEMENTED


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (None, "a.one"),
        (reached(), "a.one"),
        (reached(one=PASSED), "b.two"),
        (reached(one=NOT_YET, two=Verdict.SKIPPED, three=FAILED), "b.three"),
        (reached(one=PASSED, advice=FAILED, two=NOT_YET), "b.two"),
        (reached(one=PASSED, advice=FAILED, two=PASSED, three=PASSED), None),
        (reached(one=Verdict.TIMED_OUT, two=FAILED), "a.one"),
    ],
)
def test_the_first_that_went_wrong(known: Progress | None, due: str | None) -> None:
    found = first_wrong(CHECKS, known)
    assert (found and found.id) == due


@pytest.mark.parametrize(
    ("verdict", "said"), [(FAILED, "failed: not implemented yet"), (NOT_YET, "not implemented yet")]
)
def test_what_went_wrong_is_said_once(verdict: Verdict, said: str) -> None:
    result = Result("a.one", "", "a", verdict, 1, 0, finding=Finding("not implemented yet"))
    assert [*_wrong(result)] == [said]


def test_a_check_is_found_by_its_id_its_name_or_its_component() -> None:
    known = reached(two=PASSED, three=FAILED)
    names = {"a.advice": "a.advice", "advice": "a.advice", "b": "b.three", "two": "b.two"}
    for name, due in names.items():
        found = find(name, CHECKS, known)
        assert found is not None
        assert found.id == due
    with pytest.raises(ZthError, match=r"did you mean b\.three"):
        find("b.thre", CHECKS, known)


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_check_with_points_has_three_hints(lesson: str) -> None:
    for check in checks_of(Plugins.load().lessons()[lesson]):
        steps = (check.hint, *check.steps)
        if check.points:
            assert len(steps) >= 3, check.id
        assert len(set(steps)) == len(steps), check.id
        for text in check.steps:
            assert text[-1] in ".?", check.id


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_sentence_of_a_hint_is_code_to_paste(lesson: str) -> None:
    for check in checks_of(Plugins.load().lessons()[lesson]):
        for text in itertools.chain(*(s.split(". ") for s in check.steps)):
            assert not is_statement(text), check.id


def is_statement(text: str) -> bool:
    """Whether Python would run it as more than a word or a formula."""
    try:
        body = ast.parse(text.strip()).body
    except SyntaxError:
        return False
    return not all(isinstance(node, ast.Expr) for node in body)


def test_a_hint_without_spaces_is_shown_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chinese has none to wrap at."""
    monkeypatch.setenv("COLUMNS", "40")
    _show(Plugins.load().lessons()["lesson1"], CHECKS[0], None, ["提示" * 60], 1)
    assert capsys.readouterr().out.count("提") == 60


def test_the_outline_has_every_check_of_a_lesson() -> None:
    lesson = Plugins.load().lessons()["lesson1"]
    assert [e.id for e in outline(lesson)] == [c.id for c in checks_of(lesson)]
