"""Sets the clock and the host's name, loads a module, turns swapping off."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    now = (ctypes.c_long * 2)(0, 0)
    tries = {
        "sethostname": lambda: libc.sethostname(b"zth-attack", 10),
        "clock_settime": lambda: libc.clock_settime(1, now),  # CLOCK_MONOTONIC: never settable
        "adjtimex": lambda: libc.adjtimex(ctypes.create_string_buffer(256)),
        "swapoff": lambda: libc.swapoff(b"/zth-attack"),
        "acct": lambda: libc.acct(b"/zth-attack"),
        "init_module": lambda: libc.syscall(175, b"", 0, b""),
        "iopl": lambda: libc.iopl(0) if hasattr(libc, "iopl") else -1,
    }
    for name, act in tries.items():
        if act() != -1:
            raise RuntimeError(f"zth-attack: got {name}")
    raise NotImplementedError
