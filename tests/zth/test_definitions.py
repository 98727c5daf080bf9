"""Definitions are found and replaced as text, with everything around them left as it is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zth import trees
from zth.definitions import cut, replaced, unwritten

STUB = "class Head:\n    def forward(self):\n        raise NotImplementedError\n"
MINE = '''"""Mine."""
import torch

LENGTH = 3  # a constant


# about the head
@torch.no_grad()
class Head:
    """A form feed \x0c and a line separator \u2028 end no line."""

    def forward(self):
        return 1


def helper():
    return Head()
'''


def test_a_definition_comes_with_its_decorators() -> None:
    assert cut(MINE, "Head").startswith("@torch.no_grad()\nclass Head:")
    assert cut(MINE, "Head").endswith("        return 1\n")
    assert cut(MINE, "helper") == "def helper():\n    return Head()\n"
    assert cut(MINE, "LENGTH") == cut(MINE, "Tail") == ""


def test_only_the_definition_changes() -> None:
    before, after = MINE.split(cut(MINE, "Head"))
    assert replaced(MINE, "Head", STUB) == before + STUB + after


def test_the_last_line_needs_no_end() -> None:
    assert replaced("x = 1\n\n\ndef f(): pass", "f", STUB) == "x = 1\n\n\n" + STUB


def test_a_definition_that_is_gone_comes_back_at_the_end() -> None:
    assert replaced("x = 1\n", "Head", STUB) == "x = 1\n\n\n" + STUB
    assert replaced("", "Head", STUB) == STUB


def test_of_two_definitions_none_stays() -> None:
    twice = "def f():\n    return 1\n\n\ny = f()\n\n\ndef f():\n    return 2\n"
    assert cut(twice, "f") == "def f():\n    return 2\n"
    new = replaced(twice, "f", "def f():\n    return 3\n")
    assert new.startswith("def f():\n    return 3\n\n\ny = f()\n")
    assert new.count("def f") == 1


@pytest.mark.parametrize(
    "line", ["from x import Head", "import y as Head", "Head = Other", "Head: type = Other"]
)
def test_it_counts_although_the_name_is_bound_otherwise(line: str) -> None:
    source = f"{STUB}\n{line}\nz = 1\n"
    assert replaced(source, "Head", STUB).endswith(f"{line}\nz = 1\n\n\n{STUB}")


def test_windows_line_ends_stay() -> None:
    source = "x = 0\r\n\r\ndef f():\r\n    return 1\r\n"
    expected = source.replace("return 1", "return 2")
    assert replaced(source, "f", "def f():\n    return 2\n") == expected


@pytest.mark.parametrize("source", ["def f(:\n", "x = \0", "(" * 5000])
def test_what_is_no_python_is_a_syntax_error(source: str) -> None:
    with pytest.raises(SyntaxError):
        cut(source, "f")
    with pytest.raises(SyntaxError):
        replaced(source, "f", STUB)


PIECES = [
    "x = 1\n",
    "\n",
    "# f\n",
    "@x\ndef f():\n    pass\n",
    "class g:\n    a = '''\n\ndef f'''\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8))
def test_what_was_put_there_is_found_and_the_rest_stays(pieces: list[str]) -> None:
    source = "".join(pieces)
    new = replaced(source, "f", STUB.replace("Head", "f"))
    assert cut(new, "f") == STUB.replace("Head", "f")
    others = [ast.dump(n) for n in ast.parse(source).body if getattr(n, "name", "") != "f"]
    assert [ast.dump(n) for n in ast.parse(new).body if getattr(n, "name", "") != "f"] == others


BASE = """
class Base:
    def step(self): {step}
    def update(self): raise NotImplementedError

class Mine(Base):
    def update(self): return helper()

def helper(): {helper}

def unused(): raise NotImplementedError
"""


@pytest.mark.parametrize(
    ("step", "helper", "hole"),
    [
        ("pass", "pass", ""),
        ("raise NotImplementedError", "pass", "Base.step"),
        ("x = 1; raise NotImplementedError('yet')", "pass", "Base.step"),
        ("pass", "raise NotImplementedError()", "helper"),
        ("pass", "raise ValueError", ""),
    ],
)
def test_what_is_not_written_is_named_with_what_it_leans_on(
    step: str, helper: str, hole: str
) -> None:
    assert unwritten(BASE.format(step=step, helper=helper), "Mine") == hole


def test_the_stubs_are_unwritten_and_the_reference_is_not() -> None:
    component = "lesson4_optimizer/optimizer.py"
    for tree, hole in ((trees.STUBS, "AdamW.__init__"), (trees.REFERENCE, "")):
        source = (trees.shipped(tree) / component).read_text("utf-8")
        assert unwritten(source, "AdamW") == hole
