"""The fast recipes beside the classic ones: the loss over time, tokens and operations.

The runs are those of benchmarks/shakespeare.py, whose record this reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from statistics import mean
from typing import Any

from grader.figures import Data, Figure, Told
from grader.figures.plot import Axis, Line, Panel, linear, powers, svg
from zth.language import tr
from zth.records import ZthError

RUNS = "benchmarks/results/shakespeare.json"
CLASSIC = "classic"
NAMES = (CLASSIC, "shakespeare-tiny", "shakespeare-sprint", "shakespeare-fast")
PREFIX = "shakespeare-"


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (the benchmark has measured)
    """Of each recipe its curve, where it ended, and how that compares with the classic one."""
    told("reading the records of the benchmark")
    kept = read(RUNS)
    recipes = {name.removeprefix(PREFIX): _recipe(kept["recipes"][name]) for name in NAMES}
    classic = recipes[CLASSIC]
    for one in recipes.values():
        one["times_faster"] = round(classic["seconds"] / one["seconds"], 2)
        one["times_fewer_flops"] = round(classic["teraflop"] / one["teraflop"], 2)
    return {
        "made": {key: kept[key] for key in ("date", "commit", "machine", "versions", "seeds")},
        "recipes": recipes,
    }


def read(path: str) -> Any:
    """A record of a benchmark. Raises ZthError where there is none yet."""
    from grader.figures.record import root  # not above: it reads the figures

    file = root() / path
    if not file.is_file():
        raise ZthError(tr("there is no {path} yet: make bench", path=path))
    return json.loads(file.read_text("utf-8"))


def _recipe(kept: dict[str, Any]) -> dict[str, Any]:
    runs = kept["runs"]
    steps = [step for step, _ in runs[0]["val"]]
    return {
        "loss": round(kept["loss"]["mean"], 3),
        "least": round(kept["loss"]["least"], 3),
        "largest": round(kept["loss"]["most"], 3),
        "seconds": round(kept["seconds"]["mean"], 1),
        "tokens": kept["tokens"],
        "parameters": kept["parameters"],
        "teraflop": round(kept["flops"] / 1e12, 2),
        "share": [step / steps[-1] for step in steps],
        "clock": [round(mean(run["clock"][i] for run in runs), 1) for i in range(len(steps))],
        "val": [[run["val"][i][1] for run in runs] for i in range(len(steps))],
    }


def draw(data: Data) -> str:
    recipes = data["recipes"]
    fast, classic = recipes["fast"], recipes[CLASSIC]
    return svg(
        "shakespeare-fast",
        tr("Loss over time, tokens and operations"),
        tr(
            "The classic recipe comes to {classic:.2f} nats in {seconds:.0f} seconds; the fast one "
            "to {fast:.2f} in {longer:.0f}.",
            classic=classic["loss"],
            seconds=classic["seconds"],
            fast=fast["loss"],
            longer=fast["seconds"],
        ),
        [
            _panel(data, tr("Over the time of training"), _seconds(), _clock),
            _panel(data, tr("Over the tokens seen"), _tokens(), _part("tokens", 1e6)),
            _panel(data, tr("Over the operations"), _operations(), _part("teraflop", 1)),
        ],
    )


def _seconds() -> Axis:
    return powers(tr("seconds"), [1, 3, 10, 30, 100, 300], "{:g}".format)


def _tokens() -> Axis:
    return powers(tr("million tokens"), [0.03, 0.1, 0.3, 1, 3], "{:g}".format)


def _operations() -> Axis:
    return powers(tr("10¹² operations"), [0.1, 0.3, 1, 3, 10, 30, 100], "{:g}".format)


def _clock(one: dict[str, Any], i: int) -> float:
    """After how many seconds of training a recipe's i-th evaluation was."""
    return float(one["clock"][i])


def _part(key: str, unit: float) -> Callable[[dict[str, Any], int], float]:
    """How much of it a recipe had used at its i-th evaluation."""
    return lambda one, i: one["share"][i] * one[key] / unit


def _panel(data: Data, title: str, x: Axis, place: Callable[[dict[str, Any], int], float]) -> Panel:
    lines = []
    for kind, (name, one) in enumerate(data["recipes"].items()):
        seen = [(place(one, i), losses) for i, losses in enumerate(one["val"]) if i]
        lines.append(
            Line(
                tr("the classic recipe") if name == CLASSIC else PREFIX + name,
                [(at, mean(losses)) for at, losses in seen],
                [(at, min(losses), max(losses)) for at, losses in seen],
                kind,
                marked=True,
            )
        )
    return Panel(title, x, linear(tr("nats a character"), 1.4, 2.6), lines)


FIGURE = Figure(
    title="The fast recipes beside the classic one",
    measure=measure,
    draw=draw,
    needs=(RUNS,),
)
