"""The benchmark for a GPU runs on a CPU too: what it trains learns, and its record is whole."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

torch = pytest.importorskip("torch")
FILE = Path(__file__).parents[2] / "benchmarks" / "gpu.py"


@pytest.fixture(scope="module")
def gpu() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_gpu", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("stop_early", [True, False])
def test_a_plan_learns_what_always_follows(gpu: ModuleType, fast: bool, stop_early: bool) -> None:
    size = {"block_size": 8, "n_layer": 1, "n_head": 2, "n_embd": 16, "dropout": 0.0}
    plan = gpu.Plan(
        gpu.FAST if fast else gpu.GPT2, size, 60, 8, rate=1e-2, muon=0.03 if fast else 0.0,
        compiled=fast, stop_early=stop_early, every=20,
    )  # fmt: skip
    found = gpu.Run(plan, torch.arange(2000) % 7, 7, "cpu", 0).train()
    assert found["val_loss"] < 0.5  # 1.95 without having learned anything
    assert [row["step"] for row in found["curve"]] == [20, 40, 60]
    assert found["tokens"] == 60 * 8 * 8


def test_every_plan_reaches_the_end_of_its_schedule(gpu: ModuleType) -> None:
    for plan in gpu.PLANS.values():
        rates = [gpu.factor(step, plan) for step in range(plan.steps)]
        assert max(rates) == pytest.approx(1.0, abs=0.01)
        assert rates[-1] == pytest.approx(plan.floor, abs=0.01)
        assert gpu.scaled(plan, 0.01).steps == max(4, round(plan.steps / 100))


def test_the_cpu_agrees_with_itself(gpu: ModuleType) -> None:
    assert set(gpu.agreement("cpu").values()) == {0.0}


def test_windows_in_turn_come_once_before_any_comes_again(gpu: ModuleType) -> None:
    size = {"block_size": 8, "n_layer": 1, "n_head": 2, "n_embd": 16, "dropout": 0.0}
    plan = gpu.Plan(gpu.FAST, size, 1, 16, rate=1e-2, in_turn=True)
    run = gpu.Run(plan, torch.arange(1000) % 7, 7, "cpu", 0)
    count = (900 - 1) // 8  # of 900 tokens to learn from
    starts = torch.cat([run.starts()[:, 0] for _ in range(2 * count // 16)])
    for turn in (starts[:count], starts[count : 2 * count]):
        assert len(set(turn.tolist())) == len(turn)
        assert len(set((turn % 8).tolist())) == 1
        assert 0 <= int(turn.min())
        assert int(turn.max()) + 8 + 1 <= 900
