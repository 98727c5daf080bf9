"""The recipe `shakespeare-tiny`: its losses along the way, with three seeds."""

from __future__ import annotations

from statistics import mean

from grader.figures import Data, Figure, Told
from grader.figures.plot import Panel, linear, svg
from grader.figures.runs import NEEDS, lines, trained
from zth.language import tr

RECIPE, SEEDS = "shakespeare-tiny", 3


def measure(seed: int, told: Told) -> Data:
    """The runs, the mean of the losses that they end with, and the least and the largest."""
    runs = [trained(RECIPE, seed + i, told) for i in range(SEEDS)]
    losses = [run["loss"] for run in runs]
    return {
        "parameters": runs[0]["parameters"],
        "tokens": runs[0]["tokens"],
        "loss": round(mean(losses), 4),
        "least": min(losses),
        "largest": max(losses),
        "seconds": round(mean(run["seconds"] for run in runs)),
        "runs": runs,
    }


def draw(data: Data) -> str:
    first = data["runs"][0]
    shown = lines(data["runs"], tr("validation: {loss:.3f}", loss=data["loss"]), tr("training"))
    return svg(
        "shakespeare-tiny",
        tr("Losses of {recipe}, three seeds", recipe=RECIPE),
        tr(
            "The validation loss falls from {start:.2f} to {loss:.2f} nats a character; the seeds "
            "end between {least:.3f} and {largest:.3f}.",
            start=first["val"][0][1],
            loss=data["loss"],
            least=data["least"],
            largest=data["largest"],
        ),
        [
            Panel(
                tr("Shakespeare: mean and range of three seeds"),
                linear(tr("step"), 0, first["val"][-1][0], "{:,g}"),
                linear(tr("nats a character"), 1.5, 3.0),
                shown,
            )
        ],
    )


FIGURE = Figure(
    title="Losses of shakespeare-tiny, three seeds",
    measure=measure,
    draw=draw,
    seconds=360,
    needs=NEEDS,
)
