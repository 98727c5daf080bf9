"""Makes namespaces of its own, in which it would be root, and enters those of others."""

import ctypes
import os

ISOLATING = True
SAYS = "not implemented"
KINDS = {"user": 0x10000000, "mnt": 0x20000, "net": 0x40000000, "pid": 0x20000000, "ipc": 0x8000000}


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    for name, flag in KINDS.items():
        if libc.unshare(flag) == 0 or libc.unshare(flag | KINDS["user"]) == 0:
            raise RuntimeError(f"zth-attack: got a namespace {name}")
        for pid in (1, os.getppid()):
            try:
                there = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
            except OSError:
                continue
            if libc.setns(there, flag) == 0:
                raise RuntimeError(f"zth-attack: got into {name} of {pid}")
    raise NotImplementedError
