"""Text that came from a worker, made safe to show: no control characters, no reordering."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
_LINE_ENDS = "Zl", "Zp"  # what some readers take for the end of a line
WIDTH = 300  # characters of one line


def plain(text: str, lines: int = 40) -> str:
    """The text with control, bidi and surrogate characters escaped, cut to `lines` lines."""
    rows = text.split("\n")
    more = len(rows) - lines
    shown = [_row(row) for row in rows[:lines]]
    return "\n".join([*shown, f"… {more} more lines"] if more > 0 else shown)


def _row(row: str) -> str:
    more = len(row) - WIDTH
    safe = "".join(_shown(c) for c in row[:WIDTH])
    return f"{safe} … {more:,} more characters" if more > 0 else safe


def _shown(c: str) -> str:
    category = unicodedata.category(c)
    hidden = category[0] == "C" or category in _LINE_ENDS
    return _escape(c) if hidden and c not in _KEPT else c


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
