"""Prints a little all the time, so that it never seems to hang."""

import time

SAYS = "no answer"


def strike(*_):
    while True:
        print(".", end="", flush=True)
        time.sleep(0.001)
