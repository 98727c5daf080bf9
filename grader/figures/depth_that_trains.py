"""Lesson 8: up to which depth, and up to which learning rate, networks train."""

from __future__ import annotations

from collections.abc import Iterable

from grader.bench import Bench, RemoteCalls
from grader.figures import Data, Figure, Told
from grader.figures.plot import Axis, Line, Panel, linear, powers, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson8_normalization import LESSON, RESIDUAL, spirals
from grader.lessons.lesson8_normalization.depths import Net
from grader.lessons.lesson8_normalization.milestones import DEPTHS, reached
from zth.language import tr

SEEDS = 3
RATES = (0.1, 0.2, 0.28, 0.4, 0.57, 0.8)  # from 0.2 on each √2 times the one before
DEPTH = 32  # of the networks that are trained with each of them
INITS = (None, 0.1, 1e-4)  # of LayerScale; None: without it
KINDS = {"plain": 1, "residual": 0}  # with the colour of each


def measure(seed: int, told: Told) -> Data:
    """The share of held-out points that each network gets right, for three seeds.

    By depth, for plain and residual networks; and by learning rate, for residual ones with and
    without LayerScale. `largest` is, for each seed, the last of the rates up to which it trains.
    """
    seeds = range(seed, seed + SEEDS)
    with reference(LESSON) as bench:
        remote = _remote(bench)
        depths = []
        for kind in KINDS:
            told(kind)
            rows = [[_share(remote, Net(kind, n, s)) for n in DEPTHS] for s in seeds]
            depths.append({"kind": kind, "shares": rows})
        rates = []
        for init in INITS:
            told(f"LayerScale {init}")
            rows = [[_share(remote, _scaled(init, s), rate) for rate in RATES] for s in seeds]
            rates.append({"init": init, "shares": rows, "largest": [_largest(r) for r in rows]})
    return {"depths": list(DEPTHS), "by_depth": depths, "rates": list(RATES), "by_rate": rates}


def _remote(bench: Bench) -> RemoteCalls:
    return calls(bench, RESIDUAL)


def _scaled(init: float | None, seed: int) -> Net:
    return Net("residual", DEPTH, seed) if init is None else Net("scaled", DEPTH, seed, init=init)


def _share(remote: RemoteCalls, net: Net, rate: float = spirals.RATE) -> float:
    return round(reached(remote, net, rate), 4)


def _largest(shares: Iterable[float]) -> float:
    """The last rate before the first with which the network does not train; 0 if there is none."""
    last = 0.0
    for rate, share in zip(RATES, shares, strict=True):
        if share < spirals.ENOUGH:
            break
        last = rate
    return last


def draw(data: Data) -> str:
    plain, residual = data["by_depth"]
    return svg(
        "depth-that-trains",
        tr("Which networks train"),
        tr(
            "Two plots. By depth: with {depth} layers, plain networks get about {plain:.0%} of the "
            "points right, residual ones {residual:.0%}. By learning rate, at {layers} layers: "
            "all train at small rates, none at the largest, and those with LayerScale stop first.",
            depth=data["depths"][-1],
            plain=_median([row[-1] for row in plain["shares"]]),
            residual=_median([row[-1] for row in residual["shares"]]),
            layers=DEPTH,
        ),
        [_by_depth(data), _by_rate(data)],
    )


def _by_depth(data: Data) -> Panel:
    names = {"plain": tr("plain"), "residual": tr("residual")}
    lines = [
        _line(names[row["kind"]], data["depths"], row["shares"], KINDS[row["kind"]])
        for row in data["by_depth"]
    ]
    return Panel(
        tr("By depth"), powers(tr("layers"), data["depths"], "{:g}".format), _shares(), lines
    )


def _by_rate(data: Data) -> Panel:
    lines = [
        _line(
            tr("without LayerScale")
            if row["init"] is None
            else tr("LayerScale from {init:g}", init=row["init"]),
            data["rates"],
            row["shares"],
            (0, 2, 3)[i],
        )
        for i, row in enumerate(data["by_rate"])
    ]
    across = powers(tr("learning rate"), [0.1, 0.2, 0.4, 0.8], "{:g}".format)
    title = tr("By learning rate: residual, {layers} layers", layers=DEPTH)
    return Panel(title, across.within(data["rates"][0], data["rates"][-1]), _shares(), lines)


def _shares() -> Axis:
    return linear(tr("share of points (median and range of three seeds)"), 0, 1)


def _line(name: str, xs: list[float], rows: list[list[float]], kind: int) -> Line:
    seen = list(zip(xs, zip(*rows, strict=True), strict=True))
    spread = [(x, min(ys), max(ys)) for x, ys in seen]
    return Line(name, [(x, _median(ys)) for x, ys in seen], spread, kind, marked=True)


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


FIGURE = Figure(
    title="Which networks train, by depth and by learning rate",
    measure=measure,
    draw=draw,
    seconds=110,
    needs=(
        "solutions/lesson8_normalization",
        "grader/lessons/lesson8_normalization/depths.py",
        "grader/lessons/lesson8_normalization/spirals.py",
    ),
)
