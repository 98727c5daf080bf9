"""The curves of shakespeare-gpu are those of the benchmark's record, of the recipe's model."""

from __future__ import annotations

import pytest

from grader.figures import record, shakespeare_gpu
from grader.recipes import RECIPES

KEPT = record.read("shakespeare_gpu")["data"]
RECIPE = next(recipe for recipe in RECIPES if recipe.name == "shakespeare-gpu")


def test_it_is_what_the_record_says() -> None:
    assert shakespeare_gpu.measure(0, lambda _: None) == KEPT, "zth docs figures shakespeare_gpu"


def test_the_run_is_of_the_recipe() -> None:
    run = shakespeare_gpu.read(shakespeare_gpu.RUNS)
    plan = run["plans"]["classic"]
    assert {**plan["config"], "bias": False} == RECIPE.config
    assert (plan["batch"], plan["rate"], plan["warmup"], plan["floor"]) == (
        RECIPE.batch,
        RECIPE.learning_rate,
        RECIPE.warmup,
        RECIPE.floor,
    )
    assert KEPT["steps"] == RECIPE.steps
    assert KEPT["tokens"] == KEPT["steps"] * RECIPE.batch * RECIPE.config["block_size"]


def test_the_curves_end_where_the_run_does() -> None:
    assert KEPT["val"][-1] == [KEPT["steps"], pytest.approx(KEPT["loss"], abs=1e-3)]
    steps = [step for step, _ in KEPT["val"]]
    assert steps == sorted(set(steps))
    middles = [step for step, _ in KEPT["train"]]
    assert all(a < b for a, b in zip(middles, steps, strict=True))
