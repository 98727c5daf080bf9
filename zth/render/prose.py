"""Prose in lines of a terminal: Chinese may be parted between any two characters, but no line
begins with a mark that closes what is before it, or ends with one that opens what is after it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.cells import cell_len, chop_cells
from rich.console import Console, JustifyMethod, OverflowMethod
from rich.containers import Lines
from rich.text import Text

CLOSING = frozenset("，。；：、！？）》」』】”’…,.;:!?)]}%")
OPENING = frozenset("（《「『【“‘([{")
WIDE = 2  # columns of a Chinese character


class Prose(Text):
    """A text whose lines are filled as Chinese has them; where there is none, as ever."""

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        lines = Lines()
        for line in self.split(allow_blank=True):
            line.expand_tabs(tab_size)
            whole = no_wrap or self.no_wrap or overflow == "ignore"
            for part in line.divide([] if whole else _breaks(line.plain, width)):
                part.rstrip_end(width)
                lines.extend(
                    part.wrap(console, width, justify=justify, overflow=overflow, no_wrap=True)
                )
        return lines


def _breaks(text: str, width: int) -> list[int]:
    """Where a line begins, if each is filled as far as may be."""
    found: list[int] = []
    at = used = 0
    for piece in _pieces(text):
        columns = cell_len(piece.rstrip())
        if used and used + columns > width:
            found.append(at)
            used = 0
        *full, rest = chop_cells(piece, width) if columns > width else [piece]
        for part in full:
            at += len(part)
            found.append(at)
        at += len(rest)
        used += cell_len(rest)
    return found


def _pieces(text: str) -> Iterator[str]:
    """What stays in one line, with the spaces after it; the first one with those before it."""
    indent = len(text) - len(text.lstrip())
    ends = [i for i in range(indent + 1, len(text)) if _may_part(*text[i - 1 : i + 1])]
    for start, end in pairwise([0, *ends, len(text)]):
        yield text[start:end]


def _may_part(above: str, below: str) -> bool:
    """Whether a line may end with one character, and the next begin with the other."""
    if above.isspace() or below.isspace():
        return not below.isspace()
    chinese = WIDE in (cell_len(above), cell_len(below))
    return chinese and above not in OPENING and below not in CLOSING
