from __future__ import annotations

import time

import feedback
import phases
import pytest
import record


def spin(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_moment_belongs_to_the_innermost_phase_alone() -> None:
    clock = phases.Clock()

    class Worker:
        def work(self, seconds: float) -> float:
            spin(seconds)
            return seconds

    clock.time(Worker, "work", "inner")
    begun = time.process_time()
    with clock.phase("outer"):
        spin(0.02)
        assert Worker().work(0.05) == 0.05
        spin(0.02)
    took = time.process_time() - begun
    spin(0.03)  # of no phase
    clock.add("worker", 1.5)
    rows = {row["phase"]: row for row in clock.rows()}
    assert list(rows) == ["the interpreter", "outer", "inner", "worker"]
    assert rows["inner"]["processor"] >= 0.05
    assert rows["outer"]["processor"] >= 0.04
    inside = rows["inner"]["processor"] + rows["outer"]["processor"]
    assert inside == pytest.approx(took, abs=1e-3)
    assert rows["worker"] == {"phase": "worker", "wall": 0.0, "processor": 1.5, "calls": 1}


def test_a_phase_is_left_when_something_is_raised() -> None:
    clock = phases.Clock()
    with pytest.raises(KeyError), clock.phase("outer"), clock.phase("inner"):
        raise KeyError
    with clock.phase("later"):
        spin(0.01)
    assert {row["phase"]: row["calls"] for row in clock.rows()}["later"] == 1
    assert clock.processor["later"] >= 0.01


def test_rows_set_each_command_against_what_it_imports() -> None:
    seconds = {name: [1.0, 2.0] for name in feedback.COMMANDS}
    seconds["import torch"] = [2.0, 2.0]
    saves = [(0.1, 0.5, 1.0), (0.2, 0.5, 1.0)]
    saved = {"lesson1": {"a mistake": saves, "mended": saves}}
    rows = feedback.compared(seconds, [0.001, 0.002, 0.003], saved)
    assert rows["zth grade lesson3 --impl reference"].ratio == 0.75
    assert rows["zth grade lesson1 --impl reference, its first run"].against == "import hypothesis"
    assert rows["call"].ours == 2.0
    assert rows["lesson1 last"] == record.Row.of(
        "zth watch lesson1, mended: from the save to the last verdict",
        "s",
        [0.5, 0.5],
        [1.0, 1.0],
        "import torch",
    )
    assert rows["lesson1 first"].ours == 0.15
    assert "import torch" not in rows
