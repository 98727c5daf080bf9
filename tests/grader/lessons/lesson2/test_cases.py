"""Lesson 2: what is drawn, and the code that shows it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings

from grader.grading import checks_of
from grader.lessons.lesson2_tokenizer import LESSON, oracle
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import (
    GPT2,
    GPT4,
    Encoded,
    Special,
    Surrogate,
    Trained,
)
from grader.lessons.lesson2_tokenizer.driver import Merge
from tests.grader.lessons.lesson2.conftest import few

CHECKS = checks_of(LESSON)
PROPERTIES = [c for c in CHECKS if c.case is not None]


def examples(strategy, n: int = 3):
    """The first cases that are drawn of a strategy."""
    seen = []

    @settings(few, max_examples=n, derandomize=True)
    @given(strategy)
    def collect(case):
        seen.append(case)

    collect()
    return seen


def test_texts_come_in_every_script_with_cut_and_joined_words():
    drawn = "".join(examples(draw.running(), 300))
    assert all(word in drawn for word in ("größere", "注意力", "🙂", "DON'T", "1234567", "\r\n"))


def test_special_tokens_are_cut_in_one_way():
    for token in draw.SPECIAL:
        for other in draw.SPECIAL:
            overlaps = any(token[-n:] == other[:n] for n in range(1, min(len(token), len(other))))
            assert not overlaps
            assert token == other or token not in other
    assert not [word for word in draw.ORDINARY if any(token in word for token in draw.SPECIAL)]


@few
@given(draw.with_special("all", holds=False))
def test_no_special_token_arises_from_ordinary_words(case):
    assert not [token for token in draw.SPECIAL if token in case.text]


@few
@given(draw.trained(words=True, patterns=(*draw.PATTERNS, GPT4)))
def test_every_pattern_keeps_the_whole_text(case):
    assert "".join(oracle.split(case.text, case.splits)) == case.text


# --- snippets -----------------------------------------------------------------------------------

RUN_ALL = """
import contextlib, io, json, os, sys, tempfile
here = os.getcwd()
sys.path.insert(0, here)
os.chdir(sys.argv[1])
for snippet in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(snippet, {})
        except ValueError as error:
            print("refused:", type(error).__name__)
    print(json.dumps(out.getvalue()))
"""


def outputs_of(snippets: list[str], tree: Path, folder: Path) -> list[str]:
    """What each snippet prints with a tree's files, run in a folder for what it writes."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL, folder],
        input=json.dumps(snippets),
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_check_has_snippets_that_run(root, tmp_path):
    cases = [case for check in PROPERTIES for case in examples(check.case)]
    printed = outputs_of([case.snippet() for case in cases], root / "solutions", tmp_path)
    assert len(printed) == len(cases)
    assert all(printed)
    for case, text in zip(cases, printed, strict=True):
        assert ("refused" in text) == ("must raise" in case.snippet()), case


def test_a_snippet_prints_what_the_oracle_expects(root, tmp_path):
    case = Encoded(Trained("aaabdaaabac", 3), "aaab")
    [printed] = outputs_of([case.snippet()], root / "solutions", tmp_path)
    merges, ids, text = printed.splitlines()
    pairs = ast.literal_eval(merges)
    listed = [Merge(*pair, id) for pair, id in pairs.items()]
    assert ast.literal_eval(ids) == oracle.encode("aaab", None, listed)
    assert ast.literal_eval(text) == "aaab"


def test_snippets_name_what_they_need():
    made = Trained("x", 0, words=True, pattern=GPT2, special={"<s>": 300})
    code = Special(made, "<s>", ()).snippet()
    assert "import GPT2_SPLIT_PATTERN, RegexTokenizer" in code
    assert "allowed_special=set()" in code
    assert code.index("train") < code.index("register")
    early = replace(made, early=True).snippet()
    assert early.index("register") < early.index("train")
    assert 'encode("a\\ud800")' in Surrogate((97, 0xD800)).snippet()
