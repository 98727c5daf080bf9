"""Tries, harmlessly, what a worker must not do: the driver of `zth dev sandbox`.

Each function returns what it got hold of, or raises the OSError or MemoryError that kept it from
doing so. The first parameter is a driver's loader of components; there are none.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any

_SEIZE = 0x4206  # PTRACE_SEIZE: attaches, and stops nobody


def tcp(_: Any, port: int) -> str:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()
    return "connected"


def udp(_: Any, port: int) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"probe", ("127.0.0.1", port))
    return "sent"


def unix(_: Any, address: str) -> str:
    """`address` begins with @ where it is an abstract one."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + address[1:] if address.startswith("@") else address)
    return "connected"


def read(_: Any, path: str) -> str:
    return f"{len(Path(path).read_bytes())} bytes"


def write(_: Any, path: str) -> str:
    Path(path).write_bytes(b"probe")
    return "written"


def change_mode(_: Any, path: str) -> str:
    Path(path).chmod(0o600)
    return "changed"


def truncate(_: Any, path: str) -> str:
    os.truncate(path, 0)
    return "truncated"


def look(_: Any, pid: int) -> str:
    """Reads how another process was started; `pid` is the host's."""
    return f"{len(Path(f'/proc/{pid}/cmdline').read_bytes())} bytes"


def signal_to(_: Any, pid: int) -> str:
    """Asks whether it might send a signal, and sends none; to its parent where `pid` is 0."""
    os.kill(pid or os.getppid(), 0)
    return "allowed"


def memory_of_parent(_: Any) -> str:
    Path(f"/proc/{os.getppid()}/mem").open("rb").close()
    return "opened"


def trace_parent(_: Any) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(_SEIZE, os.getppid(), None, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "attached"


def limit_parent(_: Any) -> str:
    """Sets a limit of its parent to what it is."""
    import resource

    if not hasattr(resource, "prlimit"):
        raise OSError("no prlimit")
    now = resource.prlimit(os.getppid(), resource.RLIMIT_CORE)
    resource.prlimit(os.getppid(), resource.RLIMIT_CORE, now)
    return "set"


def fork(_: Any) -> str:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return "forked"


def escape(_: Any) -> str:
    """Forks a process that leaves its session, so that no signal to the group would reach it."""
    pid = os.fork()
    if not pid:
        os.setsid()
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise OSError("no session")
    return "escaped"


def take_memory(_: Any, size: int) -> str:
    return f"{len(bytearray(size)) >> 20} MiB"


def write_much(_: Any, files: int, size: int) -> str:
    """Writes files of `size` bytes into its scratch folder; they go with it."""
    for number in range(files):
        Path(tempfile.gettempdir(), f"probe-{number}").write_bytes(bytes(size))
    return f"{files * size >> 20} MiB"


def write_large(_: Any, size: int) -> str:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    Path(tempfile.gettempdir(), "probe-large").write_bytes(bytes(size))
    return f"{size >> 20} MiB"


def count_in_threads(_: Any) -> str:
    """What must work in every tier."""
    done: list[int] = []
    threads = [threading.Thread(target=done.append, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return f"{len(done)} threads"
