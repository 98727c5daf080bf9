"""The lesson on a terminal: drawn in place, once for each change, on the alternate screen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.live import Live
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from grader.watching import words
from grader.watching.scene import Scene
from grader.watching.state import Standing
from zth.language import tr
from zth.render.failure import Failure
from zth.render.prose import Prose
from zth.render.words import said

STALE = Style(dim=True)
LEAST = 6  # lines for what is shown in full, however many hints are beneath


class Screen:
    """Shows a scene on a terminal of any size."""

    def __init__(self) -> None:
        # The size is the terminal's own: what COLUMNS and LINES say does not follow it.
        given = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self.console = Console(highlight=False, _environ=given)
        self._live = self._fresh()
        self._last: Scene | None = None

    def _fresh(self) -> Live:
        return Live(
            console=self.console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def show(self, scene: Scene) -> None:
        self._last = scene
        self._live.update(Page(scene), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves one line behind: how far the learner is."""
        self._live.stop()
        if self._last:
            state = self._last.state
            self.console.print(Text(f"{state.lesson.id}: {words.points(state)}"))

    def leave(self) -> None:
        """Goes back to what was on the terminal before; `enter` comes back."""
        self._live.stop()

    def enter(self) -> None:
        self._live = self._fresh()
        self._live.start()


@dataclass(frozen=True)
class Page:
    """One screen full: head, what is shown, and at the bottom what is going on and the keys."""

    scene: Scene

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        height = options.height or console.height
        inner = options.update(height=None)

        def lines(part: RenderableType) -> list[list[Segment]]:
            return console.render_lines(part, inner)

        head, foot = lines(Group(*_head(self.scene))), lines(Group(*_foot(self.scene)))
        room = max(0, height - len(head) - len(foot) - 2)
        body = self._body(console, inner, room)[:room]
        blank = console.render_lines(Text(""), inner)
        page = [*head, *blank, *body, *blank * (room - len(body)), *blank, *foot][-height:]
        for number, line in enumerate(page, start=1):
            yield from line
            if number < len(page):
                yield Segment.line()

    def _body(self, console: Console, options: ConsoleOptions, room: int) -> list[list[Segment]]:
        beneath = console.render_lines(Group(*_beneath(self.scene)), options)
        rest = max(min(LEAST, room), room - len(beneath))
        main = console.render_lines(_main(self.scene, rest), options)[:rest]
        shown = self.scene.state.shown
        if shown and shown.stale:
            main = [list(Segment.apply_style(line, post_style=STALE)) for line in main]
        return [*main, *beneath]


@dataclass(frozen=True)
class Flow:
    """Pieces side by side, on as many lines as it takes to leave each in one piece."""

    pieces: tuple[Text, ...]
    between: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        line = Text()
        for piece in self.pieces:
            longer = Text(self.between).join([line, piece]) if line else piece
            if line and longer.cell_len > options.max_width:
                yield line
                longer = piece
            line = longer
        yield line


def _head(scene: Scene) -> Iterator[RenderableType]:
    state = scene.state
    title = Table.grid(expand=True)
    title.add_column(overflow="ellipsis", no_wrap=True)
    title.add_column(justify="right", no_wrap=True)
    name = Text.assemble((state.lesson.id, "bold"), f"  {tr(state.lesson.title)}")
    title.add_row(name, Text(words.points(state), "green" if state.done else ""))
    yield title
    yield Flow(tuple(_components(scene)), "   ")


def _components(scene: Scene) -> Iterator[Text]:
    certain = scene.state.certain
    judged = {s.entry.component for s in scene.state.standings if s.stale or not s.final}
    for component in scene.state.lesson.components:
        part = certain.of(component.id)
        wrong = any(e.wrong and not e.advisory for e in part.entries)
        if component.id in judged:
            mark, style = "…", "dim"
        elif part.complete:
            mark, style = "✓", "green"
        else:
            mark, style = ("✗", "red") if wrong or part.breaches else ("·", "")
        yield Text(f"{mark} {component.id} {part.earned}/{part.points}", style)


def _main(scene: Scene, room: int) -> RenderableType:
    state, shown = scene.state, scene.state.shown
    if shown is None:
        return Group(*_nothing_wrong(scene))
    if shown.wrong:
        assert shown.entry.result is not None
        return Failure(shown.entry.result, state.lesson.reading, max(room, LEAST))
    title = Text.assemble(
        (f"· {tr(shown.entry.title)}", "bold"), (f"  {shown.entry.id}", "bright_black")
    )
    return Group(title, Prose(words.unwritten(state, shown.entry)))


def _nothing_wrong(scene: Scene) -> Iterator[RenderableType]:
    if scene.state.done:
        first, *rest = words.done(scene)
        yield Prose(f"✓ {first}", "bold green")
        yield Text("")
        yield from map(Prose, rest)


def _beneath(scene: Scene) -> Iterator[RenderableType]:
    """What is forbidden and used, and the hints that were taken."""
    state, shown = scene.state, scene.state.shown
    for breach in state.settled.breaches if not state.order else ():
        yield Prose.assemble((f"{tr('forbidden')}  ", "red"), said(breach))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bright_black", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in scene.hints(shown):
        grid.add_row(label, Prose(text))
    if grid.row_count:
        yield grid


def _foot(scene: Scene) -> Iterator[RenderableType]:
    if scene.notice:
        yield Prose(scene.notice, "bold")
    yield Prose(_going_on(scene.state.shown, scene), "dim")
    yield Flow(
        tuple(Text.assemble((key, "bold"), f" {what}") for key, what in words.keys(scene)), "  "
    )


def _going_on(shown: Standing | None, scene: Scene) -> str:
    line = words.about(scene.state)
    if shown and shown.wrong and not shown.final:
        return line + "  " + tr("looking for a smaller case")
    return line
