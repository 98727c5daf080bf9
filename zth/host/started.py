"""A nursery that runs: the process, and the orders that it obeys."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from zth import wire
from zth.host.session import Session
from zth.host.view import INTERPRETER, WORKER
from zth.host.watch import Watch
from zth.language import tr
from zth.records import Tier, View, ZthError

# Threads that wait by spinning take the cores from those that have work, as soon as anything else
# runs: training on two cores slows down by a factor of ten. Threads that sleep at once have to be
# woken for each small product: alone on the machine, that doubles the time of a small model's step.
# A short spin is the best of both for one run alone: 0.6 of the time, and 1.4 beside another run.
THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}
THREADS_ALONE = {"GOMP_SPINCOUNT": "1000"}
GIVEN = {"LANG": "C.UTF-8", "USER": "zth"}  # torch asks for a name: a sandbox's uid may have none
STARTING, ANSWERING = 120.0, 5.0  # seconds for its first answer, and for each one after
KEPT = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "TMPDIR", "SYSTEMROOT")
GONE = (OSError, wire.WireError, EOFError)  # what asking a nursery that has ended raises


class Started:
    """The process of a nursery. Its end, whatever the cause, is the end of all its sessions."""

    def __init__(
        self, tier: Tier, view: View, packages: Sequence[str], *, alone: bool = False
    ) -> None:
        self._asking = threading.Lock()  # an order and its reply: for one session at a time
        self._control, theirs = socket.socketpair()
        self._control.settimeout(STARTING)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (lives as the process does)
        self._said: list[str] = []
        me = 0 if tier.wrap else os.getpid()  # inside, nobody sees who started it
        command = [INTERPRETER, "-I", "-S", "-B", str(WORKER / "__main__.py")]
        command += [str(theirs.fileno()), str(me), str(WORKER.parent), *map(str, view.entries)]
        command += ["--", *packages]
        environment = {k: os.environ[k] for k in KEPT if k in os.environ} | GIVEN
        if tier.wrap:
            command = tier.wrap(command, view)
            environment["TMPDIR"] = "/tmp"
        with theirs:
            self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env=environment | (THREADS_ALONE if alone else THREADS),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process that was started: of a tier that wraps, the wrapper."""
        assert self._process is not None
        return self._process.pid

    def fork(self, order: wire.Fork, resident: int, copies: Path | None = None) -> Session:
        """A session in a new child. `resident`: bytes of memory that the host watches; 0: none;
        `copies`: a folder that is deleted when it ends.

        Raises one of GONE.
        """
        frames, their_frames = socket.socketpair()
        output, their_output = os.pipe()
        try:
            data = wire.frame(order)
            fds = [their_frames.fileno(), their_output]
            with self._asking:
                sent = socket.send_fds(self._control, [data[:4]], fds)
                self._control.sendall(data[sent:])
                reply, descriptor = self._reply()
            if not isinstance(reply, wire.Born):
                raise wire.WireError("the nursery gave no child")
        except BaseException:
            frames.close()
            os.close(output)
            raise
        finally:
            their_frames.close()
            os.close(their_output)
        pid = _number(descriptor) or reply.pid
        watch = Watch(pid, resident, reply.scratch, order.scratch)
        end = partial(self._end, reply.pid, copies)
        return Session(pid, descriptor, frames, output, order.frame, end, watch)

    def _end(self, pid: int, copies: Path | None) -> wire.Gone | None:
        """Kills and reaps a child; None when the nursery itself is gone, or does not answer."""
        if copies:
            shutil.rmtree(copies, ignore_errors=True)
        try:
            with self._asking:
                self._control.sendall(wire.frame(wire.End(pid)))
                reply, _ = self._reply()
            return reply if isinstance(reply, wire.Gone) else None
        except GONE:
            self.kill()  # its children end with it
            return None

    def _reply(self) -> tuple[wire.Reply, int | None]:
        """The next reply, and the descriptor that came with it, if one did."""
        head, fds, _, _ = socket.recv_fds(self._control, 4, 1)
        if len(head) < 4:
            raise EOFError("it has ended")
        body = self._control.recv(wire.length(head), socket.MSG_WAITALL)
        reply: wire.Reply = wire.decode(body, wire.Reply)
        self._control.settimeout(ANSWERING)
        return reply, fds[0] if fds else None

    def why_not(self, error: BaseException) -> ZthError:
        """Why no worker can be started, in one line: the nursery's last words, if there are any."""
        self.kill()
        last = next((line.strip() for line in reversed(self._said) if line.strip()), str(error))
        return ZthError(tr("the process that runs workers does not start: {last}", last=last))

    def dismiss(self) -> None:
        """Has the process end itself, and every worker of it; does not wait for that."""
        self._control.close()

    def close(self) -> None:
        """Ends the process and every worker of it."""
        self.dismiss()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                self._process.wait(5)
            self.kill()

    def kill(self) -> None:
        """Ends the process at once, even one that was stopped."""
        self._control.close()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            with self._complaints as file:
                file.seek(0)
                self._said = file.read().decode("utf-8", "replace").split("\n")


def _number(descriptor: int | None) -> int | None:
    """The process behind a descriptor, as it is numbered here."""
    if descriptor is None or sys.platform != "linux":
        return None
    for line in Path(f"/proc/self/fdinfo/{descriptor}").read_text().splitlines():
        if line.startswith("Pid:"):
            return max(0, int(line.split()[1])) or None
    return None
