"""The loop of `zth watch`: what happens, what that changes, what is shown."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from grader import learner
from grader.grading import checks_of
from grader.watching.files import Files
from grader.watching.inbox import SUSPEND, Inbox
from grader.watching.lines import Lines
from grader.watching.orders import Broken, Ended, Event, Judged, Key, Order, Saved
from grader.watching.runner import Runner
from grader.watching.scene import Display, Scene
from grader.watching.sources import Look, Sources
from grader.watching.state import State
from zth import progress
from zth.cli.status import places_of
from zth.language import tr
from zth.plugins import Plugins
from zth.records import Finding, Lesson, Result, Tier, Tree, Verdict, ZthError
from zth.render.escape import plain
from zth.render.failure import section_of

DRAWN = 0.1  # seconds between two drawings where nothing but a count has changed


class Quit(Exception):
    """The learner wants to end."""


class Watch:
    """Watches lessons of a workspace, one after the other."""

    def __init__(self, workspace: Path, tier: Tier, inbox: Inbox, display: Display) -> None:
        self.workspace, self.tier, self.inbox, self.display = workspace, tier, inbox, display
        self._numbers = itertools.count(1)

    def run(self, lesson: Lesson) -> None:
        """Watches this lesson, then those that follow, until the learner ends it: then Quit."""
        following: Lesson | None = lesson
        while following:
            with ExitStack() as stack:
                try:
                    following = Watched(self, following, self._numbers, stack).run()
                except BaseException:
                    self.display.leave()  # at once; the threads may take a moment to end
                    raise


class Watched:
    """One lesson that is watched; `stack` ends the threads that help."""

    def __init__(
        self, watch: Watch, lesson: Lesson, numbers: Iterator[int], stack: ExitStack
    ) -> None:
        self.watch, self.stack, self.inbox = watch, stack, watch.inbox
        tree, checks = Tree("student", watch.workspace), checks_of(lesson)
        self.sources = Sources(watch.workspace, lesson, checks)
        if not self.sources.folder.is_dir():
            raise ZthError(
                tr("there is no folder {folder}; zth init adds it", folder=self.sources.folder)
            )
        reached = _reached(watch.workspace, lesson)
        state = State(lesson, checks, self.sources, reached, numbers)
        self.scene = Scene(state, has_keys=watch.inbox.has_keys)
        self.runner = stack.enter_context(Runner(lesson, tree, watch.tier, watch.inbox.put))
        self._watch(self.sources.folder)
        self._ahead: Sources | None = None
        self._ahead_look: Look = {}
        self._drawn = 0.0

    def _watch(self, folder: Path) -> None:
        self.stack.enter_context(Files(folder, lambda: self.inbox.put(Saved())))

    def run(self) -> Lesson | None:
        """Serves the learner until the next lesson is due. Raises Quit."""
        self._grade(self.scene.state.all_again())
        self.watch.display.show(self.scene)
        while True:
            events = self.inbox.wait()
            news = []
            for event in events:
                if self._take(event):
                    news.append(event)
                if self._moves_on(event):
                    return self.scene.following
            if news or not events:  # not even one: the window may have another size
                self._draw(news)

    def _draw(self, news: list[Event]) -> None:
        """Shows the scene, unless only a number in it has changed, and that was just shown."""
        counted = news and all(
            isinstance(e, Judged) and e.result.verdict is Verdict.PASSED for e in news
        )
        if not counted or time.monotonic() > self._drawn + DRAWN:
            self.watch.display.show(self.scene)
            self._drawn = time.monotonic()

    def _take(self, event: Event) -> bool:
        """Does what is to be done; whether anything has changed by it."""
        match event:
            case Broken():
                raise event.error
            case Saved():
                order = self.scene.state.changed()
                self._grade(order)
                return order is not None
            case Judged() | Ended():
                counts = self.scene.state.take(event)
                if counts and isinstance(event, Ended):
                    self._ended(event)
                return counts
            case Key():
                self._press(event.name)
        return True

    def _grade(self, order: Order | None) -> None:
        if order:
            self.scene.notice = ""
            self.runner.order(order)

    def _ended(self, event: Ended) -> None:
        scene, stones = self.scene, [r for r in event.report.results if r.milestone]
        if event.warning:
            scene.notice = tr("this grading is not recorded: {reason}", reason=event.warning)
        elif stones:
            scene.notice = _of_milestone(stones[0])
            scene.state.turned = stones[0].id if stones[0].verdict not in progress.QUIET else ""
        scene.following = self._find_following() if scene.state.done else None
        if scene.following and self._ahead is None:
            folder = self.watch.workspace / scene.following.folder
            if folder.is_dir():
                self._ahead = Sources(self.watch.workspace, scene.following, ())
                self._ahead_look = self._ahead.look()
                self._watch(folder)

    def _find_following(self) -> Lesson | None:
        """The next lesson of the learner's path that is not complete; else one left behind."""
        places = places_of(self.watch.workspace, Plugins.load())
        ids = [place.lesson.id for place in places]
        here = ids.index(self.scene.state.lesson.id)
        return next(
            (p.lesson for p in [*places[here + 1 :], *places[:here]] if not p.complete), None
        )

    def _moves_on(self, event: Event) -> bool:
        """Whether the lesson that follows is due: by a key, or because a file of it was saved."""
        if not self.scene.state.done or not self.scene.following:
            return False
        if event == Key("enter"):
            return True
        return self._ahead is not None and self._ahead.look() != self._ahead_look

    # --- keys -------------------------------------------------------------------------------------

    def _press(self, key: str) -> None:
        self.scene.notice = ""
        match key:
            case "q":
                raise Quit
            case "h":
                self._hint()
            case "n":
                if not self.scene.state.turn():
                    self.scene.notice = tr("nothing went wrong")
            case "c":
                self.scene.notice = self._chapter()
            case "m":
                self._milestone()
            case "a":
                self._grade(self.scene.state.all_again())
            case _ if key == SUSPEND:
                self.watch.display.leave()
                self.inbox.suspend()
                self.watch.display.enter()

    def _hint(self) -> None:
        state, shown = self.scene.state, self.scene.state.shown
        if shown is None:
            self.scene.notice = tr("there is nothing to hint at")
            return
        check = state.check(shown.entry.id)
        steps = learner.take(self.watch.workspace, state.lesson.id, check, int(shown.wrong))
        self.scene.taken[check.id] = steps
        if not steps:
            self.scene.notice = tr(
                "there is no hint for this one; zth explain {check}", check=check.id
            )
        elif len(steps) == len(learner.hints_of(check)):
            self.scene.notice = tr(
                "that was the last hint; why it must hold, and where to read: zth explain {check}",
                check=check.id,
            )

    def _chapter(self) -> str:
        """Where to read: the section that speaks of what is shown, or the chapter."""
        state, shown = self.scene.state, self.scene.state.shown
        found = shown.entry.result.finding if shown and shown.entry.result else None
        command = section_of(found or Finding(""), state.lesson.reading)
        return tr("the chapter: {command}", command=command)

    def _milestone(self) -> None:
        order = self.scene.state.milestone()
        if order:
            self._grade(order)
            name = tr(order.checks[0].title)
            self.scene.notice = tr("milestone: {name} …", name=name)
        elif self.scene.state.order:
            self.scene.notice = tr("a milestone has to wait for the checks; press m after them")
        else:
            self.scene.notice = tr("this lesson has no milestone")


def _reached(workspace: Path, lesson: Lesson) -> progress.Progress | None:
    """What was known of the lesson; a damaged record is written anew by the first grading."""
    try:
        return progress.read(workspace, lesson.id)
    except ZthError:
        return None


def _of_milestone(result: Result) -> str:
    """What became of a milestone, in a line."""
    name = tr(result.title)
    if result.verdict is Verdict.PASSED:
        return tr("★ milestone reached: {name}", name=name)
    why = plain(result.finding.message, 1) if result.finding else tr(result.verdict.value)
    return tr("milestone not reached: {name}: {why}", name=name, why=why)


def display_for(*, lines: bool, inbox: Inbox) -> Display:
    """A screen on a terminal that can have one, lines elsewhere."""
    if not lines and inbox.has_keys:
        from rich.console import Console

        from grader.watching.screen import Screen

        console = Console()
        if console.is_terminal and not console.is_dumb_terminal:
            return Screen()
    return Lines(ascii=lines)
