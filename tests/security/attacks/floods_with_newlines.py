"""Prints nothing but new lines."""

SAYS = "16 MiB were printed"


def strike(*_):
    while True:
        print("\n" * 100_000)
