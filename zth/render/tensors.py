"""The part of a tensor around its first wrong element, as lines of text: expected beside got.

Each wrong number is pointed at by a sign, ◂. Attention weights are shades, with their numbers where
these fit: · is exactly 0, █ is nearly 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from zth.language import tr
from zth.records import Number, Window
from zth.render.escape import plain

WRONG, NOTHING, SHADES = "◂", "·", "░▒▓█"
GAP = 3  # between both tables
FEWEST = 3  # columns; with less room, one table comes beneath the other
ROWS, SHADED, STACKED = 6, 8, 4  # rows: of numbers, of weights, of each table beneath another

Texts = list[list[str]]


@dataclass(frozen=True)
class Layout:
    """How a window is written: its cells, and which of them are shown."""

    expected: Texts
    actual: Texts
    rows: range
    columns: range
    beside: bool


def lines(window: Window, width: int) -> list[Text]:
    """The window in `width` columns: at most ten lines, or twelve where the tables do not fit
    beside each other."""
    layout = _layout(window, width)
    left = _table(window, layout, tr("expected {name}", name=name(window)), layout.expected)
    right = _table(window, layout, tr("got"), layout.actual, window.wrong)
    if not layout.beside:
        return [*left, *right]
    widest = max(cell_len(line.plain) for line in left)
    for line, more in zip(left, right, strict=True):
        line.append(" " * (widest - cell_len(line.plain) + GAP)).append_text(more)
        line.rstrip()
    return left


def name(window: Window) -> str:
    """What the window is a part of, with the indices of all axes but the last two: "y[1]"."""
    outer = window.start[:-2]
    return plain(window.name, 1) + (f"[{', '.join(map(str, outer))}]" if outer else "")


def shade(weight: Number) -> str:
    """A block as dark as the weight, from 0 to 1, is large; "?" for what is no weight."""
    if isinstance(weight, str) or not -1e-6 <= weight <= 1 + 1e-6:
        return "?"
    return SHADES[min(3, int(4 * abs(weight)))] if weight else NOTHING


def numbers(window: Window) -> tuple[Texts, Texts]:
    """Expected and actual numbers, with as many digits as tell each wrong one from the right."""
    for digits in range(2 if window.weights else 4, 18):
        expected, actual = (
            [[_written(x, digits, window.weights) for x in row] for row in rows]
            for rows in (window.expected, window.actual)
        )
        if all(expected[r][c] != actual[r][c] for r, c in window.wrong):
            break
    return expected, actual


def _written(value: Number, digits: int, weight: bool) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.{digits}f}" if weight else f"{value:.{digits}g}"


def _layout(window: Window, width: int) -> Layout:
    """The first of the ways to write the window that has room for enough columns."""
    half = (width - GAP) // 2
    for expected, actual, fewest in _ways(window):
        room = _columns(window, (*expected, *actual), half)
        if room >= min(fewest, len(expected[0])):
            return _cropped(window, expected, actual, room, beside=True)
    room = max(1, _columns(window, (*expected, *actual), width))
    return _cropped(window, expected, actual, room, beside=False)


def _ways(window: Window) -> Iterator[tuple[Texts, Texts, int]]:
    """How the cells can be written, the best way first, and the fewest columns to be shown so."""
    expected, actual = numbers(window)
    if not window.weights:
        yield expected, actual, FEWEST
        return
    yield _shaded(window.expected, expected), _shaded(window.actual, actual), len(expected[0])
    blocks = [
        [[2 * shade(x) for x in row] for row in rows] for rows in (window.expected, window.actual)
    ]
    yield blocks[0], blocks[1], FEWEST


def _shaded(weights: Sequence[Sequence[Number]], written: Texts) -> Texts:
    """Each number behind its shade."""
    return [
        [shade(x) + text for x, text in zip(row, texts, strict=True)]
        for row, texts in zip(weights, written, strict=True)
    ]


def _columns(window: Window, rows: Sequence[Sequence[str]], width: int) -> int:
    """How many columns of a table fit; none where its title does not."""
    title = cell_len(tr("expected {name}", name=name(window)))
    return (width - _label(window)) // (_widest(rows) + 2) if title <= width else 0


def _cropped(window: Window, expected: Texts, actual: Texts, room: int, *, beside: bool) -> Layout:
    row, column = window.wrong[0] if window.wrong else (0, 0)
    most = (SHADED if window.weights else ROWS) if beside else STACKED
    return Layout(
        expected,
        actual,
        _around(row, len(expected), most),
        _around(column, len(expected[0]), room),
        beside,
    )


def _around(index: int, size: int, room: int) -> range:
    """`room` of `size` places with the index among them, one place before it where there is."""
    start = max(0, min(index - (room > 1), size - room))
    return range(start, min(size, start + room))


def _table(
    window: Window,
    layout: Layout,
    title: str,
    texts: Texts,
    wrong: Collection[tuple[int, int]] = (),
) -> list[Text]:
    """A title, the columns' indices, and the rows, each with its index."""
    label, cell = _label(window), _widest((*layout.expected, *layout.actual))
    head = "".join(f" {window.start[-1] + c:>{cell}} " for c in layout.columns)
    table = [Text(title), Text(" " * label + head.rstrip(), "dim")]
    for r in layout.rows:
        line = Text(f"{window.start[-2] + r:>{label}}" if label else "", "dim")
        for c in layout.columns:
            bad = (r, c) in wrong
            line.append(f" {texts[r][c]:>{cell}}{WRONG if bad else ' '}", "bold red" if bad else "")
        line.rstrip()
        table.append(line)
    return table


def _label(window: Window) -> int:
    """Columns of a row's index; a vector has none."""
    if len(window.shape) < 2:
        return 0
    return len(str(window.start[-2] + len(window.expected) - 1))


def _widest(rows: Sequence[Sequence[str]]) -> int:
    return max(2, *(len(text) for row in rows for text in row))
