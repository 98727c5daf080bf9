"""`zth dev check` speaks the language that is asked for."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader import dev, exam
from grader.exam import Examination, Fault, Kill
from grader.mutations import mutants
from zth.host import Nursery
from zth.language import speaking
from zth.plugins import Plugins
from zth.records import Verdict

LESSON = Plugins.load().lessons()["lesson1"]
FIRST, SECOND, *_ = mutants(LESSON)
DEAD = Kill(FIRST, (Verdict.TIMED_OUT,))
ALIVE = Kill(SECOND, (Verdict.FAILED, Verdict.PASSED))


def said(outcome: dev.Outcome) -> str:
    screen = io.StringIO()
    outcome.show("mutants", Console(file=screen, width=120, highlight=False))
    return screen.getvalue()


@pytest.mark.parametrize(
    ("language", "head", "words"),
    [
        ("en", ": 1 of 2 dead", ("mutant", "the check it names", "failed, passed")),
        ("zh", "：共 2 个，死了 1 个", ("变异体", "它指名的检查", "未通过、通过")),
    ],
)
def test_the_kill_table_is_in_the_language_that_is_asked_for(
    language: str,
    head: str,
    words: tuple[str, ...],
    nursery: Nursery,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Examination, "mutants", lambda self: iter([DEAD, ALIVE]))
    with speaking(language):
        outcome = dev._mutants(Examination(LESSON, nursery, (0,)), table=True)
        text = said(outcome)
    assert not outcome.fine
    assert f"✗ mutants{head}" in text
    assert [word for word in words if word not in text] == []
    assert ALIVE.mutant.name in text
    assert (ALIVE.mutant.mistake in text) == (language == "en")


def test_faults_are_in_chinese_where_that_is_asked_for(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exam.trees, "in_clone", lambda: False)
    examination = Examination(LESSON, nursery, (0,))
    silent = replace(examination.checks[0], hint="")
    examination.checks = [silent]
    with speaking("zh"):
        assert [*examination.text()] == [Fault("text", silent.id, "没有提示")]
