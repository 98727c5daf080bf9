from __future__ import annotations

import json
from pathlib import Path

import autograd
import pytest
import record


@pytest.mark.slow
def test_a_quick_run_writes_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["autograd.py", "--quick", "--output", f"{tmp_path}/x.json"])
    monkeypatch.setattr(autograd, "POINTS", 4)
    monkeypatch.setattr(autograd, "QUICK", (2, 1, (500, 1000, 2000)))
    autograd.main()
    kept = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert {name: len(rates) for name, rates in kept["steps_per_second"].items()} == {
        "reference": 2,
        "micrograd": 2,
    }
    assert [c["nodes"] for c in kept["chains"]] == [500, 1000, 2000]
    assert record.rows(kept)["train"].against == "micrograd"
    assert "backward through 2,000 nodes in a row" in capsys.readouterr().out


def test_memory_grows_with_the_chain() -> None:
    make = autograd.reference()("value")
    (graph, backward), (longer, more) = (autograd.memory(make, n) for n in (2000, 20_000))
    assert 8 < longer / graph < 12
    assert 5 < more / backward < 20  # a set grows by leaps


def test_engines_that_train_differently_are_not_compared() -> None:
    autograd.check_same({"a": 0.5, "b": 0.5 + 1e-9})
    with pytest.raises(SystemExit, match="do not train alike"):
        autograd.check_same({"a": 0.5, "b": 0.51})
