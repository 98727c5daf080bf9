"""Keeps a nursery, the process that forks workers, and opens sessions in it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from zth import landlock, wire
from zth.host import sandbox, view
from zth.host.session import Session
from zth.host.stage import Stage, folder
from zth.host.started import GONE, Started
from zth.records import Part, Tier


@dataclass(frozen=True)
class Limits:
    """What one session may use. Bytes and seconds; `threads` 0 leaves the library's default.

    `scratch` are the bytes that it may write, in a folder of its own that `tempfile` finds; 0: it
    writes nowhere. With `gpu` the devices are passed through, where there are some, and `memory`,
    which is else a cap on the address space, is one on what is resident; 0: none.
    """

    memory: int = 8 << 30
    cpu: int = 600
    file_size: int = 16 << 20
    frame: int = wire.FRAME_CAP
    threads: int = 1
    scratch: int = 0
    gpu: bool = False


class Nursery:
    """Has imported `packages` once and forks a confined child per session, for any thread.

    Starting it returns at once; the first session waits until the packages are imported. `shown`
    are what the sessions will bring: drivers, and trees or folders that hold some (see
    `zth.host.view.visible`). A tier that shows its nursery these files and no others gets copies of
    what else a session brings. `alone` expects one session at a time, and nothing beside it.
    """

    def __init__(
        self,
        packages: Sequence[str] = (),
        tier: Tier | str = "auto",
        shown: Iterable[Path] = (),
        *,
        alone: bool = False,
    ) -> None:
        self.packages, self._alone = tuple(packages), alone
        self.tier = sandbox.choose(tier) if isinstance(tier, str) else tier
        entries = view.entries((*view.OURS, *packages))
        self._stage = Stage() if self.tier.wrap else None
        stage = [self._stage.path] if self._stage else []
        self.view = replace(view.of_interpreter(), entries=entries, shown=(*shown, *stage))
        self._starting = threading.Lock()
        self._started = self._start()

    def _start(self) -> Started:
        return Started(self.tier, self.view, self.packages, alone=self._alone)

    @property
    def pid(self) -> int:
        """The process that was started last."""
        return self._started.pid

    def room(self) -> TemporaryDirectory[str]:
        """A new folder for trees that sessions will bring; what lies there is not copied."""
        return folder("zth-room-", within=self._stage.path if self._stage else None)

    def session(
        self,
        *,
        driver: Path,
        parts: Sequence[Part],
        limits: Limits = Limits(),
        forbidden: Sequence[str] = (),
    ) -> Session:
        """A fresh worker with these parts; whole modules that are forbidden are hidden from it,
        other forbidden names are noted when they are used."""
        copies: Path | None = None
        if self._stage and not self._sees(view.visible(driver, parts)):
            copies, driver, parts = self._stage.place(driver, parts)
        order = self._order(driver, parts, limits, forbidden)
        resident = limits.memory if limits.gpu else 0
        started = self._started
        try:
            return started.fork(order, resident, copies)
        except GONE:
            started = self._instead_of(started)
        try:
            return started.fork(order, resident, copies)
        except GONE as error:
            raise started.why_not(error) from error

    def _instead_of(self, gone: Started) -> Started:
        """A process in place of one that a learner's code stopped or ended: one for all threads."""
        with self._starting:
            if self._started is gone:
                gone.kill()
                self._started = self._start()
            return self._started

    def _sees(self, needed: Sequence[Path]) -> bool:
        return all(any(path.is_relative_to(s) for s in self.view.shown) for path in needed)

    def _order(
        self, driver: Path, parts: Sequence[Part], limits: Limits, forbidden: Sequence[str]
    ) -> wire.Fork:
        confine, gpu = self.tier.confine, limits.gpu and bool(view.devices())
        mine = replace(self.view, shown=view.visible(driver, parts))
        return wire.Fork(
            driver=str(driver),
            parts=[wire.Place(p.component, str(p.root), p.file, p.name) for p in parts],
            hidden=[name for name in forbidden if "." not in name],
            guarded=[name for name in forbidden if "." in name],
            memory=0 if limits.gpu else limits.memory,
            cpu=limits.cpu,
            file_size=min(limits.file_size, limits.scratch or limits.file_size),
            frame=limits.frame,
            threads=limits.threads,
            scratch=limits.scratch,
            confine=confine,
            landlock=landlock.abi() if confine else 0,
            grants=view.grants(mine, gpu=gpu) if confine else [],
            gpu=gpu,
        )

    def dismiss(self) -> None:
        """Has the nursery and its workers end, without waiting for that, as `close` does."""
        self._started.dismiss()

    def close(self) -> None:
        """Ends the nursery and every worker of it."""
        self._started.close()
        if self._stage:
            self._stage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
