"""Docstrings as Markdown: nothing that lines up in an editor runs together on a page."""

from __future__ import annotations

from pathlib import Path

import griffe

from docs.web.docstrings import Readable, readable

MODULE = '''
from dataclasses import dataclass


@dataclass
class Config:
    """How to train."""

    steps: int = 10  # optimizer steps
    seed: int = 0

    @property
    def whole(self) -> int:
        return self.steps


class Optimizer:
    def __init__(self):
        self.state = {}
'''


def test_an_example_ends_where_its_paragraph_does() -> None:
    text = "Adds.\n\n>>> add(1, 2)\n3\n>>> add(1, 1)\n2\n\nSource: school."
    fenced = "Adds.\n\n```pycon\n>>> add(1, 2)\n3\n>>> add(1, 1)\n2\n```\n\nSource: school."
    assert readable(text) == fenced


def test_an_indented_example_is_code_as_it_is() -> None:
    text = "Call:\n\n    >>> a * b\n    6"
    assert readable(text) == text


def test_names_that_line_up_become_a_list() -> None:
    text = "`groups`  a list\n          of dicts\n`state`   a dict"
    assert readable(text) == "- `groups`: a list\n          of dicts\n- `state`: a dict"


def test_signs_stay_signs_outside_of_code() -> None:
    assert readable("w[0]*x[0] < 1, `a*b`") == "w[0]\\*x[0] &lt; 1, `a*b`"


def test_fields_are_shown_where_a_comment_says_more(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(MODULE, "utf-8")
    extensions = griffe.load_extensions("dataclasses", Readable)
    sample = griffe.load("sample", search_paths=[tmp_path], extensions=extensions)
    config = sample["Config"]
    assert list(config.members) == ["steps", "whole", "__init__"]
    assert config["steps"].docstring.value == "Optimizer steps."
    assert [p.name for p in config.parameters] == ["self", "steps", "seed"]
    assert list(sample["Optimizer"].members) == ["__init__"]
