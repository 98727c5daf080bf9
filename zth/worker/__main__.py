"""The nursery: imports what a lesson needs once, then forks a confined child for each session.

It never runs a learner's code itself. It is started as `python -I -S -B __main__.py FD HOST ENTRY …
-- PACKAGE …`: finds the entries (see `zth.worker.packages`), takes orders on descriptor FD, and
ends when the process HOST does (0: whoever started it takes care of that).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import site
import socket
import sys
import tempfile
import traceback

if __name__ == "__main__":
    HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (before other imports)
    sys.path.append(os.path.dirname(os.path.dirname(HERE)))  # noqa: PTH120
    from zth.worker import packages

    sys.path.pop()
    packages.install(sys.argv[3 : sys.argv.index("--")])

from zth import wire
from zth.worker import child, processes, scratch


def main(control: socket.socket, parent: int, wanted: list[str]) -> None:
    """Serves the host's orders until it hangs up."""
    processes.die_with_parent(parent)
    processes.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    site.setquit()  # exit() and help(), which a learner expects, come with the site's folders
    site.sethelper()
    gc.disable()  # of what is imported nothing is garbage: to look for it takes torch 0.1 s
    for package in wanted:
        importlib.import_module(package)
    wire.prepare()
    gc.freeze()
    gc.enable()
    nursery = Nursery(control)
    try:
        with contextlib.suppress(ConnectionError):
            while order := _receive(control):
                nursery.obey(*order)
    finally:
        for pid in list(nursery.alive):
            nursery.end(pid)


def _receive(control: socket.socket) -> tuple[wire.Order, list[int]] | None:
    """The next order with its descriptors; None when the host has hung up."""
    with contextlib.suppress(ConnectionError):
        head, fds, _, _ = socket.recv_fds(control, 4, 2)
        if len(head) == 4:
            body = control.recv(wire.length(head), socket.MSG_WAITALL)
            return wire.decode(body, wire.Order), fds
    return None


class Nursery:
    """The children that are alive, each with its scratch folder, if it has one."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.alive: dict[int, str] = {}

    def obey(self, order: wire.Order, fds: list[int]) -> None:
        match order, fds:
            case wire.Fork() as wanted, [frames, output]:
                folder = tempfile.mkdtemp(prefix="zth-") if wanted.scratch else ""
                pid = self._fork(wanted, frames, output, folder)
                self.alive[pid] = folder
                self._answer(wire.Born(pid, folder), processes.descriptor(pid))
            case wire.End(pid=pid), _ if pid in self.alive:
                self._answer(wire.Gone(*self.end(pid)))

    def _answer(self, reply: wire.Reply, descriptor: int | None = None) -> None:
        data = wire.frame(reply)
        if descriptor is not None:
            sent = socket.send_fds(self.control, [data], [descriptor])
            os.close(descriptor)
            data = data[sent:]
        self.control.sendall(data)

    def end(self, pid: int) -> tuple[int, int]:
        """Kills and reaps a child; its wait status, and how many processes it left behind."""
        folder = self.alive.pop(pid)
        found = processes.end(pid, keep=set(self.alive))
        if folder:
            scratch.remove(folder)
        return found

    def _fork(self, wanted: wire.Fork, frames: int, output: int, folder: str) -> int:
        nursery = os.getpid()
        pid = os.fork()
        if pid:
            os.close(frames)
            os.close(output)
            return pid
        try:
            self.control.close()
            processes.die_with_parent(nursery)
            child.become(wanted, frames, output, folder)
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
