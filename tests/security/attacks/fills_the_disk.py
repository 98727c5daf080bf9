"""Writes large files, and very many small ones."""

import tempfile

ISOLATING = True
SAYS = "not implemented"
FOLDERS = (tempfile.gettempdir(), "/var/tmp", "/dev/shm", "TREE", "BESIDE")


def strike(*_):
    for folder in FOLDERS:
        for number in range(100):
            try:
                with open(f"{folder}/zth-attack-{number}", "wb") as file:
                    file.write(bytes(1 << 20))
            except OSError:
                break
    raise NotImplementedError
