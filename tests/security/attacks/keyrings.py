"""Reads the user's keys, and leaves one of its own, which outlives it."""

import ctypes
import platform

ISOLATING = True
SAYS = "not implemented"
ADD, CONTROL = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(platform.machine(), (248, 250))


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    for ring in range(-8, 0):
        if libc.syscall(ADD, b"user", b"zth-attack", b"x", 1, ring) != -1:
            raise RuntimeError(f"zth-attack: got a key into ring {ring}")
        if libc.syscall(CONTROL, 0, ring, 1) != -1:
            raise RuntimeError(f"zth-attack: got ring {ring}")
    raise NotImplementedError
