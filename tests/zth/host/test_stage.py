"""Trees that come after a nursery has started: in a room of it, they are not copied."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.zth.host import echo_driver as driver
from zth.host import Nursery, stage
from zth.host.sandbox import TIERS
from zth.records import Part

DRIVER = Path(driver.__file__)


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_what_lies_in_a_room_is_seen_where_it_is(tier, monkeypatch):
    if reason := tier.why_not():
        pytest.skip(f"{tier.name}: {reason}")
    monkeypatch.setattr(stage.Stage, "place", lambda *_: pytest.fail("copied"))
    with Nursery(tier=tier, shown=[DRIVER]) as nursery, nursery.room() as room:
        file = Path(room) / "tree" / "lesson0_x" / "file.py"
        file.parent.mkdir(parents=True)
        file.write_text("def f(x): return x + 1", "utf-8")
        part = Part("f", Path(room) / "tree", "lesson0_x/file.py", "f")
        with nursery.session(driver=DRIVER, parts=[part]) as session:
            assert session.call(driver.play, 1.0, part="f") == 2.0
    assert not Path(room).exists()


@pytest.mark.parametrize("memory", [Path("no such folder"), Path("/dev/shm")])
def test_without_room_in_memory_folders_lie_elsewhere(memory, monkeypatch):
    monkeypatch.setattr(stage, "MEMORY", memory)
    monkeypatch.setattr(stage, "SPARE", 1 << 60)
    with stage.folder("zth-test-") as folder:
        assert not Path(folder).is_relative_to("/dev/shm")


def test_the_stage_of_a_killed_process_is_removed_by_the_next(monkeypatch, tmp_path):
    monkeypatch.setattr(stage, "MEMORY", tmp_path)
    monkeypatch.setattr(stage, "SPARE", 0)
    script = "from zth.host import stage; stage.MEMORY, stage.SPARE = stage.Path(sys.argv[1]), 0;"
    script = f"import os, sys; {script} kept = stage.Stage(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    [left] = tmp_path.iterdir()
    alive = stage.Stage()
    assert list(tmp_path.iterdir()) == [alive.path] != [left]
    other = stage.Stage()
    assert set(tmp_path.iterdir()) == {alive.path, other.path}
    alive.close()
    other.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
@pytest.mark.parametrize("shown", [True, False], ids=["shown", "copied"])
def test_a_driver_may_be_a_package(tier, shown, tmp_path):
    if reason := tier.why_not():
        pytest.skip(f"{tier.name}: {reason}")
    package, tree = tmp_path / "driver", tmp_path / "tree" / "lesson0_x"
    package.mkdir()
    tree.mkdir(parents=True)
    (package / "__init__.py").write_text("from .inner import *\n", "utf-8")
    (package / "inner.py").write_text(
        "def play(function, x: float) -> float:\n    return function(x)\n", "utf-8"
    )
    (tree / "file.py").write_text("def f(x): return x + 1", "utf-8")
    part = Part("f", tree.parent, "lesson0_x/file.py", "f")
    seen = [package, tree] if shown else []
    with Nursery(tier=tier, shown=seen) as nursery:
        started = nursery.session(driver=package / "__init__.py", parts=[part])
        with started as session:
            assert session.call(driver.play, 1.0, part="f") == 2.0
