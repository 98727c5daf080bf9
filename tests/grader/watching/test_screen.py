"""What a screen of any size shows of a lesson."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.watching.orders import Judged
from grader.watching.scene import Scene
from grader.watching.screen import Page
from grader.watching.sources import Sources
from grader.watching.state import State
from tests.grader.watching.test_sources import CHECKS, LESSON, write
from tests.grader.watching.test_state import FAILED, end, result, save
from zth.records import Breach, Finding


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    for name in ("one.py", "two.py", "three.py"):
        write(tmp_path, name, "")
    sources = Sources(tmp_path, LESSON, CHECKS)
    return Scene(State(LESSON, CHECKS, sources, None, itertools.count(1)), has_keys=True)


def drawn(scene: Scene, width: int = 60, height: int = 20) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, height=height, color_system=None, legacy_windows=False
    )
    console.print(Page(scene), height=height, end="")
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().split("\n")]


def fail(scene: Scene, message: str = "wrong") -> None:
    order = scene.state.all_again()
    found = Finding(message, snippet="\n".join(f"line {n}" for n in range(30)))
    scene.state.take(Judged(order.number, replace(result("two.b", FAILED), finding=found)))


@pytest.mark.parametrize("width", [20, 60, 120])
@pytest.mark.parametrize("height", [4, 9, 20, 40])
def test_every_size_is_filled_and_no_more(width: int, height: int, scene: Scene) -> None:
    fail(scene)
    scene.taken["two.b"] = ["One hint."]
    scene.notice = "a line that is for the learner"
    lines = drawn(scene, width, height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width
    assert lines[-1].endswith("q quit")


def test_a_failure_is_there_while_the_rest_is_judged(scene: Scene) -> None:
    fail(scene, "b is wrong")
    text = "\n".join(drawn(scene))
    assert "✗ It holds  two.b\nb is wrong\n" in text
    assert "… one 0/1   ✗ two 0/1   … three 0/1" in text
    assert "judging 1 of 3 …" in text


def test_what_is_from_before_a_save_says_so(scene: Scene) -> None:
    end(scene.state, scene.state.all_again(), b=FAILED)
    assert "✓ one 1/1   ✗ two 0/1" in "\n".join(drawn(scene))
    save(scene.state, "two.py", "x = 1")
    text = "\n".join(drawn(scene))
    assert "✗ It holds  two.b" in text
    assert "what is shown is from before" in text
    assert "✓ one 1/1   … two 0/1" in text


def test_a_lesson_that_is_done_names_the_next(scene: Scene) -> None:
    end(scene.state, scene.state.all_again())
    scene.following = replace(LESSON, id="toy2", title="More")
    text = "\n".join(drawn(scene, 100))
    assert "✓ All checks of toy pass." in text
    assert "Next: toy2, More: press Enter, or save a file of it." in text
    assert text.endswith("enter next lesson  c chapter  a all again  q quit")
    assert "3 of 3 points" in text


def test_what_is_forbidden_is_named(scene: Scene) -> None:
    end(scene.state, scene.state.all_again(), breaches=(Breach("one", "json", "toy/one.py:1"),))
    text = "\n".join(drawn(scene, 100))
    assert "forbidden  json is used at toy/one.py:1" in text
    assert "✗ one 0/1" in text
    assert "pass." not in text
