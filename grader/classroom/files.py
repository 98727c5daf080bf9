"""Files that a command writes for people: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from zth.language import tr
from zth.records import ZthError


def put(file: Path, body: bytes) -> None:
    """Makes a file hold this, all at once. Raises OSError."""
    made = file.with_name(f".{file.name}.new")
    try:
        made.write_bytes(body)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def unwritable(place: Path, error: OSError) -> ZthError:
    """That nothing can be written there, in a line."""
    return ZthError(
        tr(
            "cannot write to {folder}: {reason}",
            folder=error.filename or place,
            reason=error.strerror,
        )
    )
