"""Leaves work for the end of the process, in every way in which Python lets it."""

import atexit
import sys
import threading
import weakref

SAYS = "not implemented"
PLACES = ("/tmp/zth-attack-late", "BESIDE/zth-attack-late", "TREE/zth-attack-late")


def late(*_):
    for place in PLACES:
        try:
            open(place, "w").close()
        except OSError:
            continue


class Last:
    __del__ = late


KEPT = Last()
ISOLATING = True
atexit.register(late)
weakref.finalize(KEPT, late)
threading._register_atexit(late)
sys.excepthook = sys.unraisablehook = threading.excepthook = late


def strike(*_):
    raise NotImplementedError
