"""Grades what comes by the web: uploads in their order, then what is to be graded again.

It alone looks into uploads. It may die at any time: whoever takes its name after it, or anybody
once the lease has run out, does what it left.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path

import click

from grader.classroom import runner
from grader.classroom.gradescope import Submitter
from grader.classroom.means import check_sandbox, intake_of, lessons_of
from grader.classroom.planning import Planner, Taken
from grader.classroom.records import Outcome, Regrade, Stage, Upload
from grader.classroom.runner import Crew, Job, Runner
from grader.classroom.settings import Classroom
from grader.classroom.snapshots import Snapshot
from grader.classroom.store import Store
from grader.classroom.store.grading import GRADED
from grader.classroom.submissions import Found
from grader.classroom.web import slots
from zth import language
from zth.language import tr
from zth.records import Lesson, ZthError

IDLE = 1.0  # seconds until a worker without work looks again
TROUBLED = 10.0  # seconds until it tries again what it could not do, as without its store
HOLDING = 60.0  # seconds between two words that it lives


@dataclass(frozen=True)
class Worker:
    """What one worker needs; `say` is told, a line at a time, what an instructor ought to know."""

    classroom: Classroom
    store: Store
    lessons: Sequence[Lesson]
    name: str
    crew: Crew
    say: Callable[[str], None]

    def step(self) -> bool:
        """Does what is next. False where there is nothing."""
        if upload := self.store.claim(self.name):
            with _held(lambda: self.store.hold(upload.id, self.name)):
                self._grade(upload)
            return True
        if order := self.store.next_order(self.name):
            with _held(lambda: self.store.hold_order(order.id, self.name)):
                self.store.close_order(order.id, self._again(order))
            return True
        return False

    def _grade(self, upload: Upload) -> None:
        """Takes an upload, and has all its lessons graded that have no grade yet."""
        intake = intake_of(self.classroom, self.lessons, self.say)
        file = self.classroom.uploads / upload.file
        submitter = Submitter(upload.student, "", "")
        found = Found(file, upload.file, submitter, upload.received)
        submission, snapshot = intake.take(found)
        submission = self.store.add(submission)
        if snapshot is None:
            self.store.settle(upload.id, Stage.REFUSED, submission.id, submission.problem)
            return
        planner = Planner(self.classroom, self.store, self.lessons)
        self._do(planner.plan([Taken(submission, snapshot)]).jobs, GRADED)
        self.store.settle(upload.id, Stage.DONE, submission.id)

    def _again(self, order: Regrade) -> str:
        """Grades a lesson again; says why it cannot."""
        submission = self.store.submission(order.submission)
        lessons = [lesson for lesson in self.lessons if lesson.id == order.lesson]
        if submission is None or not lessons:
            return tr("the class has no lesson {name} any more", name=order.lesson)
        snapshot = Snapshot(submission.digest, self.classroom.snapshots / submission.digest)
        planner = Planner(self.classroom, self.store, lessons, reason=order.reason)
        try:
            plan = planner.plan([Taken(submission, snapshot)])
        except ZthError as error:  # the snapshot is gone, say
            return str(error)
        new = [job for job in plan.jobs if not self._noted(job, order)]
        self._do(new, order.reason)
        return ""

    def _noted(self, job: Job, order: Regrade) -> bool:
        """Notes what another submission with the same files got in the same round, if one did."""
        outcome = self.store.regraded(job.task().key, order.reason, order.at)
        if outcome:
            self.store.record(order.submission, outcome, order.reason)
        return outcome is not None

    def _do(self, jobs: Sequence[Job], reason: str) -> None:
        def record(job: Job, outcome: Outcome) -> None:
            for submission in job.submissions:
                self.store.record(submission, outcome, reason)
            if outcome.fault:
                self.say(
                    tr(
                        "not graded: {fault}",
                        fault=f"{job.name} {job.lesson}: {outcome.fault}",
                    )
                )

        Runner(self.crew, record).run(jobs)


@contextmanager
def _held(hold: Callable[[], bool]) -> Iterator[None]:
    """Says every now and then that the worker lives, as long as the context lasts."""
    done = threading.Event()

    def holding() -> None:
        while not done.wait(HOLDING) and _kept(hold):
            pass

    thread = threading.Thread(target=holding, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _kept(hold: Callable[[], bool]) -> bool:
    try:
        return hold()
    except ZthError:  # its store is away for a moment
        return True


def work(classroom: Classroom, *, once: bool = False) -> None:
    """Grades what comes, until it is told to end; with `once`, until there is nothing left."""
    language.use(classroom.settings.language)  # reports are in the class's
    lessons = lessons_of(classroom)
    check_sandbox(classroom)
    intake_of(classroom, lessons, _say)  # whether the roster is one
    with Store.open(classroom.store) as store, slots.taken(classroom.uploads) as name:
        store.release(name, died=True)
        try:
            with runner.here(1) as crew:
                _loop(Worker(classroom, store, lessons, name, crew, _say), once=once)
        finally:
            store.release(name, died=False)


def _loop(worker: Worker, *, once: bool) -> None:
    while True:
        try:
            if not worker.step():
                if once:
                    return
                time.sleep(IDLE)
        except (ZthError, OSError) as error:  # no store, no roster, no room on the disk: it passes
            if once:
                raise
            worker.say(str(error))
            time.sleep(TROUBLED)
            _release(worker)


def _release(worker: Worker) -> None:
    """What it could not do waits again."""
    try:
        worker.store.release(worker.name, died=False)
    except ZthError as error:
        worker.say(str(error))


def _say(text: str) -> None:
    click.echo(tr("worker: {text}", text=text), err=True)


# --- as a process ---------------------------------------------------------------------------------


def run(folder: Path) -> None:
    """What a process that `serve` starts does: it ends when it is told to, or when `serve` does."""
    if parent := parent_process():
        threading.Thread(target=_follow, args=[parent], daemon=True).start()
    end_when_told()
    try:
        work(Classroom.open(folder))
    except ZthError as error:
        _say(str(error))
        os._exit(1)
    except KeyboardInterrupt:
        pass


def end_when_told() -> None:
    """Has SIGTERM end what is being done as Ctrl-C does: in order."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
