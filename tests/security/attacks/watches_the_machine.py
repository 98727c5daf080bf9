"""Counts what other processes do: perf events, BPF programs, the kernel's log."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    event = ctypes.create_string_buffer(bytes([1, 0, 0, 0, 128]), 128)
    for pid, cpu in ((0, -1), (-1, 0), (1, -1)):
        if libc.syscall(298, event, pid, cpu, -1, 0) != -1:
            raise RuntimeError(f"zth-attack: got perf events of {pid}")
    for command in range(8):
        if libc.syscall(321, command, ctypes.create_string_buffer(72), 72) != -1:
            raise RuntimeError(f"zth-attack: got bpf {command}")
    if libc.klogctl(3, ctypes.create_string_buffer(4096), 4096) != -1:
        raise RuntimeError("zth-attack: got the kernel's log")
    raise NotImplementedError
