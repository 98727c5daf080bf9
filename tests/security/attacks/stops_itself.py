"""Stops itself, so that it neither answers nor ends."""

import os
import signal

SAYS = "no answer"


def strike(*_):
    os.kill(os.getpid(), signal.SIGSTOP)
