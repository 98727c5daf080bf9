"""Leaves messages and semaphores with the kernel, which outlive it and which no limit counts."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.msgget(0, 0o1600) != -1:
        raise RuntimeError("zth-attack: got a message queue")
    if libc.semget(0, 1, 0o1600) != -1:
        raise RuntimeError("zth-attack: got a semaphore")
    if libc.syscall(240, b"zth-attack", 0o102, 0o600, None) != -1:
        raise RuntimeError("zth-attack: got a POSIX message queue")
    raise NotImplementedError
