"""A file of the learner's, run as Python runs it: what it prints is told as it comes."""

from __future__ import annotations

import contextlib
import io
import linecache
import runpy
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from grader.page import stack

MOST = 100_000  # characters that are shown of one run
PAUSE = 0.05  # seconds between two pieces that are told
FRAMES = 40  # of a traceback, from both ends


class Output(io.TextIOBase):
    """Hands on what is printed, in pieces, and the first part of it only."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._hand_on = tell
        self.room, self.dropped = MOST, 0
        self._waiting: list[str] = []
        self._last = 0.0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        shown = text[: self.room]
        self.room -= len(shown)
        self.dropped += len(text) - len(shown)
        if shown:
            self._waiting.append(shown)
        if time.monotonic() - self._last > PAUSE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._waiting:
            self._hand_on("".join(self._waiting))
            self._waiting.clear()
            self._last = time.monotonic()


def run(root: str, file: str, tell: Callable[[str], object]) -> int:
    """Runs a file of the tree at `root`, and says how many characters were too many to be told.

    One in a lesson's folder runs as a module of it, so that it finds the files beside it by
    `from .value import Value`, as when it is graded.
    """
    output = Output(tell)
    with _fresh(root), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            with stack.guarded():
                _start(root, file)
        except SystemExit:
            pass
        except BaseException as error:
            print(_told(error, root), end="", file=output)
        output.flush()
    return output.dropped


def _start(root: str, file: str) -> None:
    folder, _, name = file.rpartition("/")
    if folder:
        module = f"{folder}.{name.removesuffix('.py')}".replace("/", ".")
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(str(Path(root, file)), run_name="__main__")


@contextlib.contextmanager
def _fresh(root: str) -> Iterator[None]:
    """An interpreter that knows nothing of what ran before, and reads nothing from a keyboard."""
    linecache.clearcache()
    before, keyboard, limit = set(sys.modules), sys.stdin, sys.getrecursionlimit()
    sys.path.insert(0, root)
    sys.stdin = io.StringIO()
    try:
        yield
    finally:
        sys.stdin = keyboard
        sys.setrecursionlimit(limit)
        sys.path.remove(root)
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "") or root).startswith(root):
                del sys.modules[name]


def _told(error: BaseException, root: str) -> str:
    """The exception as Python shows it, from the learner's first line on."""
    step: TracebackType | None = error.__traceback__
    while step is not None and not step.tb_frame.f_code.co_filename.startswith(root):
        step = step.tb_next
    told = traceback.TracebackException(type(error), error, step, compact=True)
    told.stack = traceback.StackSummary.from_list(_middle_out(told.stack))
    return "".join(told.format()).replace(f"{root}/", "")


def _middle_out(frames: traceback.StackSummary) -> list[traceback.FrameSummary]:
    if len(frames) <= FRAMES:
        return list(frames)
    return [*frames[: FRAMES // 2], *frames[-FRAMES // 2 :]]
