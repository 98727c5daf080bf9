"""Where all that happens arrives: keys, signals, and what other threads have to say."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Self

from grader.watching.orders import Event, Key

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z~]|O.)")  # arrows, and the like
SUSPEND = "suspend"  # what Ctrl-Z comes as
ENDS = (signal.SIGTERM, signal.SIGHUP)


class Inbox:
    """Events in their order. While it is open, keys come one by one, and are not echoed.

    The terminal is as it was when this is closed, whatever the reason. To be used in the main
    thread, and closed after those that `put` have ended.
    """

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._read, self._wake = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._wake, False)
        self._keys = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
        self._before: list[Any] = []
        self._handlers: dict[signal.Signals, Any] = {}
        self._wakeup = -1

    @property
    def has_keys(self) -> bool:
        return self._keys is not None

    def put(self, event: Event) -> None:
        """Adds an event, from any thread."""
        self._events.put(event)
        with contextlib.suppress(BlockingIOError):  # then it is awake anyway
            os.write(self._wake, b"\0")

    def wait(self) -> list[Event]:
        """The events since the last time; waits for some. None at all where a signal came, such as
        that of a window that has changed its size."""
        keys = [] if self._keys is None else [self._keys]
        ready, _, _ = select.select([self._read, *keys], [], [])
        with contextlib.suppress(BlockingIOError):
            while os.read(self._read, 1024):
                pass
        pressed = list(self._pressed()) if self._keys in ready else []
        return [*pressed, *self._waiting()]

    def _waiting(self) -> Iterator[Event]:
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._events.get_nowait()

    def _pressed(self) -> Iterator[Key]:
        assert self._keys is not None
        data = os.read(self._keys, 1024)
        if not data:  # whoever held the other end is gone
            yield Key("q")
        for character in ESCAPES.sub("", data.decode("utf-8", "ignore")):
            yield Key("enter" if character in "\r\n" else character.lower())

    def __enter__(self) -> Self:
        if self._keys is not None:
            self._before = termios.tcgetattr(self._keys)
        self._wakeup = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._handle(signal.SIGWINCH, lambda _number, _frame: None)
        self._handle(signal.SIGTSTP, lambda _number, _frame: self.put(Key(SUSPEND)))
        for number in ENDS:
            self._handle(number, _end)
        self._one_by_one()
        return self

    def _handle(self, number: signal.Signals, act: Callable[[int, FrameType | None], None]) -> None:
        self._handlers[number] = signal.signal(number, act)

    def __exit__(self, *_: object) -> None:
        self._as_before()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        for descriptor in (self._read, self._wake):
            os.close(descriptor)

    def _one_by_one(self) -> None:
        if self._keys is not None:
            tty.setcbreak(self._keys, termios.TCSADRAIN)

    def _as_before(self) -> None:
        if self._keys is not None:
            with contextlib.suppress(termios.error):  # the terminal itself may be gone
                termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)

    def suspend(self) -> None:
        """Stops this process, with the terminal as it was; returns when it is continued."""
        self._as_before()
        mine = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, mine)
        self._one_by_one()


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
