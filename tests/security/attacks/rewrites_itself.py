"""Puts another file in its place once it has been looked at."""

import os
from pathlib import Path

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    for act in (
        lambda: Path(__file__).write_text("x = 1"),
        lambda: os.replace(__file__, __file__ + ".zth-attack"),
        lambda: os.utime(__file__, (0, 0)),
        lambda: os.chmod(__file__, 0o777),
    ):
        try:
            act()
        except OSError:
            continue
        raise RuntimeError("zth-attack: got to change its own file")
    raise NotImplementedError
