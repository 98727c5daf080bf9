"""How long the host waits: in time for which the processes that it waits for had a processor."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

FIRST = 1.0  # seconds after which it is first asked how long they waited for one
SLACK = 3.0  # however busy the machine is, a limit is at most so many times as long


class Patience:
    """A limit in seconds, from now on, for a worker: a busy machine is not its fault.

    Time for which the worker or the host was ready to run, and no processor was free, does not
    count (Linux; elsewhere all does).
    """

    def __init__(self, limit: float, worker: int) -> None:
        self.limit, self._pids = limit, (os.getpid(), worker)
        self._start = time.monotonic()
        self._before: float | None = None

    def left(self) -> float:
        """Seconds until it is time to ask again; 0 or less when the limit is reached."""
        spent = time.monotonic() - self._start
        if self._before is None:
            if spent < FIRST < self.limit:
                return FIRST - spent
            self._before = self._waited()
        waited = max(0.0, self._waited() - self._before)
        return self.limit - max(spent - waited, spent / SLACK)

    def _waited(self) -> float:
        return sum(map(waited, self._pids))


def waited(pid: int) -> float:
    """Seconds for which a process was ready and had no processor: its first thread. 0 off Linux."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0
