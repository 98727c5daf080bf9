"""Lesson 3: what is shown and given is right: snippets, stubs, and the listings of the chapter."""

from __future__ import annotations

import ast
import doctest
import subprocess
import sys

import pytest

from grader.lessons.lesson3_attention import LESSON, oracle
from grader.lessons.lesson3_attention.driver import Sizes
from grader.lessons.lesson3_attention.strategies.devices import Elsewhere
from grader.lessons.lesson3_attention.strategies.functions import (
    QKV,
    Future,
    Long,
    Shifted,
    Shuffled,
    Typed,
)
from grader.lessons.lesson3_attention.strategies.modules import (
    Dropped,
    ModuleCase,
    ModuleFuture,
    OneHead,
    Rows,
    TypedModule,
)
from zth import trees

torch = pytest.importorskip("torch")

HEADS = {"head": Sizes("head", 3, 1, 2, 4), "multihead": Sizes("multihead", 3, 2, 2, 4)}
BIG = Sizes("attention", 4, 2, 2, 4, bias=False)
SELF = QKV((), 3, 3, 2, 2, causal=True, seed=3)
MODULES = [
    ModuleCase(HEADS["head"], B=1, T=2, seed=0, backward=True),
    ModuleCase(HEADS["multihead"], B=2, T=3, seed=1),
    ModuleCase(BIG, B=1, T=2, seed=2, backward=True),
]
CASES = [
    QKV((), 1, 2, 3, 1, causal=True, seed=0),
    QKV((2,), 2, 3, 1, 2, causal=False, seed=5, backward=True),
    QKV((), 3, 3, 2, 2, causal=False, seed=4, block=2, backward=True),
    Typed(QKV((2,), 2, 3, 2, 2, causal=False, seed=4, block=2), "bfloat16", strided=True),
    TypedModule(MODULES[1], "float32", strided=True),
    *MODULES,
]
EQUAL = [
    Future(SELF, 1),
    Shuffled(QKV((2,), 2, 3, 2, 1, causal=False, seed=2)),
    Shifted(SELF),
    *(ModuleFuture(case, 1) for case in MODULES),
    OneHead(ModuleCase(Sizes("head", 3, 1, 3, 4), B=1, T=2, seed=5)),
]


def run(code: str) -> str:
    """What this code prints, started where the reference lies."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=trees.shipped(trees.REFERENCE),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_kind_of_snippet_runs_in_the_reference_tree():
    others = [Rows(MODULES[1], (1, 3, 2)), Long(512, 4, 64)]
    printed = run("\n".join(case.snippet() for case in [*CASES, *others]))
    assert printed.count("tensor(") >= len(CASES) + 3


@pytest.mark.parametrize("case", EQUAL, ids=lambda case: type(case).__name__)
def test_snippets_that_promise_equal_results_print_them(case):
    code = case.snippet()
    assert "must be equal" in code
    shown: list[object] = []
    start, _, arguments = code.rpartition("print(")
    folder = str(trees.shipped(trees.REFERENCE))
    names = {"show": lambda *values, sep="": shown.extend(values)}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        exec(f"{start}show({arguments}", names)
    assert len(shown) >= 2
    for other in shown[1:]:
        torch.testing.assert_close(other, shown[0])


@pytest.mark.parametrize("kind", ["head", "multihead", "attention"])
def test_the_snippet_of_dropout_prints_its_shares(kind):
    printed = run(Dropped(kind, 0.5).snippet())
    share = float(printed.partition("zeros: tensor(")[2].partition(",")[0])
    assert share == pytest.approx(0.5 if kind == "head" else 0.75, abs=0.05)


def test_the_snippets_of_other_devices_stay_there():
    kinds = ["sdpa", "head", "multihead", "attention", "blockwise"]
    printed = run("\n".join(Elsewhere(kind).snippet() for kind in kinds))
    assert printed.split() == ["meta"] * len(kinds)


def test_a_snippet_prints_what_the_oracle_expects():
    case = CASES[0]
    expected = oracle.attention(case.q, case.k, case.v, case.causal)
    printed = float(run(case.snippet()).partition("[[")[2].partition("]]")[0])
    assert printed == pytest.approx(expected[0, 0], abs=1e-4)


# --- the stubs, and the chapter -----------------------------------------------------------------


def definitions(tree: str) -> dict[str, tuple[str, list[str]]]:
    """The arguments of each function and method in a tree's file."""
    path = trees.shipped(tree) / LESSON.folder / "attention.py"
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{f.name}": ast.unparse(f.args) for f in node.body[1:]}
        elif isinstance(node, ast.FunctionDef) and node.args.args[0].arg != "self":
            found[node.name] = ast.unparse(node.args)
    return found


def test_the_stubs_have_the_signatures_of_the_reference():
    stubs, solved = definitions(trees.STUBS), definitions(trees.REFERENCE)
    assert stubs == {name: solved[name] for name in stubs}
    assert set(solved) - set(stubs) == {"causal_mask"}


@pytest.mark.parametrize("tree", [trees.STUBS, trees.REFERENCE])
def test_the_examples_of_the_docstrings_are_true(tree):
    """Those of the stubs, run with the reference's code."""
    solved = {}
    source = (trees.shipped(trees.REFERENCE) / LESSON.folder / "attention.py").read_text("utf-8")
    exec(compile(source, "attention.py", "exec"), solved)
    text = (trees.shipped(tree) / LESSON.folder / "attention.py").read_text("utf-8")
    docs = [
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    runner, parser = doctest.DocTestRunner(), doctest.DocTestParser()
    for i, doc in enumerate(docs):
        runner.run(parser.get_doctest(doc, dict(solved), f"{tree} {i}", None, None))
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries >= 3


def listings() -> list[str]:
    """The Python listings of the chapter, in order."""
    root = trees.shipped(trees.REFERENCE).parent
    text = (root / LESSON.chapter).read_text(encoding="utf-8")
    return [block.partition("```")[0] for block in text.split("```python\n")[1:]]


def test_the_listings_of_the_chapter_run_and_say_what_they_print(capsys):
    names: dict[str, object] = {}
    code = listings()
    assert len(code) >= 5
    for listing in code:
        exec(listing, names)
        promised = [line.partition("# ")[2] for line in listing.splitlines() if "print(" in line]
        printed = capsys.readouterr().out.splitlines()
        assert printed == promised, listing
