"""Kills the process that started it; asks whether it could kill everybody."""

import os
import signal

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    for pid, number in ((os.getppid(), signal.SIGKILL), (-1, 0), (1, 0)):
        try:
            os.kill(pid, number)
        except OSError:
            continue
        raise RuntimeError(f"zth-attack: got to signal {pid}")
    raise NotImplementedError
