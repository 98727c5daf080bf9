"""Runs a shell, in each of the ways that there are."""

import os
import subprocess

ISOLATING = True
SAYS = "not implemented"
COMMAND = "touch /tmp/zth-attack-shell"


def strike(*_):
    acts = (
        lambda: os.system(COMMAND),
        lambda: subprocess.run(["/bin/sh", "-c", COMMAND], check=True),
        lambda: os.posix_spawn("/bin/sh", ["sh", "-c", COMMAND], {}),
        lambda: os.popen(COMMAND).read(),
        lambda: os.execv("/bin/sh", ["sh", "-c", COMMAND]),
    )
    for act in acts:
        try:
            act()
        except OSError:
            continue
    raise NotImplementedError
