"""The configuration of `shakespeare-gpu`: its losses along the way, and the fast parts beside it.

The runs are those of benchmarks/gpu.py, whose record this reads.
"""

from __future__ import annotations

from typing import Any

from grader.figures import Data, Figure, Told
from grader.figures.plot import Panel, linear, svg
from grader.figures.runs import lines
from grader.figures.shakespeare_fast import read
from zth.language import tr

RUNS = "benchmarks/results/gpu.json"


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (the benchmark has measured)
    """The curves, where they end, and on what the run was made."""
    told("reading the record of the benchmark")
    kept = read(RUNS)
    run = kept["runs"]["classic"][0]
    curve, end = run["curve"], [run["steps"], round(run["val_loss"], 4)]
    return {
        "made": {key: kept[key] for key in ("date", "device", "versions")},
        "seed": run["seed"],
        "parameters": run["parameters"],
        "steps": run["steps"],
        "tokens": run["tokens"],
        "seconds": round(run["training_seconds"], 1),
        "loss": round(run["val_loss"], 3),
        "train_loss": round(curve[-1]["train"], 3),
        "val": [*([row["step"], round(row["val"], 4)] for row in curve if "val" in row), end],
        "train": [_middle(curve, i) for i in range(len(curve))],
        "fast": _seeds(kept["runs"]["fast"]),
        "large": _seeds(kept["runs"]["large"]),
    }


def _seeds(runs: list[dict[str, Any]]) -> Data:
    """Runs that differ in their seed alone."""
    losses = [round(run["val_loss"], 3) for run in runs]
    return {
        "steps": runs[0]["steps"],
        "losses": losses,
        "least": min(losses),
        "largest": max(losses),
        "seconds": round(max(run["training_seconds"] for run in runs), 1),
    }


def _middle(curve: list[dict[str, Any]], i: int) -> list[float]:
    """A mean of losses at the middle of the steps that it is of."""
    since = curve[i - 1]["step"] if i else 0
    return [(since + curve[i]["step"]) / 2, round(curve[i]["train"], 4)]


def draw(data: Data) -> str:
    shown = lines([data], tr("validation: {loss:.3f}", loss=data["loss"]), tr("training"))
    return svg(
        "shakespeare-gpu",
        tr("Losses of shakespeare-gpu"),
        tr(
            "After {steps:,} steps the validation loss is {loss:.2f} nats a character, that of "
            "training {train:.2f}.",
            steps=data["steps"],
            loss=data["loss"],
            train=data["train_loss"],
        ),
        [
            Panel(
                tr("Shakespeare: one seed"),
                linear(tr("step"), 0, data["steps"], "{:,g}"),
                linear(tr("nats a character"), 1.0, 3.0),
                shown,
            )
        ],
    )


FIGURE = Figure(
    title="Losses of shakespeare-gpu",
    measure=measure,
    draw=draw,
    needs=(RUNS,),
)
