"""Lesson 2: what the driver says of answers that are none."""

from __future__ import annotations

import pytest

from grader.lessons.lesson2_tokenizer import driver
from grader.lessons.lesson2_tokenizer.driver import Course
from zth.worker.answers import BadAnswer


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
    assert driver.refuses_size(basic, "a", 256) == "None"
    assert driver.refuses_ids(basic, COURSE, [97]) == "'a'"
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
