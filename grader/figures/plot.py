"""Plots as SVG: axes, lines with their spread, a legend. Small, without scripts, in the colours of
the page, whichever it has; on its own, in those of the system.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from zth.render.curve import ticks

WIDTH, LEFT, RIGHT = 480, 58, 462
TALL = 210  # of a panel's inside
HEAD, FOOT, ROW = 26, 46, 19  # above a panel's inside, below it, and of the legend
# Each line differs from the others in dash and mark as well as in colour.
DASHES = ("", "7 3", "2 3", "9 3 2 3", "14 4")
STYLE = """
.zth-plot { --c0: #0b5cad; --c1: #a8430a; --c2: #1a7037; --c3: #7a3fb8; --c4: #5a6270;
  width: 100%; max-width: 38rem; height: auto }
[data-md-color-scheme="slate"] .zth-plot { --c0: #6cb6ff; --c1: #f2a26b; --c2: #6bc46d;
  --c3: #cfa3ff; --c4: #aab2c0 }
.zth-plot:root { color: #24292f }
@media (prefers-color-scheme: dark) { .zth-plot:root { color: #e6edf3; --c0: #6cb6ff;
  --c1: #f2a26b; --c2: #6bc46d; --c3: #cfa3ff; --c4: #aab2c0 } }
.zth-plot text { font: 13px system-ui, sans-serif; fill: currentColor }
.zth-plot .head { font-weight: 600 }
.zth-plot .grid { stroke: currentColor; stroke-opacity: .18 }
.zth-plot .line { fill: none; stroke-width: 2 }
.zth-plot .band { stroke: none; fill-opacity: .2 }
"""

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """What an axis says, from where to where, and the values that are written at it."""

    name: str
    low: float
    high: float
    labels: Sequence[tuple[float, str]]
    log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high one."""
        scale: Callable[[float], float] = math.log if self.log else float
        return (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))

    def within(self, low: float, high: float) -> Axis:
        """The same axis from somewhere else to somewhere else."""
        return replace(self, low=low, high=high)


def linear(name: str, low: float, high: float, form: str = "{:g}") -> Axis:
    """An axis with round numbers at it."""
    marks = ticks(low, high, 6)
    return Axis(name, low, high, [(v, form.format(v).replace("-", "−")) for v in marks])


def powers(name: str, values: Sequence[float], label: Callable[[float], str]) -> Axis:
    """A logarithmic axis with these values at it, from the least to the greatest."""
    return Axis(name, min(values), max(values), [(v, label(v)) for v in values], log=True)


@dataclass(frozen=True)
class Line:
    """A line through points (x, y); `spread` are the (x, low, high) of several seeds around it.

    `kind` chooses colour, dash and mark; with `marked`, each point shows.
    """

    name: str
    points: Sequence[Point]
    spread: Sequence[tuple[float, float, float]] = ()
    kind: int = 0
    marked: bool = False


@dataclass(frozen=True)
class Panel:
    """One plot of a figure: its title, its axes, its lines."""

    title: str
    x: Axis
    y: Axis
    lines: Sequence[Line]

    @property
    def named(self) -> list[Line]:
        """The lines of the legend, in two columns; none where there is nothing to tell apart."""
        named = [line for line in self.lines if line.name]
        return named if len(named) > 1 else []

    @property
    def top(self) -> int:
        """Where the inside begins, below the title, the legend and the name of the y axis."""
        return HEAD + ROW * math.ceil(len(self.named) / 2) + ROW + 8

    @property
    def height(self) -> int:
        return self.top + TALL + FOOT

    def place(self, point: Point) -> Point:
        """Where a point lies in the drawing."""
        across = LEFT + self.x.share(point[0]) * (RIGHT - LEFT)
        down = self.top + (1 - self.y.share(point[1])) * TALL
        return round(across, 1), round(down, 1)


def svg(name: str, title: str, about: str, panels: Sequence[Panel]) -> str:
    """The panels, one below the other. `about` says what is to be seen, for who cannot see it."""
    height = sum(panel.height for panel in panels)
    labelled = f'aria-labelledby="{name}-title {name}-about"'
    box = f'viewBox="0 0 {WIDTH} {height}" role="img" {labelled}'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="zth-plot" {box}>',
        f'<title id="{name}-title">{escape(title)}</title>',
        f'<desc id="{name}-about">{escape(about)}</desc>',
        f"<style>{STYLE}</style>",
    ]
    y = 0
    for i, panel in enumerate(panels):
        parts += [f'<g transform="translate(0 {y})">', *_panel(panel, f"{name}-{i}"), "</g>"]
        y += panel.height
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel, id: str) -> Iterator[str]:
    yield f'<text class="head" x="4" y="16">{escape(panel.title)}</text>'
    yield from _legend(panel)
    yield from _grid(panel)
    box = f'x="{LEFT - 6}" y="{panel.top - 6}" width="{RIGHT - LEFT + 12}" height="{TALL + 12}"'
    yield f'<clipPath id="{id}"><rect {box}/></clipPath>'
    yield f'<g clip-path="url(#{id})">'
    for line in panel.lines:
        yield from _line(panel, line)
    yield "</g>"


def _legend(panel: Panel) -> Iterator[str]:
    for i, line in enumerate(panel.named):
        x, y = 4 + 236 * (i % 2), HEAD + ROW * (i // 2) + 8
        yield _path("line", line.kind, f"M{x} {y}h30")
        if line.marked:
            yield _mark(line.kind, x + 15, y)
        yield f'<text x="{x + 38}" y="{y + 4}">{escape(line.name)}</text>'


def _grid(panel: Panel) -> Iterator[str]:
    bottom = panel.top + TALL
    for value, label in panel.y.labels:
        _, y = panel.place((panel.x.low, value))
        yield f'<path class="grid" d="M{LEFT} {y}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 7}" y="{y + 4}" text-anchor="end">{escape(label)}</text>'
    for value, label in panel.x.labels:
        x, _ = panel.place((value, panel.y.low))
        yield f'<path class="grid" d="M{x} {bottom}v4"/>'
        anchor = "end" if x > RIGHT - 12 else "middle"
        place = f'x="{x if anchor == "middle" else RIGHT + 14}" y="{bottom + 18}"'
        yield f'<text {place} text-anchor="{anchor}">{escape(label)}</text>'
    yield f'<text x="4" y="{panel.top - 12}">{escape(panel.y.name)}</text>'
    middle = (LEFT + RIGHT) / 2
    named = escape(panel.x.name)
    yield f'<text x="{middle}" y="{bottom + 36}" text-anchor="middle">{named}</text>'


def _line(panel: Panel, line: Line) -> Iterator[str]:
    if line.spread:
        above = [panel.place((x, high)) for x, _, high in line.spread]
        below = [panel.place((x, low)) for x, low, _ in reversed(line.spread)]
        band = "L".join(f"{x} {y}" for x, y in (*above, *below))
        yield f'<path class="band" style="fill: var(--c{line.kind})" d="M{band}Z"/>'
    places = [panel.place(point) for point in line.points]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    yield _path("line", line.kind, path)
    if line.marked:
        yield from (_mark(line.kind, x, y) for x, y in places)


def _path(name: str, kind: int, path: str) -> str:
    dash = f' stroke-dasharray="{DASHES[kind]}"' if DASHES[kind] else ""
    return f'<path class="{name}" style="stroke: var(--c{kind})"{dash} d="{path}"/>'


def _mark(kind: int, x: float, y: float) -> str:
    shapes = (
        "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",  # a disc, then square, triangle, diamond, cross
        "m-3.5 -3.5h7v7h-7Z",
        "m0 -5l4.5 8h-9Z",
        "m0 -5l5 5l-5 5l-5 -5Z",
        "m-4 -1.5h2.5v-2.5h3v2.5h2.5v3h-2.5v2.5h-3v-2.5h-2.5Z",
    )
    return f'<path style="fill: var(--c{kind})" d="M{x} {y}{shapes[kind]}"/>'
