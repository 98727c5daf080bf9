"""Leaves threads, exit hooks, and children that leave its session twice."""

import atexit
import os
import threading
import time

SAYS = "not permitted|left a process|no answer|not implemented"


def rename():
    import ctypes

    ctypes.CDLL(None).prctl(15, b"zth-attack", 0, 0, 0)


def strike(*_):
    atexit.register(time.sleep, 60)
    threading.Thread(target=time.sleep, args=(60,)).start()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            rename()
            time.sleep(60)
        os._exit(0)
    time.sleep(0.2)
    raise NotImplementedError
