"""Ends the process with status 0 as it is imported."""

import os

SAYS = "ended itself, with exit status 0"

os._exit(0)
