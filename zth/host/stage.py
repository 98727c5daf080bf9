"""Trees for a nursery that was started before anybody knew of them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from zth.host import view
from zth.language import tr
from zth.records import Part, ZthError

FILES, BYTES = 2_000, 64 << 20  # of one tree
DEPTH = 32  # folders within folders
NAME, LOCK = "zth-stage-", "lock"
MEMORY = Path("/dev/shm")  # a file system in memory, where there is one
SPARE = 1 << 30  # bytes of it that must be free


def folder(prefix: str, within: Path | None = None) -> tempfile.TemporaryDirectory[str]:
    """A new folder of the host's, in memory where there is room: folders come and go faster."""
    return tempfile.TemporaryDirectory(prefix=prefix, dir=within or _memory())


def _memory() -> Path | None:
    try:
        free = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return MEMORY if free >= SPARE and os.access(MEMORY, os.W_OK) else None


def _sweep(place: Path) -> None:
    """Removes the stages of processes that were killed: nobody holds their locks."""
    for left in place.glob(f"{NAME}*"):
        with contextlib.suppress(OSError), (left / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)


class Stage:
    """A folder that a nursery shows to its workers, in which the host puts what they need."""

    def __init__(self) -> None:
        self._folder = folder(NAME)
        self.path = Path(self._folder.name)
        self._lock = (self.path / "new").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.path / "new").rename(self.path / LOCK)
        _sweep(self.path.parent)

    def place(self, driver: Path, parts: Sequence[Part]) -> tuple[Path, Path, list[Part]]:
        """Copies them into a new folder; returns it, and where driver and parts now are.

        Links are left out, and what lies very deep. Raises ZthError where a tree is too large.
        """
        folder = Path(tempfile.mkdtemp(dir=self.path))
        source = view.of_driver(driver)
        copy = folder / "driver" / source.name
        _copy(source, copy)
        places = dict.fromkeys(part.root for part in parts)
        roots = {root: folder / f"tree{number}" for number, root in enumerate(places)}
        for root, path in view.of_parts(parts):
            _copy(path, roots[root] / path.relative_to(root))
        moved = [replace(part, root=roots[part.root]) for part in parts]
        return folder, copy / driver.relative_to(source), moved

    def close(self) -> None:
        self._folder.cleanup()
        self._lock.close()


def _copy(source: Path, target: Path) -> None:
    count = total = 0
    for file in _files(source):
        count, total = count + 1, total + file.stat().st_size
        if count > FILES or total > BYTES:
            raise ZthError(
                tr(
                    "{source} holds more than {files:,} files or {size} MiB, too much to be "
                    "copied for a worker; move what is no part of the tree elsewhere",
                    source=source,
                    files=FILES,
                    size=BYTES >> 20,
                )
            )
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy, follow_symlinks=False)


def _files(place: Path, depth: int = DEPTH) -> Iterator[Path]:
    """The regular files at or beneath the place, to that depth."""
    if place.is_file():
        yield place
        return
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield Path(entry)
            elif depth and entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                yield from _files(Path(entry), depth - 1)
