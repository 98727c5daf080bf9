"""Prints 100 MB."""

SAYS = "16 MiB were printed"


def strike(*_):
    print("x" * 100_000_000)
    raise NotImplementedError
