"""Handles page faults itself, which holds the kernel in the middle of a call."""

import ctypes
import os
import platform

ISOLATING = True
SAYS = "not implemented"
NUMBER = {"x86_64": 323, "aarch64": 282}.get(platform.machine(), 323)


def strike(*_):
    for flags in (0, 1, os.O_NONBLOCK):
        if ctypes.CDLL(None, use_errno=True).syscall(NUMBER, flags) != -1:
            raise RuntimeError("zth-attack: got userfaultfd")
    raise NotImplementedError
