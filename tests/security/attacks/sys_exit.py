"""Raises SystemExit(0), which a runner may take for success."""

import sys

SAYS = "SystemExit"


def strike(*_):
    sys.exit(0)
