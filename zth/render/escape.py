"""Text that came from a worker, made safe to show: no control characters, no reordering."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"


def plain(text: str, lines: int = 40) -> str:
    """The text with control, bidi and surrogate characters escaped, cut to `lines` lines."""
    safe = "".join(
        c if c in _KEPT or unicodedata.category(c)[0] != "C" else _escape(c) for c in text
    )
    rows = safe.split("\n")
    if len(rows) > lines:
        rows = [*rows[:lines], f"… {len(rows) - lines} more lines"]
    return "\n".join(rows)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
