"""The curves of shakespeare-tiny: as many runs, steps and points as the recipe has."""

from __future__ import annotations

from statistics import mean

import pytest

from grader.figures import record, runs, shakespeare_tiny
from grader.figures.shakespeare_tiny import SEEDS
from grader.recipes import RECIPES

KEPT = record.read("shakespeare_tiny")["data"]
RECIPE = next(recipe for recipe in RECIPES if recipe.name == shakespeare_tiny.RECIPE)


@pytest.mark.parametrize("run", KEPT["runs"], ids=lambda run: f"seed {run['seed']}")
def test_a_run_is_of_the_whole_recipe(run: dict[str, list[list[float]]]) -> None:
    looks = range(0, RECIPE.steps + 1, RECIPE.evaluate_every)
    assert [step for step, _ in run["val"]] == list(looks)
    assert [step for step, _ in run["train"]] == list(
        range(runs.GROUP, RECIPE.steps + 1, runs.GROUP)
    )
    assert run["val"][-1][1] == run["loss"]
    assert run["tokens"] == KEPT["tokens"]


def test_what_a_page_quotes_is_of_the_runs() -> None:
    losses = [run["loss"] for run in KEPT["runs"]]
    assert len({run["seed"] for run in KEPT["runs"]}) == SEEDS
    assert (KEPT["least"], KEPT["largest"]) == (min(losses), max(losses))
    assert KEPT["loss"] == pytest.approx(mean(losses), abs=1e-4)


def test_training_losses_are_means_of_groups_each_with_its_last_step() -> None:
    losses = [1.0] * runs.GROUP + [2.0, 4.0]
    assert runs._grouped(losses) == [[runs.GROUP, 1.0], [runs.GROUP + 2, 3.0]]


def test_lines_are_the_mean_of_the_seeds_with_their_range() -> None:
    seeds = [{"val": [[0, 4.0], [10, y]], "train": [[5, y]]} for y in (1.0, 2.0, 6.0)]
    validation, training = runs.lines(seeds, "v", "t")
    assert validation.points == [(0, 4.0), (10, 3.0)]
    assert validation.spread == [(0, 4.0, 4.0), (10, 1.0, 6.0)]
    assert training.points == [(5, 3.0)]
