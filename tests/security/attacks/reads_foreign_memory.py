"""Copies memory out of its parent and of every process that it finds."""

import ctypes
import os

ISOLATING = True
SAYS = "not implemented"


class Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    here = ctypes.create_string_buffer(16)
    mine = Piece(ctypes.addressof(here), 16)
    for pid in (os.getppid(), 1, *range(2, 400)):
        for copy in (libc.process_vm_readv, libc.process_vm_writev):
            if copy(pid, ctypes.byref(mine), 1, ctypes.byref(mine), 1, 0) > 0:
                raise RuntimeError(f"zth-attack: got memory of {pid}")
    raise NotImplementedError
