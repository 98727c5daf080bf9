"""A name for each worker of a class on this machine, that no other living worker has."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO


@contextmanager
def taken(folder: Path) -> Iterator[str]:
    """The first name in the folder that nobody has, for as long as the context lasts.

    The system frees it when the process ends, however that ends: whoever takes it next knows that
    what was begun under this name will not be finished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        with (folder / f".worker-{number}").open("a+", encoding="ascii") as file:
            if _locked(file):
                file.seek(0)
                name = file.read() or _named(file)
                yield name
                return


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _named(file: IO[str]) -> str:
    """A new name: folders on other machines may have workers of the same number."""
    name = secrets.token_hex(8)
    file.write(name)
    file.flush()
    return name
