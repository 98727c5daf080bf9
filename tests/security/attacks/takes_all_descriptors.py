"""Opens files until none can be opened, and raises an error then."""

import os

SAYS = "Too many open files"


def strike(*_):
    while True:
        os.dup(0)
