"""Lesson 8: what the learner's instruments show of a deep network at its start."""

from __future__ import annotations

import math
from fractions import Fraction

from grader.figures import Data, Figure, Told
from grader.figures.plot import Axis, Line, Panel, linear, powers, svg
from grader.figures.reference import LIMIT, reference
from grader.lessons.lesson8_normalization import LESSON, depths, spirals
from grader.lessons.lesson8_normalization.depths import Net
from zth.language import tr

DEPTH, WIDTH = 20, 128
ROWS = 1000  # points that are seen at once
RATE = 0.1
SHOWN = 10  # the layer whose outputs are drawn as a histogram
GAINS = {1.0: 2, 5 / 3: 0, 3.0: 1}  # with the colour of each


def measure(seed: int, told: Told) -> Data:
    """Standard deviation, saturation, gradient and update ratio of each layer of tanh, by gain.

    As `describe`, `observe` and `update_ratio` of the reference say; of one layer the histogram.
    """
    x, arms = spirals.batches(seed, steps=math.ceil(ROWS / spirals.BATCH))
    points, right = x.reshape(-1, 2)[:ROWS], arms.ravel()[:ROWS]
    found = []
    with reference(LESSON) as bench, bench.opened(depths, bench.limits) as session:
        for gain in GAINS:
            told(f"gain {gain:.3g}")
            net = Net("plain", DEPTH, seed, width=WIDTH, factor=gain / (5 / 3))
            layers = session.call(depths.look, net, points, right, RATE, limit=LIMIT)
            shown = layers[SHOWN - 1]
            found.append(
                {
                    "gain": round(gain, 3),
                    "std": [round(layer.std, 4) for layer in layers],
                    "saturation": [round(layer.saturation, 4) for layer in layers],
                    "gradient": [float(f"{layer.gradient:.4g}") for layer in layers],
                    "ratio": [round(layer.ratio, 3) for layer in layers],
                    "density": [round(float(d), 4) for d in shown.density],
                    "edges": [round(float(e), 4) for e in shown.edges],
                }
            )
    return {"layer": SHOWN, "gains": found}


def draw(data: Data) -> str:
    return svg(
        "layer-diagnostics",
        tr("What the instruments show"),
        tr(
            "Four plots of {depth} layers of tanh with three gains. With 1 the outputs "
            "shrink from layer to layer, with 5/3 they keep their size, with 3 most lie near ±1, "
            "and gradients and updates are far larger in the first layers than in the last.",
            depth=DEPTH,
        ),
        [
            _histogram(data),
            _by_layer(data, "std", tr("Standard deviation of the outputs"), 0.0, 1.0),
            _gradients(data),
            _by_layer(data, "ratio", tr("Update ratio of the weights, log10"), -6.0, 0.0),
        ],
    )


def _name(gain: float) -> str:
    return tr("gain {gain}", gain=Fraction(gain).limit_denominator(9))  # 5/3, as in the text


def _histogram(data: Data) -> Panel:
    lines = []
    for row, kind in zip(data["gains"], GAINS.values(), strict=True):
        steps = []
        for i, height in enumerate(row["density"]):
            steps += [(row["edges"][i], height), (row["edges"][i + 1], height)]
        lines.append(Line(_name(row["gain"]), steps, kind=kind))
    top = math.ceil(max(max(row["density"]) for row in data["gains"]))
    title = tr("Outputs of layer {layer}", layer=data["layer"])
    return Panel(title, linear(tr("output"), -1, 1), linear(tr("density"), 0, top), lines)


def _lines(data: Data, what: str) -> list[Line]:
    return [
        Line(_name(row["gain"]), list(enumerate(row[what], start=1)), kind=kind)
        for row, kind in zip(data["gains"], GAINS.values(), strict=True)
    ]


def _by_layer(data: Data, what: str, title: str, low: float, high: float) -> Panel:
    return Panel(title, _layers(), linear("", low, high), _lines(data, what))


def _gradients(data: Data) -> Panel:
    lines = _lines(data, "gradient")
    seen = [y for line in lines for _, y in line.points]
    ends = math.floor(math.log10(min(seen))), math.ceil(math.log10(max(seen)))
    marks = [10.0**e for e in range(ends[0], ends[1] + 1)]
    title = tr("Standard deviation of the gradients at the outputs")
    return Panel(title, _layers(), powers("", marks, _power), lines)


def _power(value: float) -> str:
    return "10" + str(round(math.log10(value))).translate(
        str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    )


def _layers() -> Axis:
    return linear(tr("layer"), 1, DEPTH)


FIGURE = Figure(
    title="What the instruments show of three starts",
    measure=measure,
    draw=draw,
    seconds=2,
    needs=(
        "solutions/lesson8_normalization",
        "grader/lessons/lesson8_normalization/depths.py",
        "grader/lessons/lesson8_normalization/spirals.py",
    ),
)
