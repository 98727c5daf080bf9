"""What is ordered after which change, and what is shown of what came back."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from grader.watching.orders import Ended, Judged, Order
from grader.watching.sources import Sources
from grader.watching.state import State
from tests.grader.watching.test_sources import CHECKS, LESSON, write
from zth.records import Breach, Finding, Frame, LessonReport, Result, Verdict

PASSED, FAILED, NOT_YET = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_IMPLEMENTED


@pytest.fixture
def state(tmp_path: Path) -> State:
    for name in ("one.py", "two.py", "three.py"):
        write(tmp_path, name, "")
    return State(LESSON, CHECKS, Sources(tmp_path, LESSON, CHECKS), None, itertools.count(1))


def result(id: str, verdict: Verdict) -> Result:
    check = next(c for c in CHECKS if c.id == id)
    return Result(id, check.title, check.component.id, verdict, 1, int(verdict is PASSED))


def end(
    state: State, order: Order, *, breaches: tuple[Breach, ...] = (), **verdicts: Verdict
) -> bool:
    """Reports these verdicts, by the checks' names, for all checks of the order."""
    results = [result(c.id, verdicts.get(c.id[-1], PASSED)) for c in order.checks]
    report = LessonReport("toy", "Toy", "", tuple(results), breaches)
    return state.take(Ended(order.number, report, {}))


def ids(order: Order | None) -> list[str]:
    return [] if order is None else [check.id for check in order.checks]


def save(state: State, name: str, text: str) -> Order | None:
    write(state.sources.root, name, text)
    return state.changed()


def test_only_what_a_save_touches_is_ordered(state: State) -> None:
    end(state, state.all_again())
    assert save(state, "one.py", "") is None  # the same again
    order = save(state, "one.py", "x = 1")
    assert ids(order) == ["one.a"]
    assert order is not None
    assert [r.id for r in order.known] == ["two.b", "three.c"]
    end(state, order)
    assert ids(save(state, "two.py", "x = 1")) == ["two.b", "three.c"]


def test_what_failed_comes_first_and_what_is_shown_before_that(state: State) -> None:
    end(state, state.all_again(), a=NOT_YET, b=FAILED, c=FAILED)
    state.turn()
    assert state.shown is not None
    assert state.shown.entry.id == "three.c"
    order = save(state, "__init__.py", "")
    assert ids(order) == ["one.a", "two.b", "three.c"]
    assert order is not None
    assert [c.id for c in order.first] == ["three.c", "two.b"]
    assert state.all_again().first == ()


def test_what_the_learner_is_at_comes_sooner(state: State) -> None:
    same_file = [replace(c, file="toy/one.py") for c in LESSON.components]
    state.sources.lesson = state.lesson = replace(LESSON, components=tuple(same_file))
    write(state.sources.root, "one.py", "class One: pass\nclass Two: pass\nclass Three: pass\n")
    end(state, state.all_again())
    order = save(state, "one.py", "class One: pass\nclass Two: x = 1\nclass Three: pass\n")
    assert order is not None
    assert (len(order.checks), order.sooner) == (3, {"two"})
    order = save(state, "one.py", "class One: x = 2\nclass Two: x = 1\nclass Three: pass\n")
    assert order is not None
    assert order.sooner == {"one", "two"}  # since what was graded last


def test_a_save_in_the_midst_orders_what_both_saves_touch(state: State) -> None:
    end(state, state.all_again())
    first = save(state, "one.py", "x = 1")
    second = save(state, "three.py", "x = 1")
    assert ids(second) == ["one.a", "three.c"]
    assert first is not None
    assert not state.take(Judged(first.number, result("one.a", FAILED)))
    assert not end(state, first, a=FAILED)
    assert not state.wrong
    assert second is not None
    assert end(state, second, c=FAILED)
    assert [s.entry.id for s in state.wrong] == ["three.c"]


def test_a_change_that_is_taken_back_in_the_midst_leaves_what_was_known(state: State) -> None:
    end(state, state.all_again(), a=FAILED)
    assert ids(save(state, "one.py", "x = 1")) == ["one.a"]
    back = save(state, "one.py", "")
    assert back is not None
    assert ids(back) == []
    end(state, back)
    assert [s.entry.id for s in state.wrong] == ["one.a"]


def test_nothing_old_passes_for_new(state: State) -> None:
    end(state, state.all_again(), a=FAILED)
    assert state.certain.earned == 2
    order = save(state, "one.py", "x = 1")
    assert order is not None
    assert state.shown is not None
    assert state.shown.stale
    assert state.certain.earned == 2
    save(state, "two.py", "x = 1")
    assert state.certain.earned == 0
    assert not state.done


@pytest.mark.parametrize(
    ("trace", "shown"), [((), "two.b"), ((Frame("x.py", 1, "f", ""),), "one.a")]
)
def test_a_file_that_is_gone_is_shown_before_what_goes_wrong_for_it(
    state: State, trace: tuple[Frame, ...], shown: str
) -> None:
    order = state.all_again()
    lost = replace(result("two.b", NOT_YET), finding=Finding("there is no file", trace=trace))
    others = [result("one.a", FAILED), result("three.c", PASSED)]
    state.take(Ended(order.number, LessonReport("toy", "Toy", "", (lost, *others)), {}))
    assert state.shown is not None
    assert state.shown.entry.id == shown


def test_a_failure_is_shown_before_it_is_small(state: State) -> None:
    order = state.all_again()
    state.take(Judged(order.number, result("two.b", FAILED), final=False))
    assert state.shown is not None
    assert (state.shown.entry.id, state.shown.final) == ("two.b", False)
    assert state.progress == (0, 3)
    state.take(Judged(order.number, result("two.b", FAILED)))
    assert state.shown.final
    assert state.progress == (1, 3)


def test_what_passes_gives_way_to_the_next_failure(state: State) -> None:
    end(state, state.all_again(), a=FAILED, c=FAILED)
    order = save(state, "one.py", "x = 1")
    assert order is not None
    state.take(Judged(order.number, result("one.a", PASSED)))
    assert state.shown is not None
    assert state.shown.entry.id == "three.c"
    end(state, order)
    assert state.shown.entry.id == "three.c"


def test_a_lesson_is_done_when_all_pass_by_permitted_means(state: State) -> None:
    order = state.all_again()
    assert not state.done
    end(state, order, breaches=(Breach("one", "json", "toy/one.py:1"),))
    assert not state.done
    end(state, state.all_again())
    assert state.done
    assert state.shown is None


def test_the_next_failure_is_another_one(state: State) -> None:
    end(state, state.all_again(), a=FAILED, b=NOT_YET, c=FAILED)
    seen = []
    for _ in range(3):
        assert state.shown is not None
        seen.append(state.shown.entry.id)
        assert state.turn()
    assert seen == ["one.a", "three.c", "one.a"]
    end(state, state.all_again())
    assert not state.turn()


def test_a_lesson_without_milestones_has_none_to_run(state: State) -> None:
    end(state, state.all_again())
    assert state.milestone() is None
