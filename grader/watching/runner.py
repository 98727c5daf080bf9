"""Grades what is ordered, with a nursery that stays; the newest order ends the one before it."""

from __future__ import annotations

import contextlib
import importlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from grader import grading, starting
from grader.diagnosis import Diagnoses
from grader.engine import Memory, result
from grader.grading import Run
from grader.kept import SEED, Filed
from grader.kit import Check
from grader.lanes import LANES
from grader.playing import Outcome
from grader.watching.orders import Broken, Ended, Event, Judged, Order
from grader.watching.sources import Sources
from zth import progress
from zth.host import Nursery, Session
from zth.records import Lesson, LessonReport, Result, Tier, Tree, Verdict, ZthError


class Interrupted(BaseException):
    """There is a newer order. Not an Exception, so that nothing on the way catches it."""


class Interruptible(Nursery):
    """A nursery whose sessions another thread can end; while not `wanted()` it gives none."""

    def __init__(self, packages: Sequence[str], tier: Tier, shown: Sequence[Path]) -> None:
        super().__init__(packages, tier, shown)
        self.wanted: Callable[[], bool] = lambda: True
        self._open: list[Session] = []
        self._opening = threading.Lock()

    def session(self, **options: Any) -> Session:
        session = super().session(**options)
        with self._opening:
            self._open = [*(each for each in self._open if each.alive), session]
        if not self.wanted():
            session.close()
            raise Interrupted
        return session

    def interrupt(self) -> None:
        """Ends all sessions, from another thread."""
        for session in self._open:
            session.interrupt()


class Runner(threading.Thread):
    """Grades one lesson of one tree, in a thread of its own; what it finds goes to `post`.

    The nursery is started by this thread: the kernel ends a child with the thread that made it.
    """

    def __init__(
        self, lesson: Lesson, tree: Tree, tier: Tier, post: Callable[[Event], None]
    ) -> None:
        super().__init__(name=f"grading {lesson.id}", daemon=True)
        self.lesson, self.tree, self.tier, self.post = lesson, tree, tier, post
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self.sources = Sources(tree.root, lesson, grading.checks_of(lesson))
        self.memory = Memory()
        self.kept = Filed.of(lesson, SEED)
        self._newest = 0
        self._nursery: Interruptible | None = None

    def order(self, order: Order) -> None:
        """Has this graded, and nothing that was ordered before."""
        self._send(order, order.number)

    def _send(self, order: Order | None, number: int) -> None:
        self._newest = number
        if self._nursery:
            self._nursery.interrupt()
        self._orders.put(order)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._send(None, -1)
        self.join()

    def _is_newest(self, number: int) -> bool:
        return number == self._newest

    def run(self) -> None:
        try:
            order = self._orders.get()
            while order:
                shown = starting.shown(self.lesson, self.tree)
                with Interruptible(self.lesson.packages, self.tier, shown) as self._nursery:
                    order = self._serve(self._nursery, order)
        except BaseException as error:
            self.post(Broken(error))

    def _serve(self, nursery: Interruptible, order: Order | None) -> Order | None:
        """Grades until there are no more orders, or the lesson's folder is another one.

        A nursery in a sandbox sees the folder that was there when it started, not one of the same
        name that took its place. Returns the order that it left.
        """
        place = self._place()
        driver = importlib.import_module(self.lesson.driver)
        with Diagnoses(self.lesson, self.sources.checks, driver, nursery) as diagnoses:
            while order and place == self._place():
                nursery.wanted = partial(self._is_newest, order.number)
                with contextlib.suppress(Interrupted):
                    _Round(self, order, nursery, diagnoses).play()
                order = self._orders.get()
        return order

    def _place(self) -> list[tuple[int, int] | None]:
        """What tells the folders of the lesson from others that take their places."""
        files = [self.tree.root / component.file for component in self.lesson.components]
        return [_identity(folder) for folder in dict.fromkeys(file.parent for file in files)]


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class _Round:
    """The grading of what one order asks for."""

    def __init__(
        self,
        runner: Runner,
        order: Order,
        nursery: Interruptible,
        diagnoses: Diagnoses,
    ) -> None:
        self.runner, self.order, self.nursery = runner, order, nursery
        self.diagnoses, self.memory = diagnoses, runner.memory
        self._asked: set[str] = set()
        self.memory.seen = self._seen
        if order.anew:
            self.memory.cases.clear()

    def play(self) -> None:
        """Judges all checks of the order, and says each result. Raises Interrupted."""
        self._stop_if_stale()
        lesson, tree, order = self.runner.lesson, self.runner.tree, self.order
        sources = progress.fingerprints(tree.root, lesson.components)
        with grading.opened(
            lesson,
            tree,
            self.nursery,
            seed=SEED,
            memory=self.memory,
            known=order.known,
            kept=self.runner.kept,
            lanes=LANES,
        ) as run:
            self._judge_all(run)
            report = run.report(run.settled(order.checks))
        report = replace(report, breaches=tuple(dict.fromkeys((*report.breaches, *order.kept))))
        if self.runner.sources.look() != order.look:
            raise Interrupted  # the word of the change is on its way
        self._stop_if_stale()
        self.runner.post(Ended(order.number, report, sources, self._recorded(report, sources)))

    def _judge_all(self, run: Run) -> None:
        """What was wrong; then what the learner is at, and the rest: of each a glance, then all."""
        for check in self.order.first:
            self._say(run.judge(check))
        for sooner in (True, False):
            group = [
                c for c in self.order.checks if (c.component.id in self.order.sooner) is sooner
            ]
            self._each(run, group, run.glance)
            self._diagnose(run)
            self._each(run, group, run.judge)
            self._diagnose(run)

    def _each(
        self, run: Run, checks: Sequence[Check], look: Callable[[Check], Result | None]
    ) -> None:
        """Looks at each check that is not judged yet, and says what is found."""

        def say(check: Check) -> None:
            if got := look(check):
                self._say(got)

        run.lanes.each([check for check in checks if check.id not in run.done], say)

    def _diagnose(self, run: Run) -> None:
        """Says what the first failure of each component probably is, where nobody has yet."""
        for check in self.order.checks:
            got = run.done.get(check.id)
            if got and got.verdict is Verdict.FAILED and check.component.id not in self._asked:
                self._asked.add(check.component.id)
                self._say(run.diagnosed(check, self.diagnoses.diagnose))

    def _say(self, got: Result) -> None:
        self._stop_if_stale()
        self.runner.post(Judged(self.order.number, got))

    def _seen(self, check: Check, outcome: Outcome) -> None:
        self._stop_if_stale()
        self.runner.post(Judged(self.order.number, result(check, outcome), final=False))

    def _stop_if_stale(self) -> None:
        if not self.nursery.wanted():
            raise Interrupted

    def _recorded(self, report: LessonReport, sources: dict[str, str]) -> str:
        """Adds the report to the learner's progress; says why not, where it cannot."""
        lesson, root = self.runner.lesson, self.runner.tree.root
        try:
            progress.record(root, grading.outline(lesson), report, sources)
        except ZthError as error:
            return str(error)
        return ""
