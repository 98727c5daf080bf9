"""Marks of files: of tokens, not of names, and back to lines."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.classroom.fingerprints import LONGEST, Reduced, marks, passages, runs
from tests.conftest import ROOT

ONE = '''\
"""What a stub says."""

import torch


class Head:
    """A head."""

    def forward(self, x, mask=None):
        scores = x @ x.transpose(-2, -1) / x.shape[-1] ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask == 0, float("-inf"))
        return torch.softmax(scores, dim=-1) @ x
'''
RENAMED = """\

# my own work
import torch
class Kopf:
    '''Ein Kopf.'''
    def forward(self, eingabe, maske=None):
        # the scores
        punkte = eingabe @ eingabe.transpose(-2, -1) / eingabe.shape[-1] ** 0.5

        if maske is not None:
            punkte = punkte.masked_fill(maske == 0, float('-inf'))
        return torch.softmax(punkte, dim=-1) @ eingabe
"""
OTHER = """\
def merge(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        if ids[i : i + 2] == list(pair):
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out
"""


def test_names_comments_and_layout_make_no_difference() -> None:
    one, renamed, other = (marks({"a.py": text}) for text in (ONE, RENAMED, OTHER))
    assert len(one & renamed) >= 0.8 * len(one)
    assert not one & other


def test_what_the_stub_gave_is_no_mark() -> None:
    stub = runs({"a.py": ONE})
    assert marks({"a.py": ONE}, stub) == frozenset()
    assert marks({"b.py": RENAMED.replace("softmax", "tanh").replace("0.5", "0.25")}, stub)
    assert marks({"a.py": ONE + OTHER}, stub) - marks({"a.py": OTHER}, stub) <= runs(
        {"a.py": ONE + OTHER}
    )


def test_a_passage_is_the_lines_of_both() -> None:
    [passage] = passages({"a.py": ONE}, {"sub/b.py": OTHER + RENAMED}, (), ())
    assert passage.first.file == "a.py"
    assert passage.second.file == "sub/b.py"
    assert "scores = x @ x.transpose" in passage.first.text
    assert "punkte = eingabe @ eingabe.transpose" in passage.second.text
    assert ONE.split("\n")[passage.first.start - 1] == passage.first.text.split("\n")[0]
    assert passage.first.count == passage.first.text.count("\n") + 1


def test_marks_that_do_not_count_make_no_passage() -> None:
    assert passages({"a.py": ONE}, {"a.py": RENAMED}, (), marks({"a.py": ONE})) == []


@pytest.mark.parametrize("folder", ["lesson1_autograd", "lesson3_attention", "lesson5_gpt"])
def test_each_sign_leads_back_to_its_line(folder: str) -> None:
    for file in (ROOT / "solutions" / folder).glob("*.py"):
        text = "\n\n# a comment first\n\n" + file.read_text("utf-8")
        reduced = Reduced(text)
        lines = text.split("\n")
        at = reduced.signs.find("return")
        while at >= 0:
            assert "return" in lines[reduced.line(at) - 1]
            at = reduced.signs.find("return", at + 1)


@settings(derandomize=True)
@given(st.text(st.sampled_from("ab1 \n\r\t\"'#\\(){}[]:=.@,fr") | st.characters()))
def test_any_text_has_marks_or_none(text: str) -> None:
    reduced = Reduced(text)
    for at in range(len(reduced.signs)):
        assert 1 <= reduced.line(at) <= len(reduced.lines)
    assert passages({"a.py": text}, {"a.py": text}, (), ()) or not marks({"a.py": text})


def test_a_long_file_is_cut() -> None:
    long = f"# {'x' * LONGEST}\n" + OTHER
    assert not marks({"a.py": long}) & marks({"a.py": OTHER})


def test_another_process_has_the_same_marks() -> None:
    """Python's own hashes differ from one process to the next; what is similar must not."""
    code = (
        "import sys; from grader.classroom.fingerprints import marks;"
        "print(sorted(marks({'': sys.stdin.read()})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=ONE,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(sorted(marks({"": ONE})))
