"""Raises the errors with which the worker itself says that a part is missing or an answer bad."""

import itertools

SAYS = "Missing|BadAnswer|FileNotFoundError|SkipTest|NotMeasured"
NAMES = itertools.cycle(("NotMeasured", "SkipTest", "BadAnswer", "Missing", "FileNotFoundError"))


def strike(*_):
    error = type(next(NAMES), (Exception,), {})("it cannot be measured here")
    raise error.with_traceback(None)
