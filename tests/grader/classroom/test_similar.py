"""Which submissions of a class are similar, and which must not be called so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom import gradebook, similar
from grader.classroom.similar import LINES, MOST, Pair, Similar
from grader.plugin import zth_lessons
from tests.conftest import ROOT
from tests.grader.classroom.made_up import ALSO_RIGHT, RIGHT, STUB, Class
from tests.grader.classroom.test_fingerprints import OTHER

LESSON = next(lesson for lesson in zth_lessons() if lesson.id == "lesson3")
FILE = "lesson3_attention/attention.py"
VARIANTS = ["einsum_style", "recomputing", "row_by_row", "stacked"]


def tree(place: str) -> dict[str, bytes]:
    return {FILE: (ROOT / place / FILE).read_bytes()}


def disguised(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same with other names, another order, and comments."""
    text = files[FILE].decode().replace("weights", "w8s").replace("config", "cfg")
    head, first, *rest = text.split("\nclass ")
    text = "\nclass ".join([head, *rest, first]).replace(
        "\n        return", "\n        # ok\n        return"
    )
    return {FILE: text.encode()}


SOLVED = tree("solutions")


@pytest.fixture
def made(tmp_path: Path) -> Class:
    roster = "student\n" + "".join(f"s{i}\n" for i in range(12))
    return Class(tmp_path / "class", roster)


def compare(made: Class) -> Similar:
    book = gradebook.read(made.room, made.store)
    told = []
    [found] = similar.compare(made.room, [LESSON], book, lambda lesson, n: told.append((lesson, n)))
    counted = found.compared + len(found.skipped)
    assert told == ([(LESSON, counted)] if counted > 1 else [])
    return found


def students(pair: Pair) -> set[str]:
    return {pair.first.student, pair.second.student}


def test_a_disguised_copy_is_found_among_work_of_ones_own(made: Class) -> None:
    for i, variant in enumerate(VARIANTS):
        made.hand_in(f"s{i}", "lesson3", RIGHT, files=tree(f"grader/variants/{variant}"))
    made.hand_in("s8", "lesson3", RIGHT, files=SOLVED)
    made.hand_in("s9", "lesson3", RIGHT, files=disguised(SOLVED))
    found = compare(made)
    [pair] = found.pairs
    assert (found.compared, found.found) == (6, 1)
    assert students(pair) == {"s8", "s9"}
    assert pair.share > 0.8
    assert not pair.same
    shown = pair.passages[0]
    assert shown.first.text in SOLVED[FILE].decode()
    assert shown.second.text in disguised(SOLVED)[FILE].decode()
    lines = [max(p.first.count, p.second.count) for p in pair.passages]
    assert sum(lines) <= LINES or len(lines) == 1


def test_untouched_stubs_are_not_similar(made: Class) -> None:
    for i in range(3):
        made.hand_in(f"s{i}", "lesson3", STUB, files=tree("exercises"))
    assert compare(made).pairs == ()


def test_nor_are_stubs_in_which_all_wrote_the_one_short_line(made: Class) -> None:
    stub = tree("exercises")[FILE].decode()
    for i in range(2):
        text = f"# {i}\n" + stub.replace("raise NotImplementedError", "return q @ k", 1)
        made.hand_in(f"s{i}", "lesson3", STUB, files={FILE: text.encode()})
    assert compare(made).pairs == ()


def test_the_same_files_are_named_so_whoever_else_has_them(made: Class) -> None:
    for i in range(6):
        made.hand_in(f"s{i}", "lesson3", RIGHT, files=SOLVED)
    found = compare(made)
    assert found.found == 15
    assert all(pair.same and pair.share == 1.0 for pair in found.pairs)


def test_what_many_wrote_tells_nothing(made: Class) -> None:
    """A lecture's code, say, which each typed anew."""
    for i in range(6):
        made.hand_in(f"s{i}", "lesson3", RIGHT, files={FILE: SOLVED[FILE] + b"# %d\n" % i})
    assert compare(made).pairs == ()


def test_nobody_is_compared_with_an_own_earlier_submission(made: Class) -> None:
    made.hand_in("s0", "lesson3", RIGHT, files=SOLVED)
    made.hand_in("s0", "lesson3", RIGHT, ALSO_RIGHT, files=disguised(SOLVED))
    assert compare(made).compared == 1


def test_a_group_that_handed_in_together_is_no_pair(made: Class) -> None:
    for student in ("s0", "s1"):
        made.hand_in(student, "lesson3", RIGHT, files=SOLVED, source="submission_17")
    assert compare(made).pairs == ()


def test_a_snapshot_that_is_gone_or_changed_is_not_compared(made: Class) -> None:
    made.hand_in("s0", "lesson3", RIGHT, files=SOLVED)
    made.hand_in("s1", "lesson3", RIGHT)
    changed = made.hand_in("s2", "lesson3", RIGHT, files=disguised(SOLVED)).submission
    file = made.room.snapshots / changed.digest / FILE
    file.chmod(0o644)
    file.write_bytes(SOLVED[FILE])
    found = compare(made)
    assert (found.compared, set(found.skipped), found.pairs) == (1, {"s1", "s2"}, ())


def test_other_files_of_the_lesson_count_and_odd_ones_do_no_harm(made: Class) -> None:
    own = "\n".join(
        OTHER.replace("merge", f"merge{i}").replace("+= 2", f"+= {i}") for i in range(9)
    )
    helper = {"lesson3_attention/own/helper.py": own.encode()}
    odd = {"lesson3_attention/odd.py": b"\xff\xfe" * 500, "lesson3_attention/x.txt": b"\0"}
    made.hand_in("s0", "lesson3", RIGHT, files=tree("exercises") | helper)
    made.hand_in("s1", "lesson3", RIGHT, files=tree("exercises") | helper | odd)
    [pair] = compare(made).pairs
    assert pair.passages[0].first.file == "own/helper.py"


def test_padding_does_not_push_the_lessons_own_files_out(made: Class) -> None:
    padding = {"lesson3_attention/a.py": b"# " + b"x" * MOST}
    made.hand_in("s0", "lesson3", RIGHT, files=SOLVED)
    made.hand_in("s1", "lesson3", RIGHT, files=disguised(SOLVED) | padding)
    assert compare(made).found == 1


def test_the_most_similar_are_named_first_and_no_more_than_fit(made: Class) -> None:
    made.hand_in("s0", "lesson3", RIGHT, files=SOLVED)
    made.hand_in("s1", "lesson3", RIGHT, files=disguised(SOLVED))
    half = SOLVED[FILE][: len(SOLVED[FILE]) // 2] + OTHER.encode() * 2
    made.hand_in("s2", "lesson3", RIGHT, files={FILE: half})
    found = compare(made)
    assert [round(pair.share, 3) for pair in found.pairs] == sorted(
        (round(pair.share, 3) for pair in found.pairs), reverse=True
    )
    assert students(found.pairs[0]) == {"s0", "s1"}


def test_an_empty_class_has_nothing_to_compare(made: Class) -> None:
    found = compare(made)
    assert replace(found, lesson="") == Similar("", 0, 0, (), ())
