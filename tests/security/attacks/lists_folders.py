"""Lists folders, in order to know what there is."""

import os

ISOLATING = True
SAYS = "not implemented"
FOLDERS = ("/", "/root", "/home", "/etc", "/tmp", "CLONE", "CLONE/solutions", "BESIDE")


def strike(*_):
    for folder in FOLDERS:
        try:
            found = os.listdir(folder)
        except OSError:
            continue
        raise RuntimeError(f"zth-attack: got {folder} {found}")
    raise NotImplementedError
