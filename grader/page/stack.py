"""How deep a learner's code may go in a browser, where a stack that is full is the end of Python.

WebAssembly has the browser's stack, a megabyte at best, and cannot ask how much of it is left.
What Python can measure is another stack, for C alone: a byte of it goes with up to forty of the
first. So that one is kept short. A recursion without end, through `__mul__` say, is then a
RecursionError, as it is elsewhere; and a graph of 5,000 nodes that is given up is freed bit by bit.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

MARGIN = 8 << 10  # what Python counts its stack in; it keeps two for itself
ROOM = 6 * MARGIN  # below the four that it must find free before it frees what it had put off


@contextmanager
def guarded() -> Iterator[None]:
    """Leaves C so much of its stack, from here on; outside of a browser, all that there is."""
    c = _functions()
    if c is None:
        yield
        return
    thread = c._PyThreadState_Get()
    try:
        c._PyUnstable_ThreadState_SetStackProtection(thread, _here(c) - ROOM, ROOM)
        yield
    finally:
        c._PyUnstable_ThreadState_SetStackProtection(thread, _here(c) - ROOM, ROOM)
        _free()
        c._PyUnstable_ThreadState_ResetStackProtection(thread)


@cache
def _functions() -> Any:
    """Python's own functions in C, where a browser runs it; else None."""
    with suppress(ImportError):
        return importlib.import_module("pyodide_js")._module
    return None


def _here(c: Any) -> int:
    """Where C's stack ends now; it grows downwards."""
    end: int = c._emscripten_stack_get_current()
    return end


def _free() -> None:
    """Has Python free what it had put off, as it does whenever something that holds others goes."""
    holding: list[list[int]] = [[]]
    del holding
