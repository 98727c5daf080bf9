"""What the worker's side asks of the kernel: limits, death signals, the reaping of orphans."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path

OPEN = 512  # files at a time
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when its parent ends (Linux; elsewhere nothing).

    `parent` is who that should be, in case it has ended already; 0: nobody knows.
    """
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if parent and os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Makes this process the reaper of all its descendants (Linux; elsewhere nothing)."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def descriptor(pid: int) -> int | None:
    """A descriptor of the process, which no other can take the place of; None off Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.pidfd_open(pid)
    return None


def limit(memory: int, cpu: int, file_size: int) -> None:
    """Caps the address space (bytes; 0: none), CPU seconds, file size and how many may be open at a
    time; no core dumps.
    """
    caps = {resource.RLIMIT_FSIZE: file_size, resource.RLIMIT_NOFILE: OPEN, resource.RLIMIT_CORE: 0}
    if memory and sys.platform == "linux":
        caps[resource.RLIMIT_AS] = memory
    for kind, cap in caps.items():
        _, hard = resource.getrlimit(kind)
        cap = cap if hard == resource.RLIM_INFINITY else min(cap, hard)
        resource.setrlimit(kind, (cap, cap))
    # first the signal that says why, then the one that cannot be ignored
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    last = cpu + 1 if hard == resource.RLIM_INFINITY else min(cpu + 1, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (min(cpu, last), last))


def end(pid: int, keep: set[int]) -> tuple[int, int]:
    """Kills a child's group, and what it left; returns its wait status and how many were left.

    `keep` are children that live on. A child of another session that escaped its group ends up
    with us, its reaper, so killing our unknown children until none is left finds it.
    """
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    orphans = 0
    quiet_until = time.monotonic() + 2.0
    while time.monotonic() < quiet_until:
        left = [child for child in children(os.getpid()) if child not in keep]
        if not left:
            break
        for child in left:
            orphans += 1
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)
    return status, orphans


def children(pid: int) -> list[int]:
    """The process's children, as the kernel lists them (Linux; elsewhere none)."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += [int(child) for child in (thread / "children").read_text().split()]
    return found
