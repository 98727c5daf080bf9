"""Opens for writing what every worker imports, and what grades."""

import os
import sys

ISOLATING = True
SAYS = "not implemented"
OURS = ("CLONE/zth/wire.py", "CLONE/grader/engine.py", "CLONE/zth/worker/child.py", os.__file__)


def strike(*_):
    theirs = [getattr(sys.modules.get(m), "__file__", None) for m in ("torch", "numpy", "_driver")]
    for file in (*OURS, *theirs):
        for flags in (os.O_RDWR, os.O_WRONLY | os.O_APPEND):
            try:
                os.open(str(file), flags)
            except OSError:
                continue
            raise RuntimeError(f"zth-attack: got {file} for writing")
    raise NotImplementedError
