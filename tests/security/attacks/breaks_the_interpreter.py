"""Writes over objects that all of Python shares."""

import ctypes

SAYS = "SIGSEGV|SIGABRT|SIGBUS|ended|Error|no answer"


def strike(*_):
    for thing in (None, True, 0.0, (), float, dict):
        ctypes.memset(id(thing), 0xFF, 64)
    raise NotImplementedError
