"""The model of `shakespeare-tiny`, trained for four times as many steps: one run."""

from __future__ import annotations

from grader.figures import Data, Figure, Told
from grader.figures.plot import Panel, linear, svg
from grader.figures.runs import NEEDS, lines, trained
from zth.language import tr

RECIPE, STEPS = "shakespeare-tiny", 6000


def measure(seed: int, told: Told) -> Data:
    return trained(RECIPE, seed, told, STEPS)


def draw(data: Data) -> str:
    return svg(
        "shakespeare-longer",
        tr("Losses of {recipe} in {steps:,} steps", recipe=RECIPE, steps=STEPS),
        tr(
            "The validation loss falls to {loss:.2f} nats a character, and the training loss to "
            "{train:.2f}.",
            loss=data["loss"],
            train=data["train"][-1][1],
        ),
        [
            Panel(
                tr("Shakespeare in {steps:,} steps, one seed", steps=STEPS),
                linear(tr("step"), 0, STEPS, "{:,g}"),
                linear(tr("nats a character"), 1.3, 2.8),
                lines([data], tr("validation: {loss:.3f}", loss=data["loss"]), tr("training")),
            )
        ],
    )


FIGURE = Figure(
    title="Losses of shakespeare-tiny in four times its steps",
    measure=measure,
    draw=draw,
    seconds=480,
    needs=NEEDS,
)
