"""One failure on a screen: what, with what, expected beside got, a hint, where to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from zth.language import tr
from zth.records import Finding, Result, Verdict, Window
from zth.render import tensors
from zth.render.escape import plain
from zth.render.prose import Prose

MARKS = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "red"),
    Verdict.NOT_IMPLEMENTED: ("·", "yellow"),
    Verdict.CRASHED: ("✗", "red"),
    Verdict.TIMED_OUT: ("✗", "red"),
    Verdict.FLAKY: ("~", "magenta"),
    Verdict.SKIPPED: ("-", "bright_black"),
    Verdict.GRADER_ERROR: ("!", "red"),
}
HEIGHT = 25  # lines: a failure fits a screen
LONGEST = 200  # lines of one section where the height does not matter
Lines = list[list[Segment]]


@dataclass(frozen=True)
class Section:
    """A part of what is told; where room is short, at least `least` of its lines are shown."""

    content: RenderableType
    least: int
    most: int = LONGEST


@dataclass(frozen=True)
class Failure:
    """What rich prints of one failure: `height` lines, 80 columns wide or wider; or all of it.

    `reading` is the command that opens the chapter.
    """

    result: Result
    reading: str
    height: int | None = HEIGHT

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        sections = list(_sections(self.result, self.reading, options.max_width, self.height))
        drawn = [console.render_lines(s.content, options, pad=False) for s in sections]
        if self.height is not None:
            drawn = [
                _cut(x, s.most, console, options) for x, s in zip(drawn, sections, strict=True)
            ]
            _shrink(drawn, sections, self.height, console, options)
        for line in (line for lines in drawn for line in lines):
            yield from line
            yield Segment.line()


def _shrink(
    drawn: list[Lines],
    sections: Sequence[Section],
    height: int,
    console: Console,
    options: ConsoleOptions,
) -> None:
    """Cuts the section that is longest beyond its least, until all fit."""
    while (over := sum(map(len, drawn)) - height) > 0:
        spare = [max(0, len(x) - s.least) for x, s in zip(drawn, sections, strict=True)]
        if not any(spare):
            return
        i = spare.index(max(spare))
        drawn[i] = _cut(drawn[i], max(sections[i].least, len(drawn[i]) - over), console, options)


def _cut(lines: Lines, most: int, console: Console, options: ConsoleOptions) -> Lines:
    """The first lines, and in place of the rest how many there are."""
    if len(lines) <= most or not most:
        return lines[:most]
    n = len(lines) - most + 1
    more = Text("  " + tr("… {n} more lines; --format html shows all", n=n), "dim", no_wrap=True)
    return [*lines[: most - 1], *console.render_lines(more, options, pad=False)]


def _sections(r: Result, reading: str, width: int, height: int | None) -> Iterator[Section]:
    mark, colour = MARKS[r.verdict]
    found = r.finding or Finding("")
    head = Prose.assemble(
        (f"{mark} {tr(r.title)}", f"bold {colour}"), (f"  {r.id}", "bright_black")
    )
    yield Section(head, 2)
    if found.message:
        yield Section(Prose(plain(found.message, 6), "bold"), 2, 4)
    if found.trace:
        frames = [
            Text.assemble((f"  {plain(f.file)}:{f.line}  ", "cyan"), plain(f.source))
            for f in found.trace[-6:]
        ]
        yield Section(Group(*frames), 4)
    if found.snippet:
        from rich.syntax import Syntax  # not above: where all is right, nobody needs pygments

        code = Syntax(
            plain(found.snippet.rstrip(), LONGEST),
            "python",
            theme="ansi_light",
            background_color="default",
            word_wrap=True,
        )
        yield Section(Text(""), 0)
        yield Section(Padding(code, (0, 0, 0, 2)), 4)
        yield Section(Text(""), 0)
    yield from _values(found, width, height)
    if found.output:
        ours = r.verdict is Verdict.GRADER_ERROR
        said = plain(found.output.rstrip(), 20 if ours else 4)
        yield Section(labelled(tr("traceback") if ours else tr("printed"), said), 2)
    if found.diagnosis:
        yield Section(labelled(tr("likely"), likely(found)), 2)
    if r.hint:
        yield Section(labelled(tr("hint"), tr(r.hint)), 2)
    if reading and r.verdict is not Verdict.GRADER_ERROR:
        yield Section(labelled(tr("chapter"), section_of(found, reading)), 1)


def section_of(found: Finding, reading: str) -> str:
    """The command that opens the chapter, where it speaks of what was found."""
    _, mark, section = found.address.partition("#")
    return reading + mark + section if reading else ""


def _values(found: Finding, width: int, height: int | None) -> Iterator[Section]:
    """The tensors: on a screen one, the attention weights where there are any; other values."""
    shown: Sequence[Window] = found.windows
    if height is not None:
        shown = sorted(shown, key=lambda w: not w.weights)[:1]
    if shown and not found.snippet:
        yield Section(Text(""), 0)
    for window in shown:
        lines = tensors.lines(window, width - 2)
        yield Section(Padding(Group(*lines), (0, 0, 0, 2)), len(lines))
        yield Section(Text(""), 0)
    for name, text in ((tr("expected"), found.expected), (tr("got"), found.actual)):
        if text:
            yield Section(labelled(name, plain(text, 8)), 2)


def likely(found: Finding) -> str:
    """What a known mistake is to a reader."""
    mistake = plain(tr(found.diagnosis))
    return tr("These are the answers of a known mistake: {mistake}", mistake=mistake)


def labelled(name: str, text: str) -> RenderableType:
    """A word before a text, in two columns."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=9, style="bright_black", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(name, Prose(text))
    return grid
