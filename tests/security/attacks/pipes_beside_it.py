"""Has pipes without a writer and sockets beside it, where whoever opens them waits for ever."""

SAYS = "not implemented"


def strike(*_):
    raise NotImplementedError


def plant(folder, file, clone):
    import os
    import socket

    os.mkfifo(folder / "pipe.py")
    os.mkfifo(folder / "__init__.pyi")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "s.py"))
