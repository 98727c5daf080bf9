"""The page on a class: whole, safe, readable without colour, in two languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from grader.classroom import gradebook, markup, statistics
from grader.classroom.fingerprints import Lines, Passage
from grader.classroom.page import ClassReport, render
from grader.classroom.records import Student
from grader.classroom.similar import Pair, Similar
from tests import snapshots
from tests.grader.classroom.made_up import (
    ALSO_RIGHT,
    BREACH,
    CRASHED,
    RIGHT,
    ROSTER,
    STUB,
    WRONG,
    Class,
    verdict,
)
from tests.zth.render.test_formats import HOSTILE, Page
from zth import language
from zth.records import Finding, LessonReport, Verdict

FOLDER = Path(__file__).with_name("snapshots")
TITLES = {"lesson1": "Autograd", "lesson3": "Attention"}
MADE = datetime(2026, 10, 9, 7, 30, tzinfo=UTC)


@pytest.fixture
def made(tmp_path: Path) -> Class:
    return Class(tmp_path / "class")


def report(made: Class, *pairs: Similar) -> ClassReport:
    book = gradebook.read(made.room, made.store)
    return ClassReport(book, statistics.count(book, made.store.grades()), pairs, TITLES, MADE)


def taught(made: Class) -> ClassReport:
    """A class with one of each."""
    anna = made.hand_in("anna", "lesson3", RIGHT, WRONG, CRASHED, STUB, breaches=(BREACH,))
    ben = made.hand_in("ben", "lesson3", RIGHT, ALSO_RIGHT, hours=30)
    made.hand_in("chen", "lesson3", fault="no space left")
    made.hand_in("zoe", "lesson3", RIGHT, WRONG)
    made.refuse("dora", "the archive has more than 8,388,608 bytes")
    lines = (
        Lines("attention.py", 7, "y = q @ k\nreturn y"),
        Lines("attention.py", 9, "z = a @ b\nreturn z"),
    )
    both = anna.submission, ben.submission
    pairs = Pair(*both, 0.75, 40, False, (Passage(*lines),)), Pair(*both, 1.0, 60, True)
    return report(made, Similar("lesson3", 3, 2, pairs, ("dora",)))


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_the_page_is_as_it_was(made: Class, lang: str) -> None:
    with language.speaking(lang):
        text = render(taught(made))
    head, _, rest = text.partition("<style>")
    snapshots.same(FOLDER / f"page.{lang}.html", head + rest.partition("</style>")[2])


def poisoned(made: Class) -> ClassReport:
    """Every text that a student, a worker or a file's name brings is hostile."""
    found = taught(made)
    finding = Finding(HOSTILE, diagnosis=HOSTILE, address=HOSTILE)
    odd = replace(WRONG, id=HOSTILE, title=HOSTILE, finding=finding)
    for lesson in found.lessons:
        lesson.title = HOSTILE
        lesson.add(
            LessonReport(HOSTILE, HOSTILE, HOSTILE, (odd,), (replace(BREACH, name=HOSTILE),))
        )
    refusal = found.book.refusals[0]
    bad = replace(refusal.submission, student=HOSTILE, source=HOSTILE, problem=HOSTILE * 300)
    fault = found.book.faults[0]
    fault = replace(
        fault, submission=bad, outcome=replace(fault.outcome, lesson="lesson3", fault=HOSTILE)
    )
    lines = Lines(HOSTILE, 1, HOSTILE * 300)
    pair = Pair(bad, bad, 0.9, 30, False, (Passage(lines, lines),))
    book = replace(
        found.book,
        settings=msgspec.structs.replace(found.book.settings, title=HOSTILE),
        roster=replace(found.book.roster, students=(Student("x", HOSTILE * 100),)),
        refusals=(replace(refusal, submission=bad),),
        faults=(fault,),
    )
    return replace(found, book=book, similar=(Similar("lesson3", 2, 1, (pair,), (HOSTILE,)),))


def test_it_is_whole_and_loads_and_runs_nothing(made: Class) -> None:
    for found in (report(made), taught(made), poisoned(made)):
        text = render(found)
        parsed = Page(text)
        assert not parsed.open
        tags = {tag for tag, _ in parsed.seen}
        assert not tags & {"script", "img", "link", "iframe", "object", "form", "base"}
        for _, attributes in parsed.seen:
            assert not [a for a in attributes if a.startswith("on") or a in ("src", "style")]
            assert (attributes.get("href") or "#").startswith("#")
        assert "url(" not in text
        assert "//" not in re.sub(r"http://e/x", "", text.partition("</style>")[2])


def test_nothing_hostile_comes_through(made: Class) -> None:
    text = render(poisoned(made))
    assert not set(text) & set("\x1b\x00\x07\u202e\ud800\ufffe")
    assert "<script" not in text
    assert "<img" not in text
    assert max(map(len, text.splitlines())) < 20_000


def test_names_of_ten_thousand_characters_are_cut(tmp_path: Path) -> None:
    made = Class(tmp_path / "class", roster="student\n")
    made.hand_in("x" * 10_000, "lesson1", RIGHT)
    made.refuse("y" * 10_000, "z" * 10_000)
    assert len(render(report(made))) < 30_000


def test_tables_have_captions_and_their_heads_have_scopes(made: Class) -> None:
    parsed = Page(render(taught(made)))
    tags = [tag for tag, _ in parsed.seen]
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in attributes for attributes in parsed.of("th"))
    assert all(attributes == {"aria-hidden": "true"} for attributes in parsed.of("svg"))
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    ids = [attributes["id"] for _, attributes in parsed.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"] for link in parsed.of("a")} <= {f"#{id}" for id in ids}


def test_what_a_colour_says_a_word_says_too(made: Class) -> None:
    text = render(taught(made))
    assert '<b class="wrong">✗</b> failed 2 (67 %)' in text
    assert '<b class="right">✓</b> passed 3 (100 %)' in text


def test_shares_are_numbers_even_where_nobody_is(tmp_path: Path) -> None:
    empty = render(report(Class(tmp_path / "empty", roster="student\n")))
    assert "Nobody has a grade here yet." in empty
    one = Class(tmp_path / "one", roster="student\nanna\n")
    one.hand_in("anna", "lesson1", replace(WRONG, points=0))
    zero = Class(tmp_path / "zero")
    zero.hand_in("anna", "lesson1", STUB, WRONG)
    for made in (one, zero):
        assert not re.search(r"\b(nan|inf)\b", render(report(made)), re.IGNORECASE)


def test_who_is_on_no_roster_is_not_missed(tmp_path: Path) -> None:
    made = Class(tmp_path / "class", roster=ROSTER.split("\n")[0] + "\n")
    made.hand_in("zoe", "lesson1", RIGHT)
    text = render(report(made))
    assert "Not on the roster" not in text
    assert '<h2 id="missing">Nothing handed in <small>0</small></h2>' in text


def test_long_tables_show_their_first_rows_and_fold_the_others(made: Class) -> None:
    made.hand_in("anna", "lesson1", *(verdict(f"c{i}", Verdict.PASSED) for i in range(20)))
    text = render(report(made))
    assert f"<summary>{20 - markup.FIRST} more</summary>" in text
    assert sum(f"<code>c{i}</code>" in text for i in range(20)) == 20
