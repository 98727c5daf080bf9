"""Makes links, pipes and device files in its own tree and in every folder that is anyone's."""

import os

ISOLATING = True
SAYS = "not implemented"
FOLDERS = ("TREE", "BESIDE", "/tmp", "/var/tmp", "/dev/shm", "CLONE")


def strike(*_):
    for folder in FOLDERS:
        place = f"{folder}/zth-attack-link"
        acts = (
            lambda place=place: os.symlink("/etc/shadow", place),
            lambda place=place: os.link("/etc/passwd", place),
            lambda place=place: os.link(__file__, place),
            lambda place=place: os.mkfifo(place),
            lambda place=place: os.mknod(place, 0o20666, os.makedev(1, 1)),
            lambda place=place: os.mkdir(place),
            lambda place=place: os.rename(__file__, place),
        )
        for act in acts:
            try:
                act()
            except OSError:
                continue
            raise RuntimeError(f"zth-attack: got something made in {folder}")
    raise NotImplementedError
