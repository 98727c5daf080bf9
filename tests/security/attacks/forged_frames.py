"""Writes answers of its own onto every descriptor, more than were asked for."""

import os
import struct

SAYS = "malformed|ended|closed"


def strike(*_):
    import msgspec

    body = msgspec.msgpack.encode({"type": "Returned", "value": 1.0, "breaches": []})
    for fd in range(3, 64):
        try:
            os.write(fd, (struct.pack(">I", len(body)) + body) * 3)
        except OSError:
            continue
    os._exit(0)
