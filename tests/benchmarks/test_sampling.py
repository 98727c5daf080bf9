from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import record
import sampling

SMALL = {"n_layer": 1, "n_head": 2, "n_embd": 8}
FILES = {"gpt": "lesson5_gpt/gpt.py", "fast": "shakespeare_fast/model.py"}


def small(longest: int) -> dict[str, Any]:
    return {name: sampling.model(file, SMALL, longest) for name, file in FILES.items()}


def test_a_quick_run_writes_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sampling.py", "--quick", "--output", f"{tmp_path}/x.json"])
    monkeypatch.setattr(sampling, "models", small)
    monkeypatch.setattr(sampling, "QUICK", ((16, 128), 2))
    sampling.main()
    kept = json.loads((tmp_path / "x.json").read_text("utf-8"))
    for name in FILES:
        found = kept["models"][name]
        assert [c["context"] for c in found["contexts"]] == [16, 128]
        spreads = [s for c in found["contexts"] for s in c["tokens_per_second"].values()]
        assert {s["count"] for s in spreads} == {2}
        assert len(found["by_position"]["milliseconds"]) == 4
        assert record.rows(kept)[f"{name}_128"].against == "the same without a cache"
    assert "ms a token, with a cache" in capsys.readouterr().out


def test_the_models_are_of_the_size_that_is_said() -> None:
    found = sampling.models(256)
    assert 10.7e6 < sum(p.numel() for p in found["gpt"].parameters()) < 10.8e6
    assert all(m.config.block_size == 256 and m.new_cache() is not None for m in found.values())


def test_a_line_is_told_from_a_parabola() -> None:
    places = [sampling.STRETCH * (i + 0.5) for i in range(32)]
    straight = sampling.fit(
        [[0.005 + 2e-6 * n for n in places], [0.006 + 3e-6 * n for n in places]]
    )
    assert straight["start_milliseconds"] == 5
    assert straight["microseconds_per_position"] == 2
    assert straight["bend"] == straight["correlation"] == 1
    assert sampling.fit([[0.005 + 1e-8 * n * n for n in places]])["bend"] == pytest.approx(3)


def test_a_cache_that_changes_a_token_stops_the_benchmark() -> None:
    model = small(16)["gpt"]
    forward = model.forward

    def wrong(idx: Any, cache: Any = ()) -> Any:
        logits, loss = forward(idx, cache=cache)
        return (logits.roll(1, dims=-1) if cache else logits), loss

    model.forward = wrong
    with pytest.raises(SystemExit, match="not the same tokens"):
        sampling.measure(model, [16], 3)
