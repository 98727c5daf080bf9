"""Sessions that several threads open, end and lose at the same time."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.zth.host import echo_driver as driver
from zth.host import Nursery
from zth.records import Part

THREADS = 4


@pytest.fixture
def part(tmp_path: Path) -> Part:
    (tmp_path / "double.py").write_text("def double(x): return 2 * x\n", "utf-8")
    return Part("double", tmp_path, "double.py", "double")


def played(nursery: Nursery, part: Part, number: int) -> tuple[int, float]:
    with nursery.session(driver=Path(driver.__file__), parts=[part]) as session:
        return session.pid, session.call(driver.play, float(number), part=part.component)


def test_each_thread_gets_the_answers_of_its_own_workers(part: Part) -> None:
    numbers = range(8 * THREADS)
    with Nursery(tier="process") as nursery, ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda number: played(nursery, part, number), numbers))
    assert [answer for _, answer in found] == [2.0 * number for number in numbers]


def test_a_nursery_that_was_killed_is_started_again_once(part: Part) -> None:
    with Nursery(tier="process") as nursery, ThreadPoolExecutor(THREADS) as pool:
        played(nursery, part, 1)
        begun: list[object] = []
        start = nursery._start
        nursery._start = lambda: (begun.append(1), start())[1]  # type: ignore[method-assign]
        os.kill(nursery.pid, signal.SIGKILL)
        found = pool.map(lambda number: played(nursery, part, number), range(THREADS))
        assert [answer for _, answer in found] == [0.0, 2.0, 4.0, 6.0]
        assert len(begun) == 1
