"""Lesson 2: the checks, against the reference and against strange answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from grader import grading
from grader.grading import checks_of
from grader.kit import Failed
from grader.lessons.lesson2_tokenizer import LESSON
from grader.lessons.lesson2_tokenizer.checks import shared
from tests.grader.lessons.lesson2.conftest import Local, few
from zth.records import Tree, Verdict

CHECKS = checks_of(LESSON)
PROPERTIES = [c for c in CHECKS if c.case is not None]


@pytest.mark.parametrize("check", PROPERTIES, ids=lambda c: c.id)
def test_the_reference_passes_with_other_cases(check, reference):
    remote = Local(reference, check.component)

    @settings(few, max_examples=min(check.examples, 25))
    @given(check.case)
    def holds(case):
        check.function(remote, case)

    holds()


def test_every_check_has_a_title_a_hint_and_its_worth():
    assert sum(c.points for c in CHECKS if not c.milestone) == 63
    for check in CHECKS:
        assert check.hint
        assert check.title != check.function.__name__
        assert bool(check.points) != check.advisory
        assert set(check.needs) <= {c.id for c in CHECKS}


STRANGE = {
    "nothing": "None",
    "text": "'abc'",
    "numbers": "[1.5, float('nan')]",
    "large": "[10 ** 100]",
    "beyond Unicode": "[0x10FFFF, 0x110000, 2 ** 31 - 1]",
    "many": "list(range(100_000))",
    "merges of nobody": "{(256, 257): 258}",
    "later tokens": "{(2 ** 31 - 1, 97): 256}",
    "the end of a piece": "{(97, 98 + i): 256 + i for i in range(200)}",
}


# One check for each way in which the grader looks at an answer.
ODD = (
    *("basic.every_merge", "basic.vocab", "basic.encodes_by_rank", "basic.not_utf8", "basic.empty"),
    *("basic.pairs_run_out", "basic.fast", "regex.round_trip", "regex.saves", "special.decodes"),
    *("special.all_of_them", "special.saves", "special.not_counted"),
)


@pytest.mark.parametrize("value", STRANGE.values(), ids=STRANGE)
def test_strange_answers_fail_and_earn_nothing(value, nursery, tmp_path):
    folder = tmp_path / LESSON.folder
    folder.mkdir()
    (folder / "basic.py").write_text(
        f"""
class BasicTokenizer:
    def __init__(self, pattern=None):
        self.merges = self.vocab = {value}
    def train(self, text, vocab_size):
        pass
    def register_special_tokens(self, special_tokens):
        pass
    def encode(self, text, allowed_special="none_raise"):
        return {value}
    def decode(self, ids):
        return {value}
    def save(self, file_prefix):
        open(file_prefix + ".model", "w").close()
    def load(self, model_file):
        pass
"""
    )
    (folder / "regex_tokenizer.py").write_text(
        "from .basic import BasicTokenizer as RegexTokenizer"
    )
    report = grading.grade(
        LESSON, Tree("odd", tmp_path), nursery, selection=grading.Selection(checks=ODD)
    )
    allowed = {Verdict.FAILED, Verdict.CRASHED, Verdict.SKIPPED, Verdict.TIMED_OUT}
    assert {r.verdict for r in report.results} <= allowed, [
        r for r in report.results if r.verdict not in allowed
    ]
    assert report.earned == 0


@pytest.mark.parametrize(
    ("answer", "message"), [("None", "train raised nothing"), ("'a'", "train returned 'a'")]
)
def test_what_is_not_refused_is_told(answer, message):
    shared.refused("", "train", "a ValueError")
    with pytest.raises(Failed, match=message):
        shared.refused(answer, "train", "a ValueError")
