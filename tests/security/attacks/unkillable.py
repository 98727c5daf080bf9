"""Asks the kernel to outlive its parent, and hides from those who would look at it."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(1, 0, 0, 0, 0) != -1:  # PR_SET_PDEATHSIG
        raise RuntimeError("zth-attack: got to outlive its parent")
    if libc.prctl(4, 0, 0, 0, 0) != -1:  # PR_SET_DUMPABLE
        raise RuntimeError("zth-attack: got out of the host's sight")
    raise NotImplementedError
