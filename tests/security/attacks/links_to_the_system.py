"""Has links to the machine's files beside it, and reads through them."""

import os

ISOLATING = True
SAYS = "not implemented"
HERE = os.path.dirname(__file__)


def strike(*_):
    for name in ("secret.txt", "up/passwd", "clone/oracle.py"):
        try:
            found = open(f"{HERE}/{name}", "rb").read(20)
        except OSError:
            continue
        raise RuntimeError(f"zth-attack: got {name} {found}")
    raise NotImplementedError


def plant(folder, file, clone):
    (folder / "secret.txt").symlink_to("/etc/shadow")
    (folder / "up").symlink_to("/etc")
    (folder / "clone").symlink_to(clone / "grader" / "lessons" / "lesson1_autograd")
