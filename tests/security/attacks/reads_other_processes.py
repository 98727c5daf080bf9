"""Reads how other processes were started, and what they have open."""

import os

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    for pid in (os.getppid(), 1, 2, *range(3, 300)):
        for name in ("environ", "cmdline", "maps", "fd", "root/etc/shadow", "cwd/secret"):
            if pid == os.getpid():
                continue
            try:
                path = f"/proc/{pid}/{name}"
                found = os.listdir(path) if name == "fd" else open(path, "rb").read(20)
            except OSError:
                continue
            raise RuntimeError(f"zth-attack: got {path} {found}")
    raise NotImplementedError
