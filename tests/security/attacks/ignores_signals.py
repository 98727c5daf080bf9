"""Blocks and ignores every signal that can be, and goes on computing."""

import signal

SAYS = "no answer"


def strike(*_):
    every = set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}
    for number in every:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, every)
    while True:
        pass
