"""The nursery: imports what a lesson needs once, then forks a confined child for each session.

It never runs a learner's code itself. It is started as `python -I -B __main__.py FD HOST FOLDER …
-- PACKAGE …`, looks for modules in the folders too, takes orders from the process HOST on
descriptor FD, and ends when that does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import traceback

if __name__ == "__main__":
    FOLDERS = sys.argv[3 : sys.argv.index("--")]
    sys.path += [folder for folder in FOLDERS if folder not in sys.path]

from zth import wire
from zth.worker import child, processes


def main(control: socket.socket, parent: int, packages: list[str]) -> None:
    """Serves the host's orders until it hangs up."""
    processes.die_with_parent(parent)
    processes.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for package in packages:
        importlib.import_module(package)
    wire.prepare()
    gc.freeze()
    alive: set[int] = set()
    try:
        with contextlib.suppress(ConnectionError):
            while order := _receive(control):
                _obey(order, control, alive)
    finally:
        for pid in alive:
            processes.end(pid, keep=set())


def _receive(control: socket.socket) -> tuple[wire.Order, list[int]] | None:
    """The next order with its descriptors; None when the host has hung up."""
    with contextlib.suppress(ConnectionError):
        head, fds, _, _ = socket.recv_fds(control, 4, 2)
        if len(head) == 4:
            body = control.recv(wire.length(head), socket.MSG_WAITALL)
            return wire.decode(body, wire.Order), fds
    return None


def _obey(order: tuple[wire.Order, list[int]], control: socket.socket, alive: set[int]) -> None:
    reply: wire.Reply
    match order:
        case (wire.Fork() as wanted, [frames, output]):
            reply = wire.Born(_fork(wanted, control, frames, output))
            alive.add(reply.pid)
        case (wire.End(pid=pid), _) if pid in alive:
            alive.remove(pid)
            reply = wire.Gone(*processes.end(pid, keep=alive))
        case _:
            return
    control.sendall(wire.frame(reply))


def _fork(wanted: wire.Fork, control: socket.socket, frames: int, output: int) -> int:
    nursery = os.getpid()
    pid = os.fork()
    if pid:
        os.close(frames)
        os.close(output)
        return pid
    try:
        control.close()
        processes.die_with_parent(nursery)
        child.become(wanted, frames, output)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


if __name__ == "__main__":
    PACKAGES = sys.argv[sys.argv.index("--") + 1 :]
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), PACKAGES)
    os._exit(0)  # taking torch apart would take the host a tenth of a second of waiting
