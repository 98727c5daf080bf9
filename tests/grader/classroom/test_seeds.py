"""Seeds from the secret: the same for the same words, and known by names that tell nothing."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grader.classroom import seeds
from grader.classroom.planning import HANDS, Planner
from tests.grader.classroom.made_up import Class
from zth.plugins import Plugins

LESSONS = Plugins.load().lessons()

words = st.lists(st.text(max_size=5), max_size=4)


@given(words, words)
def test_other_words_give_another_seed_name_and_key(a: list[str], b: list[str]) -> None:
    same = a == b
    assert (seeds.seed(b"s", *a)[0] == seeds.seed(b"s", *b)[0]) is same
    assert (seeds.seed(b"s", *a)[1] == seeds.seed(b"s", *b)[1]) is same
    assert (seeds.key(*a) == seeds.key(*b)) is same


@given(words)
def test_a_seed_depends_on_the_secret_and_fits_where_seeds_go(a: list[str]) -> None:
    number, name = seeds.seed(b"one", *a)
    assert 0 <= number < 1 << 63
    assert (number, name) != seeds.seed(b"two", *a)
    assert name not in f"{number:016x}"


def test_the_graders_version_is_of_its_files() -> None:
    release, _, digest = seeds.grader().partition("+")
    assert release
    assert len(digest) == 12


def test_what_measures_has_a_version_of_its_own() -> None:
    assert seeds.measurer().startswith(seeds.grader())
    assert seeds.measurer() != seeds.grader()


def test_trees_have_seeds_of_their_own_and_share_a_few_hands_of_cases(tmp_path: Path) -> None:
    made = Class(tmp_path)
    lessons = [LESSONS["lesson1"], LESSONS["lesson3"]]
    planner = Planner(made.room, made.store, lessons)
    tasks = [planner._task(lesson, f"digest{n}") for lesson in lessons for n in range(100)]
    assert len({task.seed for task in tasks}) == len(tasks)
    assert len({task.hand for task in tasks}) == HANDS * len(lessons)
    assert planner._task(lessons[0], "digest0") == tasks[0]
