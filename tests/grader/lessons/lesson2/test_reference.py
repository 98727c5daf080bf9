"""Lesson 2: the reference and the stubs."""

from __future__ import annotations

import ast
import doctest
import json
import random
import sys
from pathlib import Path

import pytest

from grader import grading
from grader.lessons.lesson2_tokenizer import LESSON, oracle
from grader.lessons.lesson2_tokenizer.cases import (
    GPT2,
    GPT4,
)
from grader.lessons.lesson2_tokenizer.driver import Merge
from tests.grader.lessons.lesson2.conftest import objects_of
from zth import trees
from zth.records import Tree, Verdict

FILES = ("basic.py", "regex_tokenizer.py")

# --- against the Rust library -------------------------------------------------------------------


def rust_merges(text: str, vocab_size: int, pattern: str) -> list[tuple[bytes, bytes]]:
    """The merges of the `tokenizers` library, as bytes; it splits by the same pattern."""
    library = pytest.importorskip("tokenizers")
    split = library.pre_tokenizers.Split(library.Regex(pattern), behavior="isolated")
    to_bytes = library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer = library.Tokenizer(library.models.BPE())
    tokenizer.pre_tokenizer = library.pre_tokenizers.Sequence([split, to_bytes])
    letters = library.pre_tokenizers.ByteLevel.alphabet()
    trainer = library.trainers.BpeTrainer(
        vocab_size=vocab_size, initial_alphabet=letters, show_progress=False
    )
    tokenizer.train_from_iterator([text], trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    known = {sign: byte for byte, sign in byte_signs().items()}
    return [tuple(bytes(known[c] for c in part) for part in pair) for pair in merges]


def byte_signs() -> dict[int, str]:
    """GPT-2's printable sign for each byte: itself, or the next unused one from 256 on."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {b: chr(b) for b in shown} | {b: chr(256 + i) for i, b in enumerate(hidden)}


def untied(text: str, merges: list[Merge]) -> int:
    """How many merges there are before two pairs have the largest count."""
    rows = oracle.words(text, GPT2)
    for number, merge in enumerate(merges):
        top = oracle.pair_counts(rows).most_common(2)
        if len(top) < 2 or top[0][1] == top[1][1]:
            return number
        rows = oracle.replaced(rows, merge)
    return len(merges)


@pytest.mark.parametrize("seed", range(5))
def test_the_merges_are_those_of_the_rust_library_where_counts_are_not_tied(seed, reference):
    rng = random.Random(seed)
    words = ["".join(rng.choices("aeinrst", k=rng.randint(2, 8))) for _ in range(60)]
    text = " ".join(word for i, word in enumerate(words) for _ in range(1 + i * i)) + " größer 注意"
    tokenizer = reference["regex"](GPT2)
    tokenizer.train(text, 256 + 60)
    n = untied(text, [Merge(*pair, id) for pair, id in tokenizer.merges.items()])
    assert n >= 12
    mine = [(tokenizer.vocab[left], tokenizer.vocab[right]) for left, right in tokenizer.merges]
    assert mine[:n] == rust_merges(text, 256 + 60, GPT2)[:n]


@pytest.mark.slow
def test_nearly_all_merges_are_those_of_the_rust_library(reference, shakespeare):
    """After the first tie that is decided differently, a few stay different."""
    tokenizer = reference["regex"]()
    tokenizer.train(shakespeare, 10_256)
    mine = {(tokenizer.vocab[left], tokenizer.vocab[right]) for left, right in tokenizer.merges}
    assert len(mine & set(rust_merges(shakespeare, 10_256, GPT4))) > 9_900


# --- beside the stubs ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "least"), [("basic", 10), ("regex", 12)])
def test_the_examples_of_the_docstrings_are_true(name, least, reference):
    outcome = doctest.testmod(sys.modules[reference[name].__module__])
    assert outcome.attempted >= least
    assert outcome.failed == 0


@pytest.mark.parametrize("file", FILES)
def test_the_examples_of_the_stubs_are_true(file, reference):
    text = (trees.shipped(trees.STUBS) / LESSON.folder / file).read_text("utf-8")
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    names = {cls.__name__: cls for cls in reference.values()}
    runner, parser = doctest.DocTestRunner(), doctest.DocTestParser()
    for node in nodes:
        doc = ast.get_docstring(node) or ""
        runner.run(parser.get_doctest(doc, dict(names), node.name, None, None))
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries >= 8


def definitions(file: Path) -> dict[str, str]:
    """The arguments of each public method of a file's class."""
    [cls] = [
        node
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Tokenizer")
    ]
    methods = [node for node in cls.body if isinstance(node, ast.FunctionDef)]
    return {
        m.name: ast.unparse(m.args)
        for m in methods
        if not m.name.startswith("_") or m.name == "__init__"
    }


@pytest.mark.parametrize("file", FILES)
def test_the_stubs_have_the_methods_of_the_reference(file, root):
    stub, solved = (
        definitions(root / t / LESSON.folder / file) for t in ("exercises", "solutions")
    )
    assert stub == solved


def test_the_stubs_have_the_patterns_of_the_reference(root):
    for tree in ("exercises", "solutions"):
        module = sys.modules[objects_of(root / tree)["regex"].__module__]
        assert (module.GPT2_SPLIT_PATTERN, module.GPT4_SPLIT_PATTERN) == (GPT2, GPT4)


def test_the_stubs_are_not_implemented_yet(nursery, root):
    report = grading.grade(LESSON, Tree("stubs", root / "exercises"), nursery)
    waiting = ("basic.vocab", ".long_word", ".fast")  # for others, which are not there
    assert {r.verdict for r in report.results if not r.id.endswith(waiting)} == {
        Verdict.NOT_IMPLEMENTED
    }
    assert report.earned == 0


def test_learner_facing_functions_are_short(root):
    for file in FILES:
        for node in ast.walk(ast.parse((root / "solutions" / LESSON.folder / file).read_text())):
            if isinstance(node, ast.FunctionDef):
                code = len(node.body) - bool(ast.get_docstring(node))
                lines = node.end_lineno - node.body[-code].lineno + 1
                assert lines <= 30, node.name


@pytest.mark.parametrize(
    "content",
    [
        '{"format": "bpe/1"}',
        '{"format": "bpe/1", "pattern": "x", "special_tokens": {}, "merges": [1]}',
        '{"format": "bpe/1", "pattern": "x", "special_tokens": {}, "merges": [[1, 300]]}',
        '{"format": "bpe/2", "pattern": "x", "special_tokens": {}, "merges": []}',
    ],
)
def test_a_damaged_file_is_refused_and_changes_nothing(content, reference, tmp_path):
    file = tmp_path / "damaged.model"
    file.write_text(content)
    tokenizer = reference["regex"]()
    tokenizer.train("ab ab", 257)
    with pytest.raises(ValueError, match="holds no tokenizer"):
        tokenizer.load(file)
    assert tokenizer.encode("ab") == [256]
    assert tokenizer.pattern == GPT4


def test_the_reference_trains_and_encodes_as_the_plain_way_does(reference, plain):
    """On a text where many pairs tie: the smaller pair first."""
    rng = random.Random(1)
    text = "".join(rng.choices("abc ", k=400))
    tokenizer = reference["basic"]()
    tokenizer.train(text, 256 + 150)
    ids = list(text.encode())
    for i, pair in enumerate(tokenizer.merges):
        counts = plain.get_stats(ids)
        assert pair == min(counts, key=lambda p: (-counts[p], p))
        ids = plain.merge(ids, pair, 256 + i)
    assert tokenizer.encode(text) == ids
