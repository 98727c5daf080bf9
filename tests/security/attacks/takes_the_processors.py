"""Takes priority over everything else, and moves others out of the way."""

import os

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    acts = (
        lambda: os.setpriority(os.PRIO_PROCESS, 0, -10),
        lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
        lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
        lambda: os.sched_setaffinity(os.getppid(), {0}),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    )
    for number, act in enumerate(acts):
        try:
            act()
        except OSError:
            continue
        raise RuntimeError(f"zth-attack: got priority by way {number}")
    raise NotImplementedError
