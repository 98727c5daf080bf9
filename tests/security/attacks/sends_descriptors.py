"""Sends open files to the grader along with a frame, until that has none left."""

import os
import socket

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    for fd in range(3, 32):
        try:
            socket.send_fds(socket.socket(fileno=os.dup(fd)), [b"x"], [0] * 100)
        except OSError:
            continue
        raise RuntimeError("zth-attack: got descriptors sent")
    raise NotImplementedError
