"""Screens as they were when somebody last looked at them, in files.

ZTH_SNAPSHOTS=update writes the files anew: look at what changed before you commit.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

UPDATE = os.environ.get("ZTH_SNAPSHOTS") == "update"


def same(file: Path, text: str) -> None:
    """Compares with what the file holds, or makes it hold that."""
    if UPDATE:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    kept = file.read_text(encoding="utf-8")
    assert text == kept, "".join(
        difflib.unified_diff(kept.splitlines(True), text.splitlines(True), file.name, "now")
    )
