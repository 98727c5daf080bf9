from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import record
import sampling

SMALL = {"vocab_size": 11, "n_layer": 1, "n_head": 2, "n_embd": 8, "bias": False}


def test_a_quick_run_writes_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sampling.py", "--quick", "--output", f"{tmp_path}/x.json"])
    monkeypatch.setattr(sampling, "SIZE", SMALL)
    monkeypatch.setattr(sampling, "QUICK", ((16, 128), 2))
    sampling.main()
    kept = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert [c["context"] for c in kept["contexts"]] == [16, 128]
    assert {s["count"] for c in kept["contexts"] for s in c["tokens_per_second"].values()} == {2}
    assert len(kept["by_position"]["milliseconds"]) == 4
    assert record.rows(kept)["context_128"].against == "the same without"
    assert "ms a token, with a cache" in capsys.readouterr().out


def test_a_line_is_told_from_a_parabola() -> None:
    places = [sampling.STRETCH * (i + 0.5) for i in range(32)]
    straight = sampling.fit(
        [[0.005 + 2e-6 * n for n in places], [0.006 + 3e-6 * n for n in places]]
    )
    assert straight["start_milliseconds"] == 5
    assert straight["microseconds_per_position"] == 2
    assert straight["bend"] == straight["correlation"] == 1
    assert sampling.fit([[0.005 + 1e-8 * n * n for n in places]])["bend"] == pytest.approx(3)


def test_a_cache_that_changes_a_token_stops_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SIZE", SMALL)
    model = sampling.reference(16)
    forward = model.forward

    def wrong(idx: Any, cache: Any = ()) -> Any:
        logits, loss = forward(idx, cache=cache)
        return (logits.roll(1, dims=-1) if cache else logits), loss

    model.forward = wrong
    with pytest.raises(SystemExit, match="not the same tokens"):
        sampling.measure(model, [16], 3)
