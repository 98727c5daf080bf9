"""Plays attention over many positions beside the reference's code. Returns plain data."""

from __future__ import annotations

import ctypes
import time
from typing import Any

M_MMAP_THRESHOLD = -3


def seconds(function: Any, T: int, d: int, block_size: int, rounds: int) -> float:
    """The processor's time for a call, in float32: in blocks, or at once without `block_size`.

    It hardly depends on what else the machine does, as the time on the wall does; but its clock may
    tick in hundredths of a second, so that short calls need many rounds.
    """
    import torch

    _return_memory_at_once()
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, T, d) for _ in range(3))
    given = (q, k, v, block_size) if block_size else (q, k, v)
    with torch.no_grad():
        start = time.process_time()
        for _ in range(rounds):
            function(*given)
        return (time.process_time() - start) / rounds


def _return_memory_at_once() -> None:
    """Has glibc map each tensor of 64 KiB or more on its own, so that holes add no memory."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 16)
