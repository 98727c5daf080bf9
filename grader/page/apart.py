"""What a learner's code sees of an interpreter that it shares with the grader, and leaves in it."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import ModuleType

from grader.page import stack
from zth.host.session import OUTPUT_CAP
from zth.worker import loader

FRAMES = 1000  # how deep calls may go: a fresh interpreter's own limit
OURS = "_tree_"  # how the names of a tree's modules begin, and no others
DRIVER = "_driver"


class Printed(io.TextIOBase):
    """Takes what is printed; keeps the first part of it."""

    def __init__(self) -> None:
        self.kept, self.dropped = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        data = text.encode("utf-8", "replace")
        room = max(0, OUTPUT_CAP - len(self.kept))
        self.kept += data[:room]
        self.dropped += len(data[room:])
        return len(text)


class Room:
    """All that code may leave behind from one call to the next, as a process of its own would.

    `hidden` notes which modules were asked for in vain.
    """

    def __init__(self, hidden: loader.Hidden) -> None:
        self.hidden = hidden
        self.finder = loader.Sources()
        self.modules: dict[str, ModuleType] = {}
        self.random = random.Random().getstate()

    @contextmanager
    def entered(self, printed: Printed) -> Iterator[None]:
        """Inside there are the room's own modules and random numbers, and none of the grader."""
        theirs, limit = random.getstate(), sys.getrecursionlimit()
        finders = sys.meta_path[:]
        hidden = _taken(
            lambda name: name.partition(".")[0] in self.hidden.names or name.startswith(OURS)
        )
        sys.modules.update(self.modules)
        sys.meta_path[:0] = [self.hidden, self.finder]
        sys.setrecursionlimit(_depth() + FRAMES)
        random.setstate(self.random)
        try:
            with redirect_stdout(printed), redirect_stderr(printed), stack.guarded():
                yield
        finally:
            self.random = random.getstate()
            self.modules = _taken(
                lambda name: name.partition(".")[0] == DRIVER or name.startswith(OURS)
            )
            sys.modules.update(hidden)
            sys.meta_path[:] = finders
            sys.setrecursionlimit(limit)
            random.setstate(theirs)


def _taken(wanted: Callable[[str], bool]) -> dict[str, ModuleType]:
    """Takes the modules out of the interpreter whose names are wanted."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if wanted(name)}


def _depth() -> int:
    """How many calls deep this is."""
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth
