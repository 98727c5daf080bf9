"""That a save is noticed, however it is done."""

from __future__ import annotations

import importlib.util
import queue
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.watching import files
from grader.watching.files import Files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "one.py").write_text("1\n", "utf-8")
    return tmp_path / "toy"


@pytest.fixture(params=["by notice", "polling", "without watchfiles"])
def noticed(
    request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[], bool]], bool]]:
    """Whether what is true is noticed to be true: at the latest notice, it was so."""
    if request.param == "by notice":
        monkeypatch.setattr(files, "PATIENCE", 60_000)
    if request.param == "polling":
        monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    if request.param == "without watchfiles":
        monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    told: queue.SimpleQueue[float] = queue.SimpleQueue()

    def is_noticed(true: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            told.get(timeout=20)
            if true():
                return True
        return False

    with Files(folder, lambda: told.put(0.0)):
        time.sleep(0.3)
        yield is_noticed


def test_saves_of_all_kinds_are_noticed(
    noticed: Callable[[Callable[[], bool]], bool], folder: Path
) -> None:
    file = folder / "one.py"

    def holds(text: str) -> Callable[[], bool]:
        return lambda: file.is_file() and file.read_text("utf-8") == text

    file.write_text("in place\n", "utf-8")
    assert noticed(holds("in place\n"))
    other = folder / ".one.py.swp"
    other.write_text("by renaming\n", "utf-8")
    other.rename(file)
    assert noticed(holds("by renaming\n"))
    for number in range(20):
        file.write_text(f"{number}\n", "utf-8")
    assert noticed(holds("19\n"))
    file.unlink()
    assert noticed(lambda: not file.exists())
    file.write_text("back\n", "utf-8")
    assert noticed(holds("back\n"))


def test_a_folder_may_go_and_come_back(
    noticed: Callable[[Callable[[], bool]], bool], folder: Path
) -> None:
    shutil.rmtree(folder)
    assert noticed(lambda: not folder.exists())
    folder.mkdir()
    assert noticed(folder.exists)
    (folder / "one.py").write_text("new\n", "utf-8")
    assert noticed(lambda: (folder / "one.py").exists())
