"""Asks the kernel for a ring through which to open files and sockets behind the filter's back."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    parameters = ctypes.create_string_buffer(120)
    for number, arguments in (
        (425, (4, parameters)),
        (426, (0, 1, 0, 0, None, 0)),
        (427, (0,) * 4),
    ):
        if libc.syscall(number, *arguments) != -1:
            raise RuntimeError(f"zth-attack: got io_uring call {number}")
    raise NotImplementedError
