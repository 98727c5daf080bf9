"""Has the kernel tell it of each file that the grader opens."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    libc = ctypes.CDLL(None, use_errno=True)
    for name, arguments in (
        ("inotify_init", ()),
        ("inotify_init1", (0,)),
        ("fanotify_init", (0, 0)),
    ):
        if getattr(libc, name)(*arguments) != -1:
            raise RuntimeError(f"zth-attack: got {name}")
    raise NotImplementedError
