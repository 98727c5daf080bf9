"""Read-only copies of what was handed in, each in a folder named by the digest of its files."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.classroom.contents import Refused, safe
from zth import trees
from zth.language import tr
from zth.records import Lesson, ZthError

_FILE, _FOLDER = 0o444, 0o555


@dataclass(frozen=True)
class Snapshot:
    """A copy of a tree: the files of its lessons' folders, in `root`."""

    digest: str
    root: Path

    def files(self) -> dict[str, bytes]:
        """All files by their paths. Raises ZthError where they are not those of the digest."""
        found = _found(self.root)
        if found is None or digest(found) != self.digest:
            raise ZthError(
                tr(
                    "the snapshot {root} has been changed: grade again what it was made of",
                    root=self.root,
                )
            )
        return found

    def lesson_digest(self, lesson: Lesson) -> str:
        """What tells whether a lesson's folder has changed. Raises ZthError, as `files` does."""
        return digest(within(self.files(), lesson))


def within(files: Mapping[str, bytes], lesson: Lesson) -> dict[str, bytes]:
    """Those of the files that lie in a lesson's folder."""
    return {p: body for p, body in files.items() if p.startswith(f"{lesson.folder}/")}


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over paths and contents, of all files; as `zth.trees.digest` has it of Python's."""
    return trees.total(
        (path.encode(), hashlib.sha256(body).digest())
        for path, body in sorted(files.items(), key=lambda item: PurePosixPath(item[0]))
    )


def keep(files: Mapping[str, bytes], folder: Path, warn: Callable[[str], None]) -> Snapshot:
    """A snapshot of the files, in a folder of snapshots; one that is there is verified, and kept.

    It appears all at once. One that was changed is made anew, and `warn` is told. Raises ZthError
    where nothing can be written.
    """
    snapshot = Snapshot(digest(files), folder / digest(files))
    if _intact(snapshot):
        return snapshot
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        try:
            _make(files, made, snapshot, warn)
        finally:
            _remove(made)
    except OSError as error:
        raise ZthError(
            tr("cannot write to {folder}: {reason}", folder=folder, reason=error.strerror)
        ) from None
    return snapshot


def _make(
    files: Mapping[str, bytes], made: Path, snapshot: Snapshot, warn: Callable[[str], None]
) -> None:
    """Fills a folder, and puts it in the snapshot's place."""
    _write(files, made)
    try:
        made.rename(snapshot.root)
    except OSError:
        if not os.path.lexists(snapshot.root):
            raise
        if not _intact(snapshot):  # it may also be another process's, made meanwhile
            warn(tr("the snapshot {root} had been changed; it was made anew", root=snapshot.root))
            _remove(snapshot.root)
            made.rename(snapshot.root)


def _intact(snapshot: Snapshot) -> bool:
    try:
        snapshot.files()
    except ZthError:
        return False
    return True


def _found(root: Path) -> dict[str, bytes] | None:
    """The files in a folder; None where something else is there, or it cannot be read."""
    files: dict[str, bytes] = {}
    try:
        if not stat.S_ISDIR(root.lstat().st_mode):
            return None
        for path in sorted(root.rglob("*")):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                files[safe(path.relative_to(root).as_posix())] = path.read_bytes()
            elif not stat.S_ISDIR(mode):
                return None
    except (OSError, Refused):
        return None
    return files


def _write(files: Mapping[str, bytes], root: Path) -> None:
    for path, body in files.items():
        file = root / safe(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(body)
        file.chmod(_FILE)
    for folder, _, _ in os.walk(root, topdown=False):
        Path(folder).chmod(_FOLDER)


def _remove(root: Path) -> None:
    """Removes a snapshot, or the half of one, though it may not be written to."""
    if root.is_symlink() or root.is_file():
        root.unlink()
        return
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(0o700)
    shutil.rmtree(root, ignore_errors=True)
