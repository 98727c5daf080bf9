"""Marks of SVG, in colours that follow the page's scheme; as a file of its own, the reader's.

Colours are CSS variables. A `picture` brings them along; whoever puts a bare `drawing` into a page
sets them there, as docs/web/src/figures/figures.css does.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

LIGHT = {
    "ink": "#24292f",
    "quiet": "#57606a",
    "line": "#8c959f",
    "accent": "#0969da",
    "paper": "#ffffff",
}
DARK = {
    "ink": "#f0f6fc",
    "quiet": "#9198a1",
    "line": "#7d8494",
    "accent": "#58a6ff",
    "paper": "#1e2129",
}
INK, QUIET, LINE, ACCENT, PAPER = (f"var(--zth-{name})" for name in LIGHT)
STYLE = """<style>
.zth-drawn {{ {light} }}
[data-md-color-scheme="slate"] .zth-drawn {{ {dark} }}
@media (prefers-color-scheme: dark) {{ .zth-drawn:root {{ {dark} }} }}
</style>""".format(
    **{
        scheme: "; ".join(f"--zth-{name}: {colour}" for name, colour in colours.items())
        for scheme, colours in (("light", LIGHT), ("dark", DARK))
    }
)
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def mark(name: str, *inside: str, **attributes: object) -> str:
    """An element; `font_size=12` becomes font-size="12", and `class_` class."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_plain(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{''.join(inside)}</{name}>" if inside else f"<{name}{given}/>"


def words(text: str, x: float, y: float, **attributes: object) -> str:
    """A line of text, centred on x unless told otherwise."""
    return mark("text", escape(text), x=x, y=y, **{"text_anchor": "middle", **attributes})


def drawing(width: float, height: float, *inside: str) -> str:
    """A whole `<svg>` to be put into a page, without words for those who do not see it."""
    box = f"0 0 {_plain(width)} {_plain(height)}"
    return mark(
        "svg",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=box,
        font_family=FONT,
        font_size=13,
        fill=INK,
    )


def picture(drawn: str, name: str, title: str, description: str) -> str:
    """The drawing as a file: with what it is called, what it shows, and its colours."""
    rest = drawn.removeprefix("<svg")
    start = rest.index(">") + 1
    head = (
        f'<svg class="zth-drawn" role="img" aria-labelledby="{name}-title {name}-about" '
        f'style="width: 100%; max-width: {_widest(drawn)}px; height: auto"{rest[:start]}'
    )
    said = mark("title", escape(title), id=f"{name}-title")
    said += mark("desc", escape(description), id=f"{name}-about")
    return f"{head}\n{said}\n{STYLE}\n{rest[start:]}\n"


def _widest(drawn: str) -> int:
    """A little larger than drawn, and no more: letters should not be those of a title."""
    return round(1.15 * float(drawn.split('viewBox="0 0 ')[1].split(" ")[0]))


def number(value: float) -> str:
    """As a reader writes it: "-3", "2.75"."""
    return f"{round(value, 3):g}".replace("-", "−")


def _plain(value: object) -> str:
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)
