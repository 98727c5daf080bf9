"""Closes and duplicates every descriptor."""

import os

SAYS = "closed its connection|ended|malformed"


def strike(*_):
    for fd in range(3, 64):
        try:
            os.dup2(1, fd)
        except OSError:
            continue
    raise NotImplementedError
