"""A loss curve as SVG: small, without scripts, readable on a light and on a dark page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 48, 624, 44, 316
EARLY = 0.04  # the part of a run whose fall would flatten all that comes after it
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 14px; font-weight: 600; fill: #24292f }
.grid { stroke: #8c959f; stroke-opacity: .25 }
.train { fill: none; stroke: #8c959f; stroke-width: 1.2 }
.val { fill: none; stroke: #0969da; stroke-width: 2 }
.dot, .name { fill: #0969da }
.name { font-weight: 600 }
.model { fill: none; stroke-width: 1.5; stroke-opacity: .8 }
.m0 { stroke: #0969da } .m1 { stroke: #bc4c00; stroke-dasharray: 6 3 }
.m2 { stroke: #1a7f37; stroke-dasharray: 2 3 } .m3 { stroke: #8250df; stroke-dasharray: 8 3 2 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .title { fill: #f0f6fc }
  .val { stroke: #58a6ff } .dot, .name { fill: #58a6ff }
  .m0 { stroke: #58a6ff } .m1 { stroke: #f0883e } .m2 { stroke: #3fb950 } .m3 { stroke: #bc8cff }
}
"""

MODELS = 4  # ways to draw a line

Point = tuple[float, float]
Points = Sequence[Point]


@dataclass(frozen=True)
class Frame:
    """What the drawing shows: steps from 0 to `last`, losses from `low` to `high`."""

    last: float
    low: float
    high: float

    def place(self, point: Point) -> Point:
        """Where a (step, loss) lies in the drawing."""
        across = LEFT + point[0] / self.last * (RIGHT - LEFT)
        down = (self.high - point[1]) / (self.high - self.low) * (BOTTOM - TOP)
        return round(across, 1), round(TOP + down, 1)


def curve(title: str, train: Points, val: Points) -> str:
    """An SVG of training losses (smoothed) and validation losses, as (step, loss in nats).

    The first fall may begin above the drawing: the loss at the start is written in its corner.
    """
    train = _smooth(train)
    if not (train or val):
        return _page(title, [])
    frame = _frame(train, val)
    shown = [p for p in val if p[1] <= frame.high]
    return _page(
        title,
        [
            *_grid(frame),
            '<g clip-path="url(#inside)">',
            _line("train", [frame.place(p) for p in train]),
            _line("val", [frame.place(p) for p in shown]),
            *_dots(frame, shown),
            "</g>",
            *_names(frame, train, val),
        ],
    )


def overlaid(title: str, curves: Mapping[str, Sequence[Points]]) -> str:
    """An SVG of several models' losses, a thin line a seed; each model has a colour and a dash.

    `curves` holds for each model, by its name, the (step, loss in nats) of its seeds.
    """
    lines = {name: [line for line in seeds if line] for name, seeds in curves.items()}
    points = [p for seeds in lines.values() for line in seeds for p in line]
    if not points:
        return _page(title, [])
    frame = _frame(points, [])
    parts = [*_grid(frame), '<g clip-path="url(#inside)">']
    for i, seeds in enumerate(lines.values()):
        places = ([frame.place(p) for p in line] for line in seeds)
        parts += [_line(f"model m{i % MODELS}", line) for line in places]
    parts.append("</g>")
    for i, (name, seeds) in enumerate(lines.items()):
        parts += _legend(i, name, [line[-1][1] for line in seeds])
    return _page(title, parts)


def _legend(i: int, name: str, ends: Sequence[float]) -> list[str]:
    y = TOP + 14 + 17 * i
    loss = f" {sum(ends) / len(ends):.3f}" if ends else ""
    return [
        f'<path class="model m{i % MODELS}" d="M{RIGHT - 30} {y - 4}H{RIGHT}"/>',
        f'<text x="{RIGHT - 36}" y="{y}" text-anchor="end">{escape(name)}{loss}</text>',
    ]


def _smooth(points: Points) -> list[Point]:
    """At most about 200 points, each the mean of its neighbours."""
    size = max(1, math.ceil(len(points) / 200))
    groups = [points[i : i + size] for i in range(0, len(points), size)]
    return [(g[-1][0], sum(y for _, y in g) / len(g)) for g in groups]


def _frame(train: Points, val: Points) -> Frame:
    drawn = [*train, *val]
    last = max(x for x, _ in drawn) or 1.0
    later = [y for x, y in drawn if x >= EARLY * last] or [y for _, y in drawn]
    low, high = min(later), max(later)
    pad = 0.06 * (high - low or 1.0)
    return Frame(last, low - pad, high + pad)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers within the bounds: steps of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _grid(frame: Frame) -> list[str]:
    parts = []
    levels = ticks(frame.low, frame.high)
    digits = max(1, -math.floor(math.log10(levels[1] - levels[0]))) if len(levels) > 1 else 2
    for value in levels:
        _, y = frame.place((0, value))
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{RIGHT}"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{value:.{digits}f}</text>'
        )
    for value in (v for v in ticks(0, frame.last) if v == int(v)):
        x, _ = frame.place((value, frame.low))
        anchor = "end" if x > RIGHT - 20 else "middle"
        parts.append(f'<text x="{x}" y="{BOTTOM + 18}" text-anchor="{anchor}">{value:,.0f}</text>')
    middle = (LEFT + RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">step</text>')
    parts.append(f'<text x="{LEFT - 8}" y="{TOP - 10}" text-anchor="end">nats</text>')
    return parts


def _dots(frame: Frame, val: Points) -> list[str]:
    places = [frame.place(p) for p in val]
    return [f'<circle class="dot" cx="{x}" cy="{y}" r="2.5"/>' for x, y in places]


def _names(frame: Frame, train: Points, val: Points) -> list[str]:
    """Which line is which, and what is above the drawing."""
    names = []
    if val:
        names.append(("name", f"validation {val[-1][1]:.3f}"))
    if train:
        names.append(("", f"training {train[-1][1]:.3f}"))
    start = max(y for _, y in [*train[:1], *val[:1]])
    if start > frame.high:
        names.append(("", f"from {start:.3f}"))
    return [
        f'<text class="{kind}" x="{RIGHT}" y="{TOP + 14 + 17 * i}" text-anchor="end">{name}</text>'
        for i, (kind, name) in enumerate(names)
    ]


def _line(name: str, points: Points) -> str:
    path = "L".join(f"{x} {y}" for x, y in points)
    return f'<path class="{name}" d="M{path}"/>' if points else ""


def _page(title: str, parts: Sequence[str]) -> str:
    inside = f'<rect x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT + 4}" height="{BOTTOM - TOP}"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<clipPath id="inside">{inside}</clipPath>',
            f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )
