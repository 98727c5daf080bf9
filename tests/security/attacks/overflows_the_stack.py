"""Fills the stack of C, where Python counts no calls."""

import ctypes

SAYS = "SIGSEGV|SIGBUS|RecursionError|MemoryError|no answer"
BACK = ctypes.CFUNCTYPE(None)


@BACK
def again():
    again()


def strike(*_):
    import sys

    sys.setrecursionlimit(1 << 30)
    again()
