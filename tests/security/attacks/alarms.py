"""Sets timers whose signals end the process while the grader's own code runs."""

import signal

SAYS = "SIGALRM|SIGVTALRM|not implemented|ended"


def strike(*_):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
    while True:
        pass
