"""Reads where there is no memory."""

import ctypes

SAYS = "SIGSEGV"


def strike(*_):
    ctypes.string_at(0)
