"""Grades tasks, in whichever process an executor has: here, or on another machine.

A process keeps a nursery for each set of packages, so that what starting costs is paid once.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from pathlib import Path

import msgspec

from grader import grading, starting
from grader.classroom import seeds
from grader.classroom.records import Outcome, Task
from grader.kept import Kept
from grader.starting import versions
from zth import language
from zth.host import Nursery
from zth.host.sandbox import choose
from zth.plugins import Plugins
from zth.records import Lesson, LessonReport, Report, Tier, Tree, Verdict, ZthError

HANDED_IN = "submission"  # the name of a tree of the class
_ONE = threading.Lock()  # hypothesis and a nursery are one thread's at a time
ISOLATING = "isolating"  # the strongest tier that may hold strangers' code


def prepare(lang: str, scratch: str = "") -> None:
    """Makes a process ready for tasks: its language, where it writes, its end with its parent's."""
    language.use(lang)
    starting.settle_hypothesis()
    if scratch:
        tempfile.tempdir = scratch
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it says when it ends
    if parent := parent_process():
        threading.Thread(target=_follow, args=[parent], daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def grade(task: Task) -> Outcome:
    """Grades one lesson of one submission. Whatever goes wrong on our side is the outcome's fault.

    A tree that is broken or hostile costs its own time and no more: it runs in workers only.
    """
    with _ONE:
        return _judged(task)


def _judged(task: Task) -> Outcome:
    start = time.monotonic()
    try:
        tier = tier_of(task.sandbox)
        with unpacked(task.files) as root:
            graded = _graded(task, tier, root)
            spent = round(time.monotonic() - start, 3)
            report = Report(
                tree=HANDED_IN,
                root=str(root),
                digest=task.digest,
                sandbox=tier.name,
                seed=task.seed_id,
                lessons=(graded,),
                versions=_versions(task.lesson),
                seconds=spent,
            )
        return _outcome(task, report, _own_error(graded))
    except Exception as error:  # one task must not end the batch
        fault = str(error) if isinstance(error, ZthError) else repr(error)
        return failed(task, fault, time.monotonic() - start)


def _graded(task: Task, tier: Tier, root: Path) -> LessonReport:
    lesson = _lessons()[task.lesson]
    return grading.grade(
        lesson,
        Tree(HANDED_IN, root),
        nursery(lesson.packages, tier),
        seed=task.seed,
        selection=grading.Selection(milestone=task.milestone),
        kept=_hand(task.lesson, task.hand),
        diagnose=True,
        seconds=task.seconds,
    )


@contextmanager
def unpacked(files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder with these files, as long as the context lasts. Their paths are a snapshot's."""
    with tempfile.TemporaryDirectory(prefix="zth-class-") as folder:
        root = Path(folder).resolve()
        for name, body in files.items():
            file = root / name
            if not file.resolve().is_relative_to(root):
                raise ValueError(f"the path {name!r} leads out of its tree")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        yield root


def failed(task: Task, fault: str, seconds: float = 0.0) -> Outcome:
    """The outcome of a task that could not be graded, for a fault of ours."""
    return Outcome(
        key=task.key,
        lesson=task.lesson,
        digest=task.digest,
        points=0,
        earned=0,
        seconds=round(seconds, 3),
        sandbox=task.sandbox,
        seed_id=task.seed_id,
        grader=seeds.grader(),
        report="",
        fault=fault,
    )


def _outcome(task: Task, report: Report, fault: str) -> Outcome:
    """The outcome, whose report is as a student may see it: without paths of this machine."""
    whole = msgspec.json.encode(report).decode()
    here = msgspec.json.encode(report.root).decode()[1:-1]
    return Outcome(
        key=task.key,
        lesson=task.lesson,
        digest=task.digest,
        points=report.points,
        earned=report.earned,
        seconds=report.seconds,
        sandbox=report.sandbox,
        seed_id=task.seed_id,
        grader=seeds.grader(),
        report=whole.replace(here, HANDED_IN),
        fault=fault,
    )


def _own_error(report: LessonReport) -> str:
    """What the grader itself did wrong, if it did: the grade is then withheld."""
    for result in report.results:
        if result.verdict is Verdict.GRADER_ERROR:
            return f"{result.id}: {result.finding.message if result.finding else ''}"
    return ""


@cache
def _lessons() -> Mapping[str, Lesson]:
    return Plugins.load().lessons()


@cache
def tier_of(name: str) -> Tier:
    """The tier of a task: "isolating" is the strongest here. Raises ZthError where it works not."""
    strangers = name == ISOLATING
    known = Plugins.load().sandboxes().values()
    return choose("auto" if strangers else name, known, strangers=strangers)


@cache
def nursery(packages: tuple[str, ...], tier: Tier) -> Nursery:
    """The nursery of this process for these packages; it ends with the process."""
    made = Nursery(packages, tier)
    Finalize(made, made.close, exitpriority=1)  # a process of a pool runs no atexit
    return made


@lru_cache(maxsize=64)
def _hand(lesson: str, seed: int) -> Kept:  # noqa: ARG001 (part of the key)
    """The cases that this process has drawn for the lesson with this seed."""
    return Kept(seed)


@cache
def _versions(lesson: str) -> Mapping[str, str]:
    return versions(list(_lessons()[lesson].packages))
