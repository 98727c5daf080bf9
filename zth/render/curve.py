"""A loss curve as SVG: small, without scripts, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 34, 40
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 14px; font-weight: 600 }
.grid { stroke: #8c959f; stroke-opacity: .25 }
.train { fill: none; stroke: #8c959f; stroke-width: 1.2 }
.val { fill: none; stroke: #0969da; stroke-width: 2 }
.dot, .name { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .val { stroke: #58a6ff } .dot, .name { fill: #58a6ff }
}
"""

Points = Sequence[tuple[float, float]]


def curve(title: str, train: Points, val: Points) -> str:
    """An SVG of training losses (smoothed) and validation losses, as (step, loss in nats)."""
    train = _smooth(train)
    drawn = [*train, *val]
    if not drawn:
        return _page(title, [])
    low, high = min(y for _, y in drawn), max(y for _, y in drawn)
    last = max(x for x, _ in drawn) or 1.0
    pad = 0.05 * (high - low or 1.0)

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + x / last * (WIDTH - LEFT - RIGHT)
        down = (high + pad - y) / (high - low + 2 * pad)
        return round(across, 1), round(TOP + down * (HEIGHT - TOP - BOTTOM), 1)

    parts = [*_grid(low, high, last, place), _line("train", [place(*p) for p in train])]
    if val:
        dots = [place(*p) for p in val]
        parts.append(_line("val", dots))
        parts += [f'<circle class="dot" cx="{x}" cy="{y}" r="2.5"/>' for x, y in dots]
        x, y = dots[-1]
        label = f"validation {val[-1][1]:.3f}"
        parts.append(f'<text class="name" x="{x - 4}" y="{y - 8}" text-anchor="end">{label}</text>')
    return _page(title, parts)


def _smooth(points: Points) -> list[tuple[float, float]]:
    """At most about 200 points, each the mean of its neighbours."""
    size = max(1, len(points) // 200)
    groups = [points[i : i + size] for i in range(0, len(points), size)]
    return [(g[-1][0], sum(y for _, y in g) / len(g)) for g in groups]


def _grid(low: float, high: float, last: float, place: object) -> list[str]:
    assert callable(place)
    parts = []
    for i in range(5):
        value = low + (high - low) * i / 4
        _, y = place(0, value)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{value:.2f}</text>')
        x, _ = place(last * i / 4, low)
        step = f"{last * i / 4:,.0f}"
        parts.append(f'<text x="{x}" y="{HEIGHT - 20}" text-anchor="middle">{step}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">step</text>')
    return parts


def _line(name: str, points: Sequence[tuple[float, float]]) -> str:
    path = "L".join(f"{x} {y}" for x, y in points)
    return f'<path class="{name}" d="M{path}"/>' if points else ""


def _page(title: str, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )
