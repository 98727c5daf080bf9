"""Sends an error of its own making: escapes, markup, a formula and no UTF-8 in every field."""

import os
import stat
import time

SAYS = "not UTF-8|malformed|Invalid"


def ours():
    """The descriptors that may be the connection to the grader."""
    return [fd for fd in range(3, 64) if stat.S_ISSOCK(mode(fd))]


def mode(fd):
    try:
        return os.fstat(fd).st_mode
    except OSError:
        return 0


def strike(*_):
    text = b"\xda\x00\x20" + b"=1+1\x1b[2J<script>\xff\xfe|**PASSED**"[:32].ljust(32)
    body = b"\x84\xa4type\xa6Raised\xa4name" + text + b"\xa7message" + text + b"\xa5lines\x90"
    for fd in ours():
        os.write(fd, len(body).to_bytes(4, "big") + body)
    time.sleep(60)
