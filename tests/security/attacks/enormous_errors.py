"""Raises an error with a message of 100 MB, whose cause is itself."""

SAYS = "ValueError: x|MemoryError|memory"


def strike(*_):
    error = ValueError("x" * 100_000_000)
    error.__cause__ = error
    raise error
