"""Traces its parent, writes into its memory, and takes away its time."""

import ctypes
import os
import resource

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, os.getppid(), None, None) == 0:
        raise RuntimeError("zth-attack: got hold of its parent")
    for act in (
        lambda: open(f"/proc/{os.getppid()}/mem", "r+b"),
        lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)),
    ):
        try:
            act()
        except OSError:
            continue
        raise RuntimeError("zth-attack: got at its parent")
    raise NotImplementedError
