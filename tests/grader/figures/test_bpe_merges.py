"""The merges of lesson 2's figure are what the reference learns."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

from grader.figures import bpe_merges, record

KEPT = record.read("bpe_merges")["data"]


def test_it_is_what_the_reference_does_today() -> None:
    assert bpe_merges.measure(0, lambda _: None) == KEPT


def test_rows_go_from_bytes_to_fewer_and_fewer_tokens() -> None:
    for course in [*KEPT["texts"].values(), KEPT["drawn"]]:
        sizes = [len(row) for row in course["rows"]]
        assert course["rows"][0] == list(course["text"].encode())
        assert sizes == sorted(set(sizes), reverse=True)
        assert len(sizes) == len(course["merges"]) + 1


def test_each_row_marks_what_the_next_one_merges() -> None:
    root = ET.fromstring(bpe_merges.draw(KEPT))
    marked = [part for part in root.iter() if part.get("stroke-width") == "2.5"]
    rows = KEPT["drawn"]["rows"]
    shorter = sum(len(row) - len(after) for row, after in pairwise(rows))
    assert len(marked) == 2 * shorter
