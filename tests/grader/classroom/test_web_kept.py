"""What is slow to make: made once, and again when it no longer holds, while the old one serves."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from grader.classroom.web.kept import Kept
from zth import language


def after(get: Callable[[], str], value: str) -> None:
    """Asks until the value is there."""
    for _ in range(2000):
        if get() == value:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"{value} never came")


def test_a_value_is_made_once_for_each_state() -> None:
    kept, made = Kept[str](), list[str]()

    def make() -> str:
        made.append("x")
        return "x" * len(made)

    assert [kept.get("place", 1, make) for _ in range(3)] == ["x"] * 3
    after(lambda: kept.get("place", 2, make), "xx")
    assert kept.get("place", 2, make) == "xx"
    assert len(made) == 2


def test_nobody_waits_for_what_is_made_anew_and_nobody_makes_it_twice() -> None:
    kept, go, makers = Kept[str](), threading.Event(), list[int]()

    def slow() -> str:
        makers.append(1)
        assert go.wait(20)
        return "new"

    kept.get("place", 1, lambda: "old")
    assert [kept.get("place", 2, slow) for _ in range(5)] == ["old"] * 5
    go.set()
    after(lambda: kept.get("place", 2, slow), "new")
    assert len(makers) == 1


def test_those_who_come_first_wait_for_one_of_them() -> None:
    kept, makers, found = Kept[str](), list[int](), list[str]()

    def slow() -> str:
        makers.append(1)
        threading.Event().wait(0.05)
        return "first"

    threads = [
        threading.Thread(target=lambda: found.append(kept.get("place", 1, slow))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["first"] * 6
    assert len(makers) == 1


def test_it_is_made_in_the_language_of_who_asks() -> None:
    kept = Kept[str]()
    kept.get("place", 1, language.chosen)
    with language.speaking("zh"):
        after(lambda: kept.get("place", 2, language.chosen), "zh")


def test_what_cannot_be_made_leaves_the_old_one_and_is_tried_again() -> None:
    kept, tries = Kept[str](), list[int]()

    def broken() -> str:
        tries.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError):
        kept.get("place", 1, broken)
    kept.get("place", 1, lambda: "old")
    for _ in range(2000):
        assert kept.get("place", 2, broken) == "old"
        if len(tries) > 2:
            return
        threading.Event().wait(0.005)
    raise AssertionError("it was not tried again")


def test_what_is_forgotten_is_waited_for() -> None:
    kept = Kept[str]()
    kept.get("place", 1, lambda: "old")
    kept.forget()
    assert kept.get("place", 2, lambda: "new") == "new"
