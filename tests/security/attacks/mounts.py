"""Mounts, unmounts, and changes the root, by the old calls and by the new ones."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    tries = {
        "mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
        "bind": lambda: libc.mount(b"/", b"/tmp", None, 4096 | 16384, None),
        "remount": lambda: libc.mount(None, b"/", None, 32 | 4096, None),
        "umount": lambda: libc.umount2(b"/proc", 2),
        "chroot": lambda: libc.chroot(b"/usr"),
        "pivot_root": lambda: libc.syscall(155, b"/", b"/tmp"),
        "open_tree": lambda: libc.syscall(428, -100, b"/", 1),
        "move_mount": lambda: libc.syscall(429, -100, b"/tmp", -100, b"/usr", 0),
        "fsopen": lambda: libc.syscall(430, b"tmpfs", 0),
    }
    for name, act in tries.items():
        if act() != -1:
            raise RuntimeError(f"zth-attack: got {name}")
    raise NotImplementedError
