"""One worker process, and typed calls to it under the host's clock."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, NoReturn, ParamSpec, Self, TypeVar, get_type_hints

from zth import language, wire
from zth.host.failures import Died, Malformed, Raised, TimedOut
from zth.host.patience import Patience
from zth.host.watch import EVERY, Watch, status
from zth.language import tr
from zth.records import Frame

P = ParamSpec("P")
R = TypeVar("R")

OUTPUT_CAP = 32 << 10  # bytes of what a worker prints that are kept
FLOOD = 16 << 20  # bytes printed in one call after which the worker is ended
_CHUNK = 1 << 18


class Session:
    """A worker, called through frames. A session that timed out or died stays dead (`alive`).

    `pidfd` is a descriptor of the process, readable when it has ended; None where there is no such.
    No call lasts longer than `until`, on the monotonic clock.
    """

    def __init__(
        self,
        pid: int,
        pidfd: int | None,
        frames: socket.socket,
        output: int,
        cap: int,
        end: Callable[[], wire.Gone | None],
        watch: Watch,
    ) -> None:
        self.pid, self.alive = pid, True
        self.breaches: list[str] = []
        self.until = math.inf
        self._frames, self._output, self._cap, self._end_worker = frames, output, cap, end
        self._printed = bytearray()
        self._dropped = 0
        self._hung_up = False
        self._frames.setblocking(False)
        os.set_blocking(output, False)
        self._pidfd, self._watch = pidfd, watch
        self._poll = select.poll()
        self._poll.register(frames, select.POLLIN)
        self._poll.register(output, select.POLLIN)
        if self._pidfd is not None:
            self._poll.register(self._pidfd, select.POLLIN)

    def call(
        self,
        function: Callable[Concatenate[Any, P], R],
        *args: Any,
        part: str = "",
        limit: float = 10.0,
    ) -> R:
        """Runs a function of the driver in the worker and returns what it returned.

        The function's first parameter is the object of the component `part`; without `part` it is
        a loader of components. Raises Raised, TimedOut, Died or Malformed; `limit` is in seconds.
        """
        request = wire.Calling(function.__name__, part, args)
        value: R = self._request(request, _returns(function), limit)
        return value

    def load(self, part: str, limit: float = 10.0) -> None:
        """Has the worker import a component's file, and find its object there."""
        self._request(wire.Calling("", part, ()), None, limit)

    def _request(self, request: wire.Calling, kind: Any, limit: float) -> Any:
        if not self.alive:
            raise Died(tr("the worker has ended"))
        self.breaches = []
        self._printed.clear()
        self._dropped = 0
        limit = min(limit, max(0.01, self.until - time.monotonic()))
        body = self._exchange(wire.frame(request, self._cap), limit)
        try:
            answer = wire.decode(body, wire.Answer)
            self.breaches = answer.breaches
            if isinstance(answer, wire.Returned):
                return wire.decode(answer.value, kind)
        except wire.WireError as error:
            self._malformed(str(error))
        raise _raised(answer, self.printed())

    def _exchange(self, data: bytearray, limit: float) -> memoryview:
        """Sends a frame and returns the body of the one that comes back."""
        patience = Patience(limit, self.pid)
        pending, got = memoryview(data), bytearray()
        size: int | None = None
        if self._read(got):
            self._malformed("it came before it was asked for")
        while True:
            pending = self._send(pending)
            left = patience.left()
            if left <= 0:
                self._give_up(limit)
            events = dict(self._poll.poll(min(left * 1000, self._look())))
            if self._output in events:
                self._drain()
            self._read(got)
            if size is None and len(got) >= 4:
                size = self._length(got)
            if size is not None and len(got) >= 4 + size:
                if len(got) > 4 + size:
                    self._malformed("there is more than one")
                self._drain()
                self._look(now=True)
                return memoryview(got)[4:]
            if self._hung_up or self._pidfd in events:
                if self._read(got):
                    continue
                self._died()

    def _look(self, *, now: bool = False) -> float:
        """Ends a worker that takes too much; milliseconds until it is time for another look."""
        if excess := self._watch.excess(now=now):
            self.close()
            raise Died(excess, self.printed())
        return EVERY * 1000 if self._watch.needed else float("inf")

    def _send(self, pending: memoryview) -> memoryview:
        if pending:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                pending = pending[self._frames.send(pending) :]
            mask = select.POLLIN | (select.POLLOUT if pending else 0)
            self._poll.modify(self._frames, mask)
        return pending

    def _read(self, got: bytearray) -> bool:
        """Takes what the worker has sent; whether there was anything."""
        before = len(got)
        with contextlib.suppress(BlockingIOError):
            while len(got) <= self._cap + 4:
                try:
                    chunk = self._frames.recv(_CHUNK)
                except ConnectionError:
                    chunk = b""
                if not chunk:
                    self._hung_up = True
                    break
                got += chunk
        return len(got) > before

    def _length(self, got: bytearray) -> int:
        try:
            return wire.length(bytes(got[:4]), self._cap)
        except wire.WireError as error:
            self._malformed(str(error))

    def _malformed(self, why: str) -> NoReturn:
        self.close()
        raise Malformed(tr("the answer is malformed: {why}", why=why), self.printed())

    def _drain(self) -> None:
        """Keeps the first part of what the worker prints and drops the rest."""
        try:
            chunk = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            with contextlib.suppress(KeyError):
                self._poll.unregister(self._output)
        room = max(0, OUTPUT_CAP - len(self._printed))
        self._printed += chunk[:room]
        self._dropped += len(chunk[room:])
        if self._dropped > FLOOD and self.alive:
            self.close()
            raise Died(
                tr("more than {most} MiB were printed in one call", most=FLOOD >> 20),
                self.printed(),
            )

    def printed(self) -> str:
        """What the worker printed since the last time this was asked, capped."""
        text = self._printed.decode("utf-8", "replace")
        if self._dropped:
            text += tr("\n… and {dropped:,} more bytes", dropped=self._dropped)
        self._printed.clear()
        self._dropped = 0
        return text

    def _give_up(self, limit: float) -> NoReturn:
        self.close()
        raise TimedOut(tr("no answer within {limit:g} s", limit=limit), self.printed())

    def _died(self) -> NoReturn:
        left = self._pidfd is not None and not _ends(self._pidfd)
        gone = self.close()
        cause = "the process closed its connection to the grader" if left else _cause(gone)
        raise Died(cause, self.printed())

    def children(self) -> list[int]:
        """The processes that the worker has started and that still run (Linux; elsewhere none)."""
        found: list[int] = []
        with contextlib.suppress(OSError):
            threads = f"/proc/{self.pid}/task"
            for thread in os.listdir(threads):  # noqa: PTH208 (done after each call)
                with open(f"{threads}/{thread}/children", "rb", buffering=0) as file:  # noqa: PTH123
                    found += map(int, file.read().split())
        return found

    def peak_memory(self) -> int | None:
        """The worker's peak resident memory in bytes, as the kernel has it; None off Linux."""
        return status(self.pid, "VmHWM")

    def reset_peak(self) -> int | None:
        """Sets the peak to what is resident now, and returns that; None off Linux."""
        try:
            Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        except OSError:
            return None
        return status(self.pid, "VmRSS")

    def interrupt(self) -> None:
        """Kills the worker, from another thread: the call that waits for it raises Died."""
        if self.alive:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> wire.Gone | None:
        """Kills the worker and all that it started."""
        if not self.alive:
            return None
        self.alive = False
        gone = self._end_worker()
        if gone is None:  # the nursery is gone: do what we can
            for send in (os.killpg, os.kill):
                with contextlib.suppress(OSError):
                    send(self.pid, signal.SIGKILL)
        self._drain()
        self._frames.close()
        os.close(self._output)
        if self._pidfd is not None:
            os.close(self._pidfd)
        return gone

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _raised(answer: wire.Raised, output: str) -> Raised:
    frames = tuple(
        Frame(wire.clip(x.file, 300), x.line, wire.clip(x.function, 100), wire.clip(x.source, 200))
        for x in answer.lines[-20:]
    )
    message = answer.message
    if answer.bad_answer and language.known(answer.text):
        with contextlib.suppress(LookupError):  # a worker may send a text without its values
            message = language.tr(answer.text, **answer.values)
    return Raised(
        wire.clip(answer.name, 100),
        wire.clip(message),
        frames,
        importing=answer.importing,
        bad_answer=answer.bad_answer,
        output=output,
    )


@lru_cache(maxsize=512)
def _returns(function: Callable[..., Any]) -> Any:
    hints = get_type_hints(function)
    if "return" not in hints:
        raise TypeError(f"the driver's {function.__name__} must be annotated")
    return hints["return"]


def _ends(pidfd: int) -> bool:
    """Whether the process has ended, or does so within the blink of an eye."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(200))


def _cause(gone: wire.Gone | None) -> str:
    """The worker's end, in words."""
    if gone is None:
        return tr("the process that ran the code was ended, and its parent with it")
    if os.WIFSIGNALED(gone.status):
        number = os.WTERMSIG(gone.status)
        if number == signal.SIGXCPU:
            return tr("the process used up its processor time")
        return tr("the process was ended by {name}", name=signal.Signals(number).name)
    return tr(
        "the process ended itself, with exit status {status}", status=os.WEXITSTATUS(gone.status)
    )
