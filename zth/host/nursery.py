"""Starts the nursery, the process that forks workers, and keeps it until the end."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
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
OURS = ("zth", "msgspec", "numpy")  # what a worker needs, whatever the lesson
STARTING, ANSWERING = 120.0, 5.0  # seconds for its first answer, and for each one after
KEPT = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True)
class Limits:
    """What one session may use. Bytes and seconds; `threads` 0 leaves the library's default."""

    memory: int = 8 << 30
    cpu: int = 600
    file_size: int = 16 << 20
    frame: int = wire.FRAME_CAP
    threads: int = 1


def _folder(package: str) -> str:
    """Where the package is installed: workers look there too (it may be a user's own folder).

    Raises ZthError where it is not installed.
    """
    spec = importlib.util.find_spec(package.partition(".")[0])
    if spec is None:
        raise ZthError(f"{package} is not installed; install it: pip install {package}")
    places = spec.submodule_search_locations or [str(spec.origin)]
    return str(Path(next(iter(places))).parent)


class Nursery:
    """Has imported `packages` once and forks a confined child per session.

    Starting it returns at once; the first session waits until the packages are imported. Its own
    end, whatever the cause, is the end of all its sessions.
    """

    def __init__(self, packages: Sequence[str] = (), sandbox_name: str = "auto") -> None:
        self.packages = tuple(packages)
        self._folders = list(dict.fromkeys(_folder(name) for name in (*OURS, *packages)))
        self.tier = sandbox.choose(sandbox_name)
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(STARTING)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (lives as the process does)
        command = [sys.executable, "-I", "-B", str(MAIN), str(theirs.fileno()), str(os.getpid())]
        with theirs:
            self._process = subprocess.Popen(
                [*command, *self._folders, "--", *self.packages],
                pass_fds=[theirs.fileno()],
                env={k: os.environ[k] for k in KEPT if k in os.environ}
                | {"LANG": "C.UTF-8"}
                | THREADS,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                start_new_session=True,
            )

    def session(
        self,
        *,
        driver: Path,
        parts: Sequence[Part],
        limits: Limits = Limits(),
        forbidden: Sequence[str] = (),
    ) -> Session:
        """A fresh worker with these parts; whole modules that are forbidden are hidden from it,
        other forbidden names are noted when they are used."""
        order = wire.Fork(
            driver=str(driver),
            parts=[wire.Place(p.component, str(p.root), p.file, p.name) for p in parts],
            hidden=[name for name in forbidden if "." not in name],
            guarded=[name for name in forbidden if "." in name],
            memory=limits.memory,
            cpu=limits.cpu,
            file_size=limits.file_size,
            frame=limits.frame,
            threads=limits.threads,
        )
        try:
            return self._fork(order)
        except (OSError, wire.WireError, EOFError):
            self._kill()  # a learner's code stopped or ended the nursery itself: start another
            self._start()
        try:
            return self._fork(order)
        except (OSError, wire.WireError, EOFError) as error:
            raise ZthError(self._why_not(error)) from error

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
        """Kills and reaps a child; None when the nursery itself is gone, or does not answer."""
        try:
            self._control.sendall(wire.frame(wire.End(pid)))
            reply = self._reply()
            return reply if isinstance(reply, wire.Gone) else None
        except (OSError, wire.WireError, EOFError):
            self._kill()  # its children end with it
            return None

    def _reply(self) -> wire.Reply:
        head = self._control.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            raise EOFError("it has ended")
        body = self._control.recv(wire.length(head), socket.MSG_WAITALL)
        reply: wire.Reply = wire.decode(body, wire.Reply)
        self._control.settimeout(ANSWERING)
        return reply

    def _why_not(self, error: Exception) -> str:
        """Why no worker can be started, in one line: the nursery's last words, if there are any."""
        self._complaints.seek(0)
        said = self._complaints.read().decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), str(error))
        return f"the process that runs workers does not start: {last}"

    def close(self) -> None:
        """Ends the nursery and every worker of it."""
        self._control.close()
        if self._process is None:
            return
        try:
            self._process.wait(5)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self._kill()
        self._process = None
        self._complaints.close()

    def _kill(self) -> None:
        """Ends the nursery at once, even one that was stopped."""
        self._control.close()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._complaints.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
