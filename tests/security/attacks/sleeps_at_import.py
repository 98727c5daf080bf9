"""Sleeps as it is imported."""

import time

SAYS = "no answer"

time.sleep(1000)
