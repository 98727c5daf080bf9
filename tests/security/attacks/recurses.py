"""Calls itself for ever, with the limit lifted."""

import sys

SAYS = "SIGSEGV|RecursionError|no answer|memory"


def strike(*_):
    sys.setrecursionlimit(1 << 30)
    return strike()
