"""Files that a command writes for people: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from zth.language import tr
from zth.records import ZthError


def put(file: Path, body: bytes) -> None:
    """Makes a file hold this, all at once. Raises OSError."""
    made = file.parent / f".{file.name}.new"
    try:
        made.write_bytes(body)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def open_folder(folder: Path) -> None:
    """Makes a folder for what names students, where it is not there yet; a new one is kept out of
    Git. Raises OSError."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / ".gitignore").write_text("*\n", "utf-8")


def unwritable(place: Path, error: OSError) -> ZthError:
    """That nothing can be written there, in a line."""
    return ZthError(tr("cannot write to {folder}: {reason}", folder=place, reason=error.strerror))
