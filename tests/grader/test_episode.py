"""A failing case as a script that stops before the learner's code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.episode import script
from zth.records import Finding, Part, Result, Verdict

PART = Part("gpt", Path("/home/me"), "lesson9_toy/gpt.py", "GPT")


@pytest.mark.parametrize(
    ("snippet", "before"),
    [
        ("import torch\nfrom lesson9_toy.gpt import GPT\nprint(GPT())", "from lesson9_toy"),
        (
            "from lesson9_toy.gpt import (\n    GPT,\n    Config)\nprint(\n    GPT())",
            "from lesson9_",
        ),
        ("print(1)", "sys.path.insert(0, '/home/me')"),
    ],
)
def test_it_stops_after_the_imports(snippet: str, before: str) -> None:
    finding = Finding('y is "1"', snippet)
    text = script(Result("gpt.x", 'A "title"', "gpt", Verdict.FAILED, 1, 0, finding=finding), PART)
    ast.parse(text)
    lines = [line for line in text.split("\n") if line]
    assert lines[lines.index("breakpoint()") - 1].startswith(before)
    assert text.endswith("print(1)\n" if snippet == "print(1)" else "print(GPT())\n")


def test_a_case_that_is_no_code_stops_at_once() -> None:
    failed = Result(
        "gpt.x", "", "gpt", Verdict.FAILED, 1, 0, finding=Finding("", "Case(x …) is no Python")
    )
    assert script(failed, PART).index("breakpoint()") < script(failed, PART).index("Case(x")


def test_without_a_case_there_is_none() -> None:
    assert script(Result("gpt.x", "", "gpt", Verdict.FAILED, 1, 0), PART) == ""
