"""Opens files by their numbers, where no path is looked at."""

import ctypes
import struct

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    handle = ctypes.create_string_buffer(struct.pack("IiQ", 8, 1, 2), 136)
    number = ctypes.c_int()
    if libc.name_to_handle_at(-100, b"/etc/passwd", handle, ctypes.byref(number), 0) != -1:
        raise RuntimeError("zth-attack: got a handle")
    if libc.open_by_handle_at(0, handle, 0) != -1:
        raise RuntimeError("zth-attack: got a file by its handle")
    raise NotImplementedError
