"""Prose in lines of a terminal: none begins with a mark that closes what is before it."""

from __future__ import annotations

from rich.console import Console, JustifyMethod, OverflowMethod
from rich.containers import Lines
from rich.text import Text

CLOSING = tuple("，。；：、！？）》”’")


class Prose(Text):
    """A text whose lines are parted as Chinese has them; others are parted as ever."""

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: JustifyMethod | None = None,  # noqa: ARG002  prose stands at the left
        overflow: OverflowMethod | None = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        folded = super().wrap(console, width, overflow=overflow, tab_size=tab_size, no_wrap=no_wrap)
        lines = list(folded)
        i = 1
        while i < len(lines):
            while lines[i].plain.startswith(CLOSING) and self._parted(*lines[i - 1 : i + 1]):
                lines[i - 1], last = lines[i - 1].divide([-1])
                lines[i] = last + lines[i]
            lines[i].rstrip()
            while lines[i].cell_len > width:
                lines[i], last = lines[i].divide([-1])
                if i + 1 < len(lines) and self._parted(lines[i] + last, lines[i + 1]):
                    lines[i + 1] = last + lines[i + 1]
                else:
                    lines.insert(i + 1, last)
            i += 1
        return Lines(lines)

    def _parted(self, above: Text, below: Text) -> bool:
        """Whether two lines were parted within a word, and not where a space or a new line is."""
        spaced = above.plain[-1:].isspace()
        return len(above) > 1 and not spaced and above.plain + below.plain in self.plain
