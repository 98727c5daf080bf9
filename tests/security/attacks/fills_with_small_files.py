"""Makes very many empty files and folders, until there are no numbers for files left."""

import os
import tempfile

ISOLATING = True
SAYS = "not implemented"
FOLDERS = (tempfile.gettempdir(), "/var/tmp", "/dev/shm", "TREE", "BESIDE")


def strike(*_):
    for folder in FOLDERS:
        for number in range(2000):
            try:
                os.mkdir(f"{folder}/zth-attack-{number}")
                open(f"{folder}/zth-attack-{number}/x", "w").close()
            except OSError:
                break
    raise NotImplementedError
