"""Sends itself the signals with which others would end it."""

import os
import signal

SAYS = "SIGTERM|SIGKILL"


def strike(*_):
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGKILL)
