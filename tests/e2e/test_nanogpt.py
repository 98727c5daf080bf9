"""A model with nanoGPT's interface fits the slots, with the adapter that the chapter shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import grading
from tests.conftest import ROOT, Run
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import Tree, Verdict

HERE = Path(__file__).parent / "nanogpt"
PLACES = {
    "norm": "nanogpt/model.py:LayerNorm",
    "mlp": "nanogpt/model.py:MLP",
    "gpt": "nanogpt/adapter.py:GPT",
    "attention": "nanogpt/model.py:CausalSelfAttention",
}
TREE = Tree("nanogpt", HERE.parent, parts=PLACES)
CORPUS = Path(os.environ.get("ZTH_DATA", ""), "tinyshakespeare/input.txt")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["torch", "torch._dynamo"]) as nursery:
        yield nursery


@pytest.mark.parametrize(
    ("lesson", "components", "missed"),
    [
        ("lesson3", ("attention",), set()),
        ("lesson5", ("norm", "mlp", "gpt"), {"gpt.every_part_is_a_slot"}),
    ],
)
def test_it_gets_full_marks_but_for_slots(
    lesson: str, components: tuple[str, ...], missed: set[str], nursery: Nursery
) -> None:
    report = grading.grade(
        Plugins.load().lessons()[lesson],
        TREE,
        nursery,
        selection=grading.Selection(components=components, milestone="none"),
        lift_policy=True,
    )
    wrong = {r.id: r.finding for r in report.results if r.verdict is not Verdict.PASSED}
    assert wrong.keys() == missed, wrong
    assert {r.component for r in report.results} == set(components)


@pytest.mark.skipif(not CORPUS.is_file(), reason="tiny Shakespeare is not here: set ZTH_DATA")
@pytest.mark.slow
@pytest.mark.parametrize(
    "swap",
    [
        f"gpt={HERE}/adapter.py:GPT",
        f"attention={HERE}/model.py:CausalSelfAttention",
    ],
)
def test_it_trains(swap: str, zth: Run, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = zth("train", "shakespeare-tiny", "--with", swap, "--steps", "3", "--out", run)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "means nothing" not in result.stdout  # it does not look ahead
    assert (run / "model.safetensors").is_file()


def test_the_adapter_is_short_and_is_the_one_that_the_text_shows() -> None:
    code = (HERE / "adapter.py").read_text("utf-8")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    assert code in (ROOT / "docs/lesson5_gpt.md").read_text("utf-8")
