"""Lesson 7: a sweep of learning rates on names, and what training at some of them comes to."""

from __future__ import annotations

from statistics import mean
from typing import Any

import numpy as np

from grader.figures import Data, Figure, Told, rates_driver
from grader.figures.plot import Line, Panel, linear, powers, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson7_mlp import DESCENT, LESSON, SWEEP, oracle
from grader.names import VOCABULARY, names
from zth.language import tr

SEEDS, CONTEXT, STEPS = 3, 3, 2000
RATES = 0.01, 0.03, 0.1, 0.3, 1.0
SMOOTHING = 0.95
STOI = {letter: i for i, letter in enumerate(VOCABULARY)}


def measure(seed: int, told: Told) -> Data:
    """Sweeps with three seeds: smoothed losses, and the rate that is chosen; the loss on the dev
    split after 2,000 steps at each of some rates.
    """
    text, seeds = names(seed), range(seed, seed + SEEDS)
    train, dev = (oracle.examples(text.words(split), STOI, CONTEXT) for split in ("train", "val"))
    with reference(LESSON, rates_driver.__name__) as bench:
        sweep, training = calls(bench, SWEEP), calls(bench, DESCENT)
        told("sweeps")
        sweeps = [_swept(*sweep(rates_driver.swept, *train, s)) for s in seeds]
        runs = []
        for rate in RATES:
            told(f"{rate:g}")
            found = [training(rates_driver.trained, *train, dev, rate, STEPS, s) for s in seeds]
            runs.append({"rate": rate, "loss": round(mean(found), 4), "losses": _rounded(found)})
    return {"source": text.source, "steps": STEPS, "sweeps": sweeps, "runs": runs}


def _swept(rates: list[float], losses: list[float]) -> Data:
    """The smoothed losses at a hundred of the rates, and what choose_rate makes of them all."""
    smooth = oracle.smoothed(losses, SMOOTHING)
    lowest = int(smooth.argmin())
    shown = np.unique(np.linspace(0, len(rates) - 1, 100).astype(int))
    return {
        "lowest": float(f"{rates[lowest]:.3g}"),
        "chosen": float(f"{rates[lowest] / 3:.3g}"),
        "losses": [[float(f"{rates[i]:.4g}"), round(float(smooth[i]), 4)] for i in shown],
    }


def _rounded(numbers: list[float]) -> list[float]:
    return [round(number, 4) for number in numbers]


def draw(data: Data) -> str:
    sweeps, runs = data["sweeps"], data["runs"]
    best = min(runs, key=lambda run: float(run["loss"]))
    return svg(
        "rate-sweep",
        tr("A sweep of learning rates, and training at some of them"),
        tr(
            "Two plots. In the sweep the smoothed loss falls from {first:.2f} to {least:.2f}, and "
            "is lowest at rates of about {lowest}. After {steps:,} steps at one rate, the loss on "
            "the dev split is lowest at {best:g}.",
            first=sweeps[0]["losses"][0][1],
            least=min(loss for _, loss in sweeps[0]["losses"]),
            lowest=", ".join(f"{sweep['lowest']:.2g}" for sweep in sweeps),
            steps=data["steps"],
            best=best["rate"],
        ),
        [_sweep(sweeps), _training(data)],
    )


def _sweep(sweeps: list[Data]) -> Panel:
    lines = [
        Line(tr("seed {seed}", seed=i), sweep["losses"], kind=i) for i, sweep in enumerate(sweeps)
    ]
    return Panel(
        tr("One step at each rate"),
        powers(tr("learning rate"), [0.001, 0.01, 0.1, 1], "{:g}".format),
        linear(tr("loss, smoothed (nats)"), 2.0, 4.0),
        lines,
    )


def _training(data: dict[str, Any]) -> Panel:
    points = [(run["rate"], run["loss"]) for run in data["runs"]]
    spread = [(run["rate"], min(run["losses"]), max(run["losses"])) for run in data["runs"]]
    return Panel(
        tr("{steps:,} steps at one rate", steps=data["steps"]),
        powers(tr("learning rate"), [0.01, 0.03, 0.1, 0.3, 1], "{:g}".format),
        linear(tr("loss on dev (nats): mean and range of three seeds"), 2.2, 2.8),
        [Line("", points, spread, marked=True)],
    )


FIGURE = Figure(
    title="A sweep of learning rates, and training at some of them",
    measure=measure,
    draw=draw,
    seconds=40,
    needs=("solutions/lesson7_mlp", "grader/lessons/lesson7_mlp/oracle.py", "grader/names.py"),
)
