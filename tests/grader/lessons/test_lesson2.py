"""Lesson 2: the oracle, what is drawn, the snippets, the driver's messages, the reference."""

from __future__ import annotations

import ast
import doctest
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader import grading
from grader.grading import checks_of
from grader.kit import Failed, NotMeasured
from grader.lessons.lesson2_tokenizer import LESSON, REGEX, driver, milestones, oracle, scale
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import (
    GPT2,
    GPT4,
    Encoded,
    LongWord,
    Running,
    Special,
    Surrogate,
    Trained,
)
from grader.lessons.lesson2_tokenizer.driver import Course, Merge
from zth import data, trees
from zth.host import Nursery
from zth.records import Tree, Verdict
from zth.worker.answers import BadAnswer
from zth.worker.loader import Loader

CHECKS = checks_of(LESSON)
PROPERTIES = [c for c in CHECKS if c.case is not None]
FILES = ("basic.py", "regex_tokenizer.py")
few = settings(
    max_examples=60, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


class Local:
    """A remote in this process: the reference's objects, no worker."""

    def __init__(self, objects, component):
        self.objects, self.component = objects, component

    def __call__(self, function, *args):
        return function(self.objects[self.component.id], *args)


def objects_of(root: Path):
    load = Loader([(c.id, str(root), c.file, c.name) for c in LESSON.components])
    return {c.id: load(c.id) for c in LESSON.components}


@pytest.fixture(scope="module")
def reference(root):
    return objects_of(root / "solutions")


@pytest.fixture(scope="module")
def plain(root):
    """The naive variant's functions on lists: what `str.replace` is compared with."""
    basic = objects_of(root / "grader" / "variants" / "minbpe")["basic"]
    return sys.modules[basic.__module__]


# --- the oracle ---------------------------------------------------------------------------------


def merges_of(*pairs: tuple[int, int]) -> list[Merge]:
    return [Merge(left, right, 256 + i) for i, (left, right) in enumerate(pairs)]


AAAB = merges_of((97, 97), (256, 97), (257, 98))


def test_the_classic_example_by_hand():
    """aaabdaaabac: aa = Z, ZabdZabac; Za = Y, YbdYbac; Yb = X, XdXac."""
    rows = oracle.words("aaabdaaabac", None)
    assert oracle.fault(rows, AAAB, 3) is None
    assert oracle.encode("aaabdaaabac", None, AAAB) == [258, 100, 258, 97, 99]
    assert oracle.vocabulary(AAAB)[258] == b"aaab"
    assert oracle.fault(rows, merges_of((97, 97), (97, 98), (256, 257)), 3) is None  # another tie


@pytest.mark.parametrize(
    ("merges", "due", "message"),
    [
        (merges_of((97, 98)), 1, "merge 1 joins a pair that is seen twice at that step; another"),
        (merges_of((120, 98)), 1, "merge 1 joins a pair that is seen never"),
        (merges_of((97, 97), (97, 97)), 2, "merge 2 joins a pair that is seen never"),
        ([Merge(97, 97, 257)], 1, "merge 1 makes the token 257, expected 256"),
        (AAAB[:2], 3, "training made 2 merges, and 3 are due"),
        (AAAB, 2, "training made 3 merges, and 2 are due"),
        ([], 1, "training made 0 merges, and 1 are due"),
    ],
)
def test_what_is_wrong_with_merges_is_named(merges, due, message):
    found = oracle.fault(oracle.words("aaabdaaabac", None), merges, due)
    assert found
    assert message in found.message


def test_a_merge_when_no_pair_is_left_is_named():
    found = oracle.fault(oracle.words("ab", None), merges_of((97, 98), (256, 97)), 2)
    assert found
    assert "no pair left" in found.message


def test_pairs_overlap_and_words_weigh():
    assert oracle.pair_counts(Counter({"aaa": 1})) == {(97, 97): 2}
    assert oracle.pair_counts(oracle.words("ab ab ab", GPT4)) == {(97, 98): 3, (32, 97): 2}


@few
@given(draw.few_letters | draw.running())
def test_the_oracle_replaces_as_a_list_does(plain, text):
    ids = list(text.encode())
    for i, pair in enumerate(list(pairwise(ids))[:3]):
        merge = Merge(*pair, 256 + i)
        [row] = oracle.replaced(Counter({"".join(map(chr, ids)): 1}), merge)
        ids = plain.merge(ids, pair, 256 + i)
        assert [ord(token) for token in row] == ids


@few
@given(draw.conflicts(), st.randoms(use_true_random=False))
def test_the_oracle_encodes_as_minbpe_does(plain, case, rng):
    """Merges need not come from a text: any that are sound have one right way to encode."""
    merges = {}
    while len(merges) < 8:
        pair = (
            rng.choice([97, 98, 99, *merges.values()]),
            rng.choice([97, 98, 99, *merges.values()]),
        )
        merges.setdefault(pair, 256 + len(merges))
    listed = [Merge(*pair, id) for pair, id in merges.items()]
    assert not oracle.unsound(listed)
    expected = plain.encode_bytes(case.text.encode(), merges)
    assert oracle.encode(case.text, None, listed) == expected


@pytest.mark.parametrize(
    "merges",
    [[Merge(97, 98, 257)], merges_of((97, 256)), [*AAAB, *AAAB], [Merge(97, 2_000_000, 256)]],
)
def test_merges_that_cannot_be_followed_are_told(merges):
    assert oracle.unsound(merges)


def naive_merges(rows, pick, enough=10_000):
    """How many merges a text allows when `pick` decides between pairs of the same count."""
    for number in range(enough):
        counts = oracle.pair_counts(rows)
        if not counts:
            return number
        most = max(counts.values())
        best = pick(sorted(p for p in counts if counts[p] == most))
        rows = oracle.replaced(rows, Merge(*best, 256 + number))
    return enough


@few
@given(draw.texts | draw.runs() | draw.digits, st.sampled_from((None, GPT4)), st.randoms())
def test_no_rule_for_ties_has_fewer_merges_than_are_asked_for(text, pattern, rng):
    rows = oracle.words(text, pattern)
    for pick in (min, max, rng.choice):
        assert naive_merges(rows, pick) >= oracle.enough(rows)


@pytest.mark.parametrize("words", [False, True])
def test_the_fixed_cases_have_merges_to_spare(words):
    long = LongWord(100_000, 12, words).trained
    assert oracle.enough(oracle.words(long.text, long.splits)) >= long.merges
    running = Running(2_000, 20, words).trained
    assert naive_merges(oracle.words(running.text, running.splits), min, 50) == 50


@pytest.mark.parametrize(
    ("text", "special", "parts"),
    [
        ("a<s>b", ["<s>"], ["a", "<s>", "b"]),
        ("<s><s>", ["<s>"], ["<s>", "<s>"]),
        ("<s>", ["<s", "<s>"], ["<s>"]),
        ("", ["<s>"], []),
        ("<s", ["<s>"], ["<s"]),
    ],
)
def test_a_text_is_cut_at_special_tokens(text, special, parts):
    assert list(oracle.parts(text, special)) == parts


# --- what is drawn ------------------------------------------------------------------------------


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
        assert ("refused" in text) == ("must raise" in case.snippet() or refuses(case)), case


def refuses(case) -> bool:
    """Whether the case is an unknown token."""
    ids = getattr(case, "ids", ())
    known = {*range(256 + case.trained.merges), *case.trained.special.values()} if ids else set()
    return not set(ids) <= known


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


# --- the driver's messages ----------------------------------------------------------------------


class Odd:
    """A tokenizer whose answers are given."""

    def __init__(self, **answers):
        self.merges, self.vocab = {}, {}
        self.answers = answers
        for name in ("merges", "vocab"):
            if name in answers:
                setattr(self, name, answers[name])

    def train(self, text, vocab_size):
        pass

    def encode(self, text):
        return self.answers.get("encode", [])

    def decode(self, ids):
        return self.answers.get("decode", "")


COURSE = Course("", 256)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"encode": None}, "encode gave None; is a `return` missing?"),
        ({"encode": "abc"}, "encode gave a str, expected a list of int"),
        ({"encode": [1.0]}, r"encode\(text\)\[0\] is a float, expected an int"),
        ({"encode": [-1]}, r"encode\(text\)\[0\] is -1, which is no token"),
        ({"encode": [10**400]}, "which is no token"),
        ({"decode": None}, "decode gave None; is a `return` missing?"),
        ({"decode": b"x"}, "decode gave a bytes, expected a str"),
        ({"decode": "\ud800"}, "decode gave a text that is not valid Unicode"),
        ({"merges": [(1, 2)]}, "merges is a list, expected a dict"),
        ({"merges": {1: 2}}, r"merges has the key 1, expected \(left, right\)"),
        ({"merges": {(1, 2, 3): 256}}, "merges has the key"),
        ({"merges": {("a", "b"): 256}}, "is a str, expected an int"),
        ({"merges": {(1, 2): "x"}}, r"merges\[\(1, 2\)\] is a str, expected an int"),
    ],
)
def test_what_is_no_answer_is_named(answers, message):
    with pytest.raises(BadAnswer, match=message):
        driver.play(lambda: Odd(**answers), COURSE, ["a"])


@pytest.mark.parametrize(
    ("vocab", "message"),
    [
        ({}, "vocab has no token 0"),
        ([b"a"], "vocab has no token 1"),
        (["a"] * 256, r"vocab\[0\] is a str, expected bytes"),
    ],
)
def test_a_vocab_that_is_none_is_named(vocab, message):
    with pytest.raises(BadAnswer, match=message):
        driver.vocabulary(lambda: Odd(vocab=vocab), COURSE)


def test_a_tokenizer_without_merges_is_named():
    class Bare:
        def train(self, text, vocab_size):
            pass

    with pytest.raises(BadAnswer, match="the tokenizer has no `merges`"):
        driver.learn(Bare, COURSE)


def test_an_input_that_is_changed_is_named():
    class Greedy(Odd):
        def decode(self, ids):
            ids.clear()
            return ""

    with pytest.raises(BadAnswer, match="decode changed the list that it was given"):
        driver.decode(Greedy, COURSE, [[97]])


def test_a_refusal_is_told_from_an_answer(reference):
    basic = reference["basic"]
    assert not driver.refuses_size(basic, "a", 255)
    assert driver.refuses_size(basic, "a", 256) == "train raised nothing"
    assert driver.refuses_ids(basic, COURSE, [97]) == "decode returned 'a'"
    assert not driver.refuses_file(reference["regex"], b"{}")


@pytest.mark.parametrize(
    ("error", "own"),
    [("raise ValueError('no pair')", True), ("max([])", False), ("int('x')", False)],
)
def test_only_a_deliberate_error_ends_training_well(error, own, tmp_path):
    file = tmp_path / "short.py"
    file.write_text(f"class T:\n    def train(self, text, size):\n        {error}\n")
    names = {}
    exec(compile(file.read_text(), file, "exec"), names)
    assert driver.exhaust(names["T"], COURSE).own is own


# --- the checks against the reference, in this process ------------------------------------------


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


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["regex"]) as nursery:
        yield nursery


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


# --- the milestone ------------------------------------------------------------------------------

PLAY = "to be, or not to be: that is the question; whether 'tis nobler in the mind to suffer " * 3


def trained_on(reference, merges: int):
    tokenizer = reference["regex"]()
    tokenizer.train(PLAY, 256 + merges)
    return tokenizer, [Merge(*pair, id) for pair, id in tokenizer.merges.items()]


def test_at_scale_the_oracle_sees_what_it_sees_in_small(reference):
    tokenizer, merges = trained_on(reference, 40)
    found, ids = scale.measured(oracle.split(PLAY, GPT4), merges, at=(0, 20, 40))
    assert oracle.fault(oracle.words(PLAY, GPT4), merges, 40) is None
    assert ids == tokenizer.encode(PLAY) == oracle.encode(PLAY, GPT4, merges)
    assert found[0] == scale.Measured(1.0, 0.0)
    assert found[20].bytes_per_token == len(PLAY) / len(oracle.encode(PLAY, GPT4, merges[:20]))
    words = [w for w in oracle.split(PLAY, GPT4) if any(map(str.isalpha, w))]
    whole = sum(len(oracle.encode(w, GPT4, merges)) == 1 for w in words)
    assert found[40].whole == whole / len(words)


def test_at_scale_a_merge_of_a_rarer_pair_is_told(reference):
    _, merges = trained_on(reference, 20)
    ledger = scale.Ledger(oracle.split(PLAY, GPT4))
    for merge in merges:
        ledger.merge(merge)
    with pytest.raises(Failed, match="merge 21 joins a pair that is seen never; another is seen"):
        ledger.merge(Merge(120, 120, 276))


def test_the_table_and_the_drawing_read_well():
    rows = {0: scale.Measured(1.0, 0.012), 10_000: scale.Measured(4.02, 0.948)}
    assert scale.table(rows) == [
        "merges  bytes per token  words kept whole",
        "     0             1.00              1.2%",
        "10,000             4.02             94.8%",
    ]
    short, long = scale.drawing({0: 1.0, 10: 4.0}, width=8)
    assert (short, long) == ("     0  ██ 1.00", "    10  ████████ 4.00")


def test_without_the_corpus_the_milestone_is_not_measured(monkeypatch):
    monkeypatch.setattr(data, "locate", lambda dataset: None)
    with pytest.raises(NotMeasured, match="zth data fetch tinyshakespeare"):
        milestones.shakespeare.function(None, 0)


@pytest.fixture(scope="module")
def shakespeare() -> str:
    dataset = next(d for d in data.DATASETS if d.name == "tinyshakespeare")
    if data.locate(dataset) is None:
        pytest.skip("tiny Shakespeare is not here")
    return data.find(dataset).read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_reference_reaches_the_milestone(reference, shakespeare):
    told = milestones.shakespeare.function(Local(reference, REGEX), 0).splitlines()
    assert told[0] == "4.02 bytes per token"
    assert told[6].split() == ["10,000", "4.02", "94.8%"]


@pytest.mark.slow
def test_too_few_merges_and_other_tokens_miss_the_milestone(reference, shakespeare):
    class Lazy(reference["regex"]):
        def train(self, text, vocab_size):
            super().train(text, vocab_size - 1)

    class Bytes(reference["regex"]):
        def encode(self, text):
            return list(text.encode())

    for tokenizer, message in ((Lazy, "too few merges"), (Bytes, "does not give the tokens")):
        with pytest.raises(Failed, match=message):
            milestones.shakespeare.function(Local({"regex": tokenizer}, REGEX), 0)


# --- the reference against the Rust library -----------------------------------------------------


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


# --- the reference and the stubs ----------------------------------------------------------------


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


# --- the chapter --------------------------------------------------------------------------------


def chapter(root: Path) -> str:
    return (root / LESSON.chapter).read_text(encoding="utf-8")


def test_the_listings_of_the_chapter_run_and_say_what_they_print(root, reference, capsys):
    names: dict[str, object] = {"RegexTokenizer": reference["regex"]}
    code = [block.partition("```")[0] for block in chapter(root).split("```python\n")[1:]]
    assert len(code) >= 10
    for listing in code:
        exec(listing, names)
        promised = [line.partition("  # ")[2] for line in listing.splitlines() if "print(" in line]
        assert capsys.readouterr().out.splitlines() == promised, listing


def test_the_patterns_of_the_chapter_are_those_of_the_stubs(root):
    assert f'GPT2 = r"""{GPT2}"""\n' in chapter(root)
    assert f'GPT4 = r"""{GPT4}"""\n' in chapter(root)


def test_the_merges_by_hand_in_the_chapter_are_right(root):
    text = chapter(root)
    rows = {"aaabdaaabac", "ZabdZabac", "YbdYbac", "XdXac"}
    assert rows <= set(text.split())
    assert str({(m.left, m.right): m.id for m in AAAB}) in text


def test_the_table_of_the_chapter_is_that_of_the_benchmark(root):
    record = json.loads((root / "benchmarks" / "results" / "tokenizer.json").read_text("utf-8"))
    drawn = (root / "docs" / "assets" / "lesson2_bytes_per_token.svg").read_text("utf-8")
    for row in record["bytes_per_token"]:
        figure = f"{row['bytes_per_token']:.2f}"
        assert f">{figure}</text>" in drawn
        if row["merges"] in milestones.SHOWN:
            line = f"| {row['merges']:,} | {figure} | {100 * row['whole']:.1f} % |"
            assert line in chapter(root)
