"""Opens the machine's memory, disks, log and terminals; types into one."""

import fcntl
import os

ISOLATING = True
SAYS = "not implemented"
NAMES = ("mem", "kmem", "port", "kmsg", "sda", "vda", "nvme0n1", "tty", "console", "ptmx", "fuse",
         "kvm", "net/tun", "shm/zth-attack")  # fmt: skip


def strike(*_):
    for name in NAMES:
        for flags in (os.O_RDONLY, os.O_RDWR, os.O_WRONLY | os.O_CREAT):
            try:
                os.open(f"/dev/{name}", flags)
            except OSError:
                continue
            raise RuntimeError(f"zth-attack: got /dev/{name}")
    for fd in range(3):
        try:
            fcntl.ioctl(fd, 0x5412, b"x")  # TIOCSTI
        except OSError:
            continue
        raise RuntimeError("zth-attack: got to type")
    raise NotImplementedError
