"""The lesson as lines, one after the other: for pipes, files, and who asks for it."""

from __future__ import annotations

from typing import Self

import click

from grader.watching import words
from grader.watching.scene import Scene
from grader.watching.state import Standing, State
from zth.language import listed, tr
from zth.render.escape import plain, spelled
from zth.render.failure import MARKS
from zth.render.terminal import told
from zth.render.words import said


class Lines:
    """Says what is new in a scene. With `ascii`, marks are spelled with plain signs, too."""

    def __init__(self, *, ascii: bool) -> None:
        self.ascii = ascii
        self._number = 0
        self._running = False
        self._said: set[str] = set()
        self._before: set[str] = set()
        self._notice = ""
        self._hints = 0

    def show(self, scene: Scene) -> None:
        state = scene.state
        if state.order and state.order.number != self._number:
            self._begin(state)
        if self._running:
            for standing in state.standings:
                self._check(standing)
        if self._running and state.order is None:
            self._running = False
            self._end(scene)
        self._keys(scene)

    def _begin(self, state: State) -> None:
        assert state.order is not None
        self._number, self._running, self._said = state.order.number, True, set()
        self._before = {e.id for e in state.settled.entries if e.wrong}
        if state.touched and state.saved:
            files, components = listed(words.names(state)), listed(state.touched)
            self._print(
                tr("{files} saved: judging {components}", files=files, components=components)
            )

    def _check(self, standing: Standing) -> None:
        """A check that went wrong, or no longer does."""
        entry = standing.entry
        if standing.stale or entry.id in self._said or entry.result is None:
            return
        if not entry.wrong and not (entry.passed and entry.id in self._before):
            return
        self._said.add(entry.id)
        found = entry.result.finding
        message = f": {plain(found.message, 1)}" if found else ""
        mark = MARKS[entry.result.verdict][0]
        self._print(f"{mark} {tr(entry.title)}  {entry.id}{message}")

    def _end(self, scene: Scene) -> None:
        """The sum, what to turn to, or that all is done."""
        state, shown = scene.state, scene.state.shown
        self._print(f"{state.lesson.id}: {words.points(state)}, {words.about(state)}")
        for breach in state.settled.breaches:
            self._print(f"{tr('forbidden')}  {said(breach)}")
        if shown and shown.wrong and shown.entry.result:
            self._print("\n" + told(shown.entry.result, state.lesson.reading) + "\n")
        elif shown:
            self._print(words.unwritten(state, shown.entry))
        elif state.done:
            self._print("\n".join(words.done(scene)))

    def _keys(self, scene: Scene) -> None:
        """What a key brought."""
        if scene.notice and scene.notice != self._notice:
            self._print(scene.notice)
        self._notice = scene.notice
        taken = scene.hints(scene.state.shown)
        if taken and (count := sum(map(len, scene.taken.values()))) != self._hints:
            self._hints = count
            self._print("  ".join(taken[-1]))

    def _print(self, text: str) -> None:
        click.echo(spelled(text) if self.ascii else text)

    def enter(self) -> None:
        """Nothing: lines leave the terminal as it is."""

    leave = enter

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass
