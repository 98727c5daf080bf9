"""The folder that a session may write to."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


def use(folder: str) -> None:
    """Has `tempfile`, and torch's compiler, make their files there and nowhere else.

    Without trying first whether they can: modules of torch ask for the names as they are imported,
    an optimizer's too, and then write nothing.
    """
    tempfile.tempdir = folder
    os.environ |= {"TMPDIR": folder, "TORCHINDUCTOR_CACHE_DIR": folder}


def remove(folder: str) -> None:
    """Deletes the folder, however deep a learner's code has nested what is in it.

    It climbs down and up again with one descriptor, since paths could become too long, and calls
    too deep.
    """
    with contextlib.suppress(OSError):
        here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        path: list[str] = []
        waiting = [_emptied(here)]
        while waiting:
            if waiting[-1]:
                path.append(waiting[-1].pop())
                os.chmod(path[-1], stat.S_IRWXU, dir_fd=here)
                here = _moved(here, path[-1])
                waiting.append(_emptied(here))
            else:
                waiting.pop()
                if path:
                    here = _moved(here, "..")
                    os.rmdir(path.pop(), dir_fd=here)
        os.close(here)
        Path(folder).rmdir()


def _emptied(here: int) -> list[str]:
    """Deletes the files of a folder; the names of the folders in it."""
    folders: list[str] = []
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=here)
    return folders


def _moved(here: int, name: str) -> int:
    there = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
    os.close(here)
    return there
