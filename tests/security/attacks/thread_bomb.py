"""Starts threads without end."""

import threading
import time

ISOLATING = True
SAYS = "can't start new thread|no answer|memory"


def strike(*_):
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
