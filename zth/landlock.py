"""Landlock: a process gives up, for good, all files but those that it names (Linux 5.13 and later).

The numbers are those of <linux/landlock.h>. Landlock governs opening, making, linking and removing,
not stat, chmod or the times of a file: see `zth.seccomp`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from functools import lru_cache

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1

_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << n for n in range(1, 6))
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE, _IOCTL_DEV = (1 << n for n in (7, 8, 13, 14, 15))
_OF_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV | 1  # what a rule on a file may hold
_FROM = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP, _SCOPES = 0b11, 0b11  # bind and connect; abstract unix sockets and signals

# What a grant may allow.
RIGHTS = {
    "read": _READ_FILE | _READ_DIR,
    "list": _READ_DIR,
    "edit": _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE,
    "device": _READ_FILE | _WRITE_FILE | _IOCTL_DEV | _READ_DIR,
    "scratch": _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _MAKE_REG | _MAKE_DIR
    | _REMOVE_FILE | _REMOVE_DIR | _REFER,
}  # fmt: skip


@lru_cache(maxsize=1)
def abi() -> int:
    """The version that the kernel offers; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    version = ctypes.CDLL(None, use_errno=True).syscall(
        _CREATE, None, ctypes.c_size_t(0), _ASK_VERSION
    )
    return max(0, int(version))


def why_not() -> str:
    """Why there is no Landlock here, in a line; empty where there is."""
    if sys.platform != "linux":
        return "Landlock is a feature of Linux"
    if not abi():
        return "this kernel has no Landlock (5.13 or later has, where it is switched on)"
    return ""


def restrict(grants: Iterable[tuple[str, str]], version: int) -> None:
    """Leaves this process nothing but the grants: (path, one of RIGHTS).

    What a folder is granted holds for all beneath it. A path that is not there is left out. From
    version 4 on TCP is closed too, from 6 on signals to processes outside. Raises OSError.
    """
    handled = _FROM[max(known for known in _FROM if known <= version)]
    attributes = struct.pack(
        "QQQ", handled, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0
    )
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes, 24)
    ruleset = _checked(libc.syscall(_CREATE, buffer, ctypes.c_size_t(24), 0))
    try:
        for path, right in grants:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                _add(libc, ruleset, path, RIGHTS[right] & handled)
        _checked(libc.syscall(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _add(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        if rights:
            rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place), 12)
            _checked(libc.syscall(_ADD, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(place)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock refuses: " + os.strerror(ctypes.get_errno()))
    return int(result)
