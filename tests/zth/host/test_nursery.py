"""What a nursery takes, and sessions that several threads open, end and lose at the same time."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.zth.host import echo_driver as driver
from tests.zth.host.processes import ends
from zth.host import Nursery
from zth.records import Part, ZthError

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


def test_a_nursery_that_is_dismissed_ends_by_itself_with_its_workers(part: Part) -> None:
    with Nursery(tier="process") as nursery:
        session = nursery.session(driver=Path(driver.__file__), parts=[part])
        nursery.dismiss()
        assert ends(session.pid)
        session.close()


def test_an_unknown_tier_and_a_missing_package_are_said() -> None:
    with pytest.raises(ZthError, match="there is no sandbox 'castle'"):
        Nursery(tier="castle")
    with pytest.raises(ZthError, match="pip install no_such_package"):
        Nursery(["no_such_package"])


def test_a_package_that_is_broken_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package").mkdir()
    (tmp_path / "broken_package" / "__init__.py").write_text("raise OSError('no libgone.so')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with Nursery(["broken_package"]) as nursery, pytest.raises(ZthError) as caught:
        nursery.session(driver=Path(driver.__file__), parts=[])
    assert str(caught.value) == (
        "the process that runs workers does not start: OSError: no libgone.so"
    )


def test_a_package_is_found_where_the_host_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "a user's own:site"
    site.mkdir()
    (site / "own_package.py").write_text("answer = 42.0")
    monkeypatch.syspath_prepend(str(site))
    folder = tmp_path / "lesson0_x"
    folder.mkdir()
    (folder / "file.py").write_text("import own_package\ndef f(x): return own_package.answer")
    part = Part("f", tmp_path, "lesson0_x/file.py", "f")
    with (
        Nursery(["own_package"]) as nursery,
        nursery.session(driver=Path(driver.__file__), parts=[part]) as session,
    ):
        assert session.call(driver.play, 1.0, part="f") == 42.0
