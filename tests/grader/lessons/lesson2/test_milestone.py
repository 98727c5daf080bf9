"""Lesson 2: the oracle at scale, and the milestone."""

from __future__ import annotations

import pytest

from grader.kit import Failed, NotMeasured
from grader.lessons.lesson2_tokenizer import REGEX, milestones, oracle, scale
from grader.lessons.lesson2_tokenizer.cases import (
    GPT4,
)
from grader.lessons.lesson2_tokenizer.driver import Merge
from tests.grader.lessons.lesson2.conftest import Local
from zth import data

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
