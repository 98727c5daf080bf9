"""A tree on a board: its workers, and how long their calls take by the host's clock."""

from __future__ import annotations

import contextlib
import importlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from grader.bench import Bench, RemoteCalls
from grader.kit import Failed, fail
from zth import trees
from zth.host import CallFailed, Died, Limits, Nursery, Session
from zth.host.patience import waited
from zth.language import tr
from zth.records import Component, Lesson, Part, Tree, ZthError

R = TypeVar("R")
LIMITS = Limits(threads=1)


@dataclass(frozen=True)
class Lane:
    """One tree on a board: the tree, what of it is measured, and where its workers come from."""

    tree: Tree
    lesson: Lesson
    component: Component
    nursery: Nursery

    @property
    def parts(self) -> list[Part]:
        return [trees.part(self.tree, component) for component in self.lesson.components]

    @contextmanager
    def worker(self, driver: ModuleType, limit: float) -> Iterator[Worker]:
        """A fresh worker with one thread; it is gone when the context ends.

        So nothing of one tree runs while another's time is taken. A call may take `limit` seconds.
        """
        with self.nursery.session(
            driver=Path(str(driver.__file__)),
            parts=self.parts,
            limits=LIMITS,
            forbidden=self.component.forbidden,
        ) as session:
            yield Worker(session, self.component, limit)

    @contextmanager
    def remote(self) -> Iterator[RemoteCalls]:
        """What milestones get, for their way to train and to measure."""
        driver = importlib.import_module(self.lesson.driver)
        with Bench(self.nursery, driver, self.parts) as bench:
            yield RemoteCalls(bench, self.component, limit=60.0)


class Worker:
    """Calls to a worker of one tree; `seconds` is what those took that count."""

    def __init__(self, session: Session, component: Component, limit: float) -> None:
        self.session, self.component, self.limit = session, component, limit
        self.seconds = 0.0

    def load(self) -> None:
        """Imports the component's file."""
        self.session.load(self.component.id, self.limit)

    def ask(self, function: Callable[..., R], *args: Any, part: str = "") -> R:
        """Calls a function of the driver, with the object of the component `part` (none: a loader).

        Fails where the call used what the lesson forbids, or left a process behind it.
        """
        answer = self.session.call(function, *args, part=part, limit=self.limit)
        if self.session.children():
            self.session.close()
            raise Died(tr("the call left a process running behind it"))
        if used := set(self.session.breaches) & set(self.component.forbidden):
            fail(
                tr(
                    "{component} uses {name}, which its lesson forbids",
                    component=self.component.id,
                    name=min(used),
                )
            )
        return answer

    def timed(self, function: Callable[..., R], *args: Any, part: str = "") -> R:
        """The same, and it counts: by the host's clock, or by the processor's where that is more.

        So two threads that work at once take the time of both. Time for which there was no
        processor to be had does not count, as everywhere (see `zth.host.patience`).
        """
        start, pid = time.perf_counter(), self.session.pid
        used, waiting = _processor(pid), _waited(pid)
        answer = self.ask(function, *args, part=part)
        used, waiting = _processor(pid) - used, _waited(pid) - waiting
        self.seconds += max(time.perf_counter() - start - waiting, used)
        return answer


def _waited(pid: int) -> float:
    return waited(pid) + waited(os.getpid())


def _processor(pid: int) -> float:
    """The seconds that a process has had a processor, all threads together; 0 off Linux."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


@contextmanager
def ours() -> Iterator[None]:
    """What goes wrong in the block is not the entry's fault: it becomes a ZthError."""
    try:
        yield
    except (Failed, CallFailed) as error:
        raise ZthError(tr("the reference could not be measured: {why}", why=error)) from error
