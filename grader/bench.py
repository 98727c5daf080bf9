"""The workbench of one tree and lesson: its workers, the calls to them, and the host's patience."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from grader.kit import NotMeasured
from zth import trees
from zth.host import Died, Limits, Nursery, Session, TimedOut
from zth.records import Component, Part

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

# After a first time-out in a lesson the clock is short, and once this much of one call's limit is
# lost the rest is skipped: a tree that hangs everywhere gets its report within 3 × the limit.
SHORT = 1 / 8
PATIENCE = 2.0
SHRINKING = 2.0
FRAME = 8 << 20  # bytes of a check's question or answer; read, lists take fifty times as much
FIT = Limits(frame=256 << 20, threads=0, cpu=7200)


@dataclass
class Bench:
    """Keeps a worker for the components that forbid the same; replaces it when it died.

    `shrinking` is how many seconds the search for a smaller counterexample may take; `until`, on
    the monotonic clock, is when the time for all of it is up; `passed` holds the ids of the checks
    that the tree has passed so far.
    """

    nursery: Nursery
    driver: ModuleType
    parts: Sequence[Part]
    policy: bool = True
    limits: Limits = field(default_factory=Limits)
    shrinking: float = SHRINKING
    until: float = math.inf
    lost: float = 0.0
    breaches: dict[str, set[str]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    _sessions: dict[tuple[str, ...], Session] = field(default_factory=dict)
    _open: list[Session] = field(default_factory=list)

    def beside(self) -> Bench:
        """Another one for the same tree, with workers of its own; what is noted is shared."""
        return replace(self, _sessions={}, _open=[])

    def forbidden(self, component: Component) -> tuple[str, ...]:
        """What the component must not use, unless the policy is lifted."""
        return component.forbidden if self.policy else ()

    def fresh(self, component: Component) -> Session:
        """A new worker, beside those that there are."""
        return self.opened(self.driver, self.limits, self.forbidden(component))

    def opened(self, driver: ModuleType, limits: Limits, forbidden: Sequence[str] = ()) -> Session:
        """A worker that has no more time than there is."""
        file = Path(str(driver.__file__))
        session = self.nursery.session(
            driver=file, parts=self.parts, limits=limits, forbidden=forbidden
        )
        session.until = self.until
        self._open = [*(s for s in self._open if s.alive), session]
        return session

    def session(self, component: Component) -> Session:
        """The worker for this component's calls."""
        kept = self._sessions.get(self.forbidden(component))
        if kept is None or not kept.alive:
            kept = self._sessions[self.forbidden(component)] = self.fresh(component)
        return kept

    def renew(self) -> None:
        """Ends the present workers; the next call gets a fresh one."""
        while self._sessions:
            self._sessions.popitem()[1].close()

    def end(self) -> None:
        """Ends all workers, from another thread, and lets no new one have time for a call."""
        self.until = 0.0
        for session in self._open:
            session.interrupt()

    def note(self, session: Session, component: Component) -> None:
        """Keeps what the last call used of that which the component must not use."""
        if used := set(session.breaches) & set(self.forbidden(component)):
            self.breaches.setdefault(component.id, set()).update(used)

    def allowed(self, limit: float) -> float:
        """The limit, or the short one after a time-out."""
        return limit * SHORT if self.lost else limit

    @property
    def patient(self) -> bool:
        return self.lost < PATIENCE and not self.late

    @property
    def late(self) -> bool:
        """Whether the time for all of it is up."""
        return time.monotonic() >= self.until

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.renew()


class RemoteCalls:
    """What a check gets as `remote` (see `grader.kit.Remote`), bound to one component.

    `hurry`: once another call has timed out, this one has less time too; and its own time-out is
    held against the others. Not for a milestone, which may need its time, and waits for checks that
    pass.
    """

    def __init__(
        self,
        bench: Bench,
        component: Component,
        limit: float,
        *,
        hurry: bool = True,
    ):
        self.bench, self.component, self.limit, self.hurry = bench, component, limit, hurry

    def of(self, component: Component) -> RemoteCalls:
        return RemoteCalls(self.bench, component, self.limit, hurry=self.hurry)

    def load(self) -> None:
        """Imports the component's file in the worker."""
        self._load(self.bench.session(self.component))

    def __call__(
        self, function: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        assert not kwargs, "a driver takes its arguments by position"
        return self._play(self.bench.session(self.component), function, *args)

    def fit(self, *, gpu: bool = False) -> Session:
        """A fresh worker with all parts of the lesson, driven by `zth.worker.fit`."""
        from zth.worker import fit  # not above: it brings NumPy, which a page has not

        return self.bench.opened(fit, replace(FIT, memory=0, gpu=True) if gpu else FIT)

    def whole(self, driver: ModuleType) -> Session:
        return self.bench.opened(driver, FIT)

    def size(self) -> int:
        folders = {(part.root / part.file).parent for part in self.bench.parts}
        return sum(trees.size(folder) for folder in folders)

    def peaks(self, function: Callable[..., Any], *calls: tuple[Any, ...]) -> list[int]:
        with self.bench.fresh(self.component) as session:
            self._load(session)
            return [self._peak(session, function, args) for args in calls]

    def _peak(self, session: Session, function: Callable[..., Any], args: tuple[Any, ...]) -> int:
        before = session.reset_peak()
        self._play(session, function, *args)
        after = session.peak_memory()
        if before is None or after is None:
            raise NotMeasured("only Linux tells the peak memory of another process")
        return max(0, after - before)

    def _play(self, session: Session, function: Callable[..., R], *args: Any) -> R:
        part = self.component.id
        value = self._timed(
            session, lambda limit: session.call(function, *args, part=part, limit=limit)
        )
        if session.children():
            session.close()
            raise Died("the call left a process running behind it")
        return value

    def _load(self, session: Session) -> None:
        self._timed(session, lambda limit: session.load(self.component.id, limit))

    def _timed(self, session: Session, call: Callable[[float], T]) -> T:
        """Does `call(limit)`, the limit shortened where that is due; notes time and breaches."""
        limit = self.bench.allowed(self.limit) if self.hurry else self.limit
        try:
            return call(limit)
        except TimedOut:
            if self.hurry:
                self.bench.lost += limit / self.limit
            raise
        finally:
            self.bench.note(session, self.component)
