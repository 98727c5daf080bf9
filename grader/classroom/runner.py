"""Has an executor do tasks: some at a time, each recorded as soon as it is done."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from grader.classroom import seeds, work
from grader.classroom.records import Outcome, Task
from zth import language
from zth.language import tr

AHEAD = 2  # tasks handed out for each process: one that it does, one that waits
LIVES = 2  # processes that may end over one task before it is given up


@dataclass(frozen=True)
class Job:
    """A task that is made when its turn comes, so that files of few trees are in memory at once.

    `submissions` are all those for which it is the same; `name` is that of one who handed it in.
    """

    submissions: tuple[int, ...]
    lesson: str
    name: str
    task: Callable[[], Task]
    gpu: bool = False
    lost: int = 0


@dataclass(frozen=True)
class Crew:
    """Whoever does the tasks: an executor; `size` tells how many processes there are now, `gpu`
    gives another executor for what needs a GPU, where somebody has one now.

    `renewed` gives a new crew where the executor broke; without it, that is the end.
    """

    executor: Executor
    size: Callable[[], int]
    gpu: Callable[[], Executor | None] = lambda: None
    renewed: Callable[[], Crew] | None = None


@dataclass
class Runner:
    """One pass over jobs. `record` is called once for each, in the order in which they end."""

    crew: Crew
    record: Callable[[Job, Outcome], None]
    _running: dict[Future[Outcome], tuple[Job, Task]] = field(default_factory=dict)
    _again: deque[Job] = field(default_factory=deque)

    def run(self, jobs: Iterable[Job]) -> None:
        """Does all jobs. What is interrupted is not recorded, and can be done another time."""
        waiting = iter(jobs)
        try:
            while self._fill(waiting):
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._settle(future)
        finally:
            for future in self._running:
                future.cancel()

    def _fill(self, waiting: Iterator[Job]) -> bool:
        """Hands out as many jobs as there is room for; whether any is running.

        A job over which a process ended runs alone, so that it harms no other a second time.
        """
        while len(self._running) < self.crew.size() * AHEAD:
            if self._again:
                if self._running:
                    break
                self._start(self._again.popleft())
                break
            job = next(waiting, None)
            if job is None:
                break
            self._start(job)
        return bool(self._running)

    def _start(self, job: Job) -> None:
        task = job.task()
        executor = (self.crew.gpu() if job.gpu else None) or self.crew.executor
        try:
            self._running[executor.submit(work.grade, task)] = job, task
        except BrokenExecutor:
            self._broke([job])

    def _settle(self, future: Future[Outcome]) -> None:
        if future not in self._running:
            return  # it broke with another
        job, task = self._running.pop(future)
        try:
            outcome = future.result()
        except BrokenExecutor:
            others = [other for other, _ in self._running.values()]
            self._running.clear()
            self._broke([job, *others])
        except Exception as error:  # of the executor: what a task raises is in its outcome
            self.record(job, work.failed(task, str(error) or type(error).__name__))
        else:
            self.record(job, _of_this_version(task, outcome))

    def _broke(self, jobs: Iterable[Job]) -> None:
        """A process ended, and with it the executor: a new one, and all that it had once more."""
        if self.crew.renewed is None:
            raise
        self.crew = self.crew.renewed()
        for job in jobs:
            again = replace(job, lost=job.lost + 1)
            if again.lost > LIVES:
                why = tr("the process that graded it ended {times} times", times=again.lost)
                self.record(again, work.failed(job.task(), why))
            else:
                self._again.append(again)


def _of_this_version(task: Task, outcome: Outcome) -> Outcome:
    """The outcome, or a fault where another machine has another grader."""
    if outcome.grader == seeds.grader():
        return outcome
    why = tr(
        "it was graded by version {other}, and here is {own}: install the same on all machines",
        other=outcome.grader,
        own=seeds.grader(),
    )
    return work.failed(task, why)


@contextmanager
def here(processes: int) -> Iterator[Crew]:
    """A crew of processes on this machine; nothing of theirs is left behind."""
    others = multiprocessing.active_children()
    with tempfile.TemporaryDirectory(prefix="zth-class-") as scratch, contextlib.ExitStack() as all:

        def pool() -> Crew:
            executor = ProcessPoolExecutor(
                processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=work.prepare,
                initargs=(language.chosen(), scratch),
            )
            all.callback(executor.shutdown, wait=True, cancel_futures=True)
            return Crew(executor, lambda: processes, renewed=pool)

        try:
            yield pool()
        except BaseException:  # nobody waits for what is being done
            for child in multiprocessing.active_children():
                if child not in others:
                    child.kill()
            raise


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
