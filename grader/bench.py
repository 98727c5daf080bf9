"""The workbench of one tree and lesson: its workers, the calls to them, and the host's patience."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from grader.kit import NotMeasured
from zth.host import Died, Limits, Nursery, Session, TimedOut
from zth.records import Component, Part
from zth.worker import fit

P = ParamSpec("P")
R = TypeVar("R")

# After a first time-out in a lesson the clock is short, and once this much of one call's limit is
# lost the rest is skipped: a tree that hangs everywhere gets its report within 3 × the limit.
SHORT = 1 / 8
PATIENCE = 2.0
FIT = Limits(frame=256 << 20, threads=0)


@dataclass
class Bench:
    """Keeps one worker for the checks, replaces it when it died, gives fresh ones when asked."""

    nursery: Nursery
    driver: ModuleType
    parts: Sequence[Part]
    policy: bool = True
    limits: Limits = field(default_factory=Limits)
    lost: float = 0.0
    breaches: dict[str, set[str]] = field(default_factory=dict)
    _session: Session | None = None

    def fresh(self) -> Session:
        """A new worker, beside the present one."""
        return self.nursery.session(
            driver=Path(str(self.driver.__file__)),
            parts=self.parts,
            limits=self.limits,
            policy=self.policy,
        )

    def session(self) -> Session:
        if self._session is None or not self._session.alive:
            self._session = self.fresh()
        return self._session

    def renew(self) -> None:
        """Ends the present worker; the next call gets a fresh one."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def run(self, limit: float, part: str, call: Callable[[float], R]) -> R:
        """Does `call(limit)`, the limit shortened after a time-out; notes time and breaches."""
        short = self.allowed(limit)
        try:
            return call(short)
        except TimedOut:
            self.lost += short / limit
            raise
        finally:
            if self._session is not None and self._session.breaches:
                self.breaches.setdefault(part, set()).update(self._session.breaches)

    def allowed(self, limit: float) -> float:
        """The limit, or the short one after a time-out."""
        return limit * SHORT if self.lost else limit

    @property
    def patient(self) -> bool:
        return self.lost < PATIENCE

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.renew()


class RemoteCalls:
    """What a check gets as `remote` (see `grader.kit.Remote`), bound to one component."""

    def __init__(self, bench: Bench, component: Component, limit: float, tape: Tape | None = None):
        self.bench, self.component, self.limit = bench, component, limit
        self.tape = tape or Tape()

    def of(self, component: Component) -> RemoteCalls:
        return RemoteCalls(self.bench, component, self.limit, self.tape)

    def load(self) -> None:
        """Imports the component's file in the worker."""
        part = self.component.id
        self.bench.run(self.limit, part, lambda limit: self.bench.session().load(part, limit))

    def __call__(
        self, function: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        assert not kwargs, "a driver takes its arguments by position"
        return self._play(self.bench.session(), function, *args)

    def fit(self) -> Session:
        """A fresh worker with all parts of the lesson, driven by `zth.worker.fit`."""
        return self.bench.nursery.session(
            driver=Path(str(fit.__file__)), parts=self.bench.parts, limits=FIT
        )

    def peaks(self, function: Callable[..., Any], *calls: tuple[Any, ...]) -> list[int]:
        with self.bench.fresh() as session:
            session.load(self.component.id, self.limit)
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
        try:
            value = self.bench.run(
                self.limit,
                part,
                lambda limit: session.call(function, *args, part=part, limit=limit),
            )
        finally:
            self.tape.note(session.answer)
        if session.children():
            session.close()
            raise Died("the call left a process running behind it")
        return value


class Tape:
    """A digest of all answers of one example: tells whether a replay went the same way."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def note(self, answer: bytes) -> None:
        self._hash.update(answer)

    @property
    def digest(self) -> bytes:
        return self._hash.digest()
