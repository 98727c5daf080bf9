"""A driver whose functions run a few lines in the worker, as a learner's file could."""

from __future__ import annotations

import ctypes
import errno
from typing import Any


def run(_: Any, source: str) -> str:
    """What `f()` of this source returns, as text; the name of the error that it raises."""
    space: dict[str, Any] = {}
    try:
        exec(source, space)
        return str(space["f"]())
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def call(_: Any, number: int, arguments: list[int]) -> str:
    """Makes a call to the kernel; the arguments that are not given fit none."""
    libc = ctypes.CDLL(None, use_errno=True)
    six = [*arguments, *[-1] * 6][:6]
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, six))
    return errno.errorcode[ctypes.get_errno()] if result == -1 else "done"


def play(function: Any) -> str:
    return str(function())
