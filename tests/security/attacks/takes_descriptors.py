"""Opens its parent as a descriptor and takes the files that it has open."""

import ctypes
import os

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in (os.getppid(), 1, os.getpid()):
        process = libc.syscall(434, pid, 0)  # pidfd_open
        if process == -1:
            continue
        for fd in range(32):
            if libc.syscall(438, process, fd, 0) != -1:  # pidfd_getfd
                raise RuntimeError(f"zth-attack: got descriptor {fd} of {pid}")
    raise NotImplementedError
