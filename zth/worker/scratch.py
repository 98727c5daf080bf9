"""The folder that a session may write to."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
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
    """Deletes the folder, however deep a learner's code has nested what is in it."""
    root = Path(folder)
    with contextlib.suppress(OSError):
        while inner := _folders(root):
            for place in inner:
                for deeper in _folders(place):
                    deeper.rename(root / secrets.token_hex(16))
                shutil.rmtree(place)
        shutil.rmtree(root)


def _folders(place: Path) -> list[Path]:
    """The folders in this one, each opened up again should its maker have closed it."""
    with os.scandir(place) as entries:
        found = [Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False)]
    for folder in found:
        folder.chmod(stat.S_IRWXU)
    return found
