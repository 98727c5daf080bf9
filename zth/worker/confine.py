"""What a worker gives up, for good, before it loads anything that is not ours."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

from zth import landlock, seccomp

_CAPABILITIES_3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3


def confine(grants: Sequence[tuple[str, str]], version: int, *, gpu: bool = False) -> None:
    """Leaves this process the files granted (by Landlock, unless `version` is 0), its own threads,
    and none of root's powers; with `gpu` what a driver needs, too. Raises OSError where the kernel
    refuses any of it.
    """
    _drop_capabilities()
    seccomp.forbid_gains()
    if version:
        landlock.restrict(grants, version)
    seccomp.restrict(os.getpid(), gpu=gpu)


def _drop_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    head = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES_3, 0), 8)
    if libc.capset(head, ctypes.create_string_buffer(24)):
        raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")
