"""A session without a worker: calls are made in this interpreter, through the same frames."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

from grader.page.apart import Printed, Room
from zth import wire
from zth.host import Limits, Nursery, Session
from zth.records import Part
from zth.worker import child, loader


class Server(child.Server):
    """The driver and the learner's parts, in a room of their own."""

    def __init__(self, driver: Path, parts: Sequence[Part], forbidden: Sequence[str]) -> None:
        self.forbidden = frozenset(name for name in forbidden if "." not in name)
        self.guarded, self.memory = [], 0
        self.hidden = loader.Hidden(loader.HIDDEN | self.forbidden)
        self.room = Room(self.hidden)
        self.driver = child._load(driver)  # before zth is out of sight, as in a worker
        with self.room.entered(Printed()):
            self.load = loader.Loader([(p.component, str(p.root), p.file, p.name) for p in parts])

    def framed(self, request: bytearray, cap: int, printed: Printed) -> bytearray:
        """The frame that answers a frame."""
        call = wire.decode(memoryview(request)[4:], wire.Call)
        with self.room.entered(printed):
            answer = self.answer(call)
        return self._framed(answer, cap)


class InPage(Session):
    """What `zth.host.Session` is, for code that runs here and cannot be interrupted."""

    def __init__(self, server: Server, cap: int) -> None:
        self.pid, self.alive = os.getpid(), True
        self.breaches: list[str] = []
        self.until = math.inf
        self._server, self._cap = server, cap
        self._printed, self._dropped = bytearray(), 0

    def _exchange(self, data: bytearray, limit: float) -> memoryview:  # noqa: ARG002 (nobody can keep it)
        printed = Printed()
        answer = self._server.framed(data, self._cap, printed)
        self._printed, self._dropped = printed.kept, printed.dropped
        return memoryview(answer)[4:]

    def children(self) -> list[int]:
        return []

    def peak_memory(self) -> int | None:
        return None

    def reset_peak(self) -> int | None:
        return None

    def interrupt(self) -> None:
        """Nothing: whoever shows the page ends the whole interpreter."""

    def close(self) -> wire.Gone | None:
        self.alive = False
        return None


_LIMITS = Limits()


class Nobody(Nursery):
    """A nursery that starts no process."""

    def __init__(self) -> None:
        """There is nothing to start."""

    def session(
        self,
        *,
        driver: Path,
        parts: Sequence[Part],
        limits: Limits = _LIMITS,
        forbidden: Sequence[str] = (),
    ) -> Session:
        return InPage(Server(driver, parts, forbidden), limits.frame)

    def close(self) -> None:
        """There is nothing to end."""
