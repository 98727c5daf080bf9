"""What the host itself keeps an eye on while a worker works: its memory and its scratch folder."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from zth.language import tr

EVERY = 0.1  # seconds between two looks
BLOCK = 4096  # bytes that the smallest file or folder takes


@dataclass
class Watch:
    """Caps in bytes, 0 for none: of resident memory, and of what the worker's scratch may hold.

    The kernel limits a worker's address space and the size of each file; this is for what it cannot
    count: the memory of a process with a GPU, whose address space is huge, and many small files.
    """

    pid: int
    memory: int = 0
    scratch: str = ""
    cap: int = 0
    _next: float = 0.0

    @property
    def needed(self) -> bool:
        return bool(self.memory or self.cap)

    def excess(self, *, now: bool = False) -> str:
        """Which cap is exceeded, in words; empty where none is, or it is not yet time to look."""
        if not self.needed or (not now and time.monotonic() < self._next):
            return ""
        self._next = time.monotonic() + EVERY
        if self.memory and (status(self.pid, "VmRSS") or 0) > self.memory:
            return tr("it took more than {most:,} MiB of memory", most=self.memory >> 20)
        if self.cap:
            try:
                if _size(f"/proc/{self.pid}/root{self.scratch}", self.cap) > self.cap:
                    return tr("it wrote more than {most:,} MiB of files", most=self.cap >> 20)
            except OSError as error:
                return tr("what it wrote cannot be looked at: {reason}", reason=error.strerror)
        return ""


def status(pid: int, field: str) -> int | None:
    """A number of bytes from the kernel's record of a process (VmRSS, VmHWM); None off Linux."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) << 10
    return None


def _size(folder: str, enough: int) -> int:
    """Bytes beneath the folder, links not followed; the count stops above `enough`.

    Raises OSError for what is too deep to be counted, or closed to us: it could hold anything.
    """
    total, waiting = 0, [folder]
    while waiting and total <= enough:
        with contextlib.suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                total += max(BLOCK, found.st_blocks * 512)
                if stat.S_ISDIR(found.st_mode):
                    waiting.append(entry.path)
    return total
