"""Starts the nursery, the process that forks workers, and keeps it until the end."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from zth import wire
from zth.host import sandbox
from zth.host.session import Session
from zth.records import Part, ZthError

MAIN = Path(__file__).resolve().parents[1] / "worker" / "__main__.py"
# Threads that wait by spinning take the cores from those that have work, as soon as anything else
# runs: training on two cores slows down by a factor of ten.
THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}
KEPT = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True)
class Limits:
    """What one session may use. Bytes and seconds; `threads` 0 leaves the library's default."""

    memory: int = 8 << 30
    cpu: int = 600
    file_size: int = 16 << 20
    frame: int = wire.FRAME_CAP
    threads: int = 1


class Nursery:
    """Has imported `packages` once and forks a confined child per session.

    Starting it returns at once; the first session waits until the packages are imported. Its own
    end, whatever the cause, is the end of all its sessions.
    """

    def __init__(self, packages: Sequence[str] = (), sandbox_name: str = "auto") -> None:
        for package in packages:
            if importlib.util.find_spec(package) is None:
                raise ZthError(f"{package} is not installed; install it: pip install {package}")
        self.packages = tuple(packages)
        self.tier = sandbox.choose(sandbox_name)
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(120)
        command = [sys.executable, "-I", "-B", str(MAIN), str(theirs.fileno()), str(os.getpid())]
        with theirs:
            self._process = subprocess.Popen(
                [*command, *self.packages],
                pass_fds=[theirs.fileno()],
                env={k: os.environ[k] for k in KEPT if k in os.environ}
                | {"LANG": "C.UTF-8"}
                | THREADS,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def session(
        self,
        *,
        driver: Path,
        parts: Sequence[Part],
        limits: Limits = Limits(),
        policy: bool = False,
    ) -> Session:
        """A fresh worker with these parts; with `policy`, what they forbid is hidden or noted."""
        names = dict.fromkeys(n for part in parts for n in part.forbidden) if policy else {}
        order = wire.Fork(
            driver=str(driver),
            parts=[wire.Place(p.component, str(p.root), p.file, p.name) for p in parts],
            hidden=[name for name in names if "." not in name],
            guarded=[name for name in names if "." in name],
            memory=limits.memory,
            cpu=limits.cpu,
            file_size=limits.file_size,
            frame=limits.frame,
            threads=limits.threads,
        )
        try:
            return self._fork(order)
        except (OSError, wire.WireError, EOFError):
            self.close()  # a learner's code ended the nursery itself: start another
            self._start()
        try:
            return self._fork(order)
        except (OSError, wire.WireError, EOFError) as error:
            raise RuntimeError(f"the nursery does not start: {error}") from error

    def _fork(self, order: wire.Fork) -> Session:
        frames, their_frames = socket.socketpair()
        output, their_output = os.pipe()
        try:
            data = wire.frame(order)
            fds = [their_frames.fileno(), their_output]
            sent = socket.send_fds(self._control, [data[:4]], fds)
            self._control.sendall(data[sent:])
            reply = self._reply()
            if not isinstance(reply, wire.Born):
                raise wire.WireError("the nursery gave no child")
        except BaseException:
            frames.close()
            os.close(output)
            raise
        finally:
            their_frames.close()
            os.close(their_output)
        return Session(reply.pid, frames, output, order.frame, self._end)

    def _end(self, pid: int) -> wire.Gone | None:
        """Kills and reaps a child; None when the nursery itself is gone."""
        try:
            self._control.sendall(wire.frame(wire.End(pid)))
            reply = self._reply()
        except (OSError, wire.WireError, EOFError):
            return None
        return reply if isinstance(reply, wire.Gone) else None

    def _reply(self) -> wire.Reply:
        head = self._control.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            raise EOFError("the nursery has ended")
        body = self._control.recv(wire.length(head), socket.MSG_WAITALL)
        reply: wire.Reply = wire.decode(body, wire.Reply)
        return reply

    def close(self) -> None:
        """Ends the nursery and every worker of it."""
        self._control.close()
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(5)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
