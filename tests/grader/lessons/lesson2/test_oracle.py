"""Lesson 2: the right answers, by hand and beside the plain way."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.lessons.lesson2_tokenizer import oracle
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import (
    GPT4,
    LongWord,
    Running,
)
from grader.lessons.lesson2_tokenizer.driver import Merge
from tests.grader.lessons.lesson2.conftest import AAAB, few, merges_of


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
        (AAAB[:2], 3, "training made 2 merges, expected 3"),
        (AAAB, 2, "training made 3 merges, expected 2"),
        ([], 1, "training made 0 merges, expected 1"),
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
