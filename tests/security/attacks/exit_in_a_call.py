"""Ends the process with status 0 in a call."""

import os

SAYS = "ended itself, with exit status 0"


def strike(*_):
    os._exit(0)
