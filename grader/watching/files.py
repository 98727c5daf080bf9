"""Tells when files of a folder may have changed."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

STEP = 20  # milliseconds without a change after which a save counts as whole
LONGEST = 200  # milliseconds that a change waits for others
PATIENCE = 500  # milliseconds without a notice after which it is time for a look anyway
POLL = 0.25  # seconds between looks where nothing gives notice


class Files(threading.Thread):
    """Calls `changed` when something happens in the folder, and now and then when nothing does.

    The operating system's notice, through the package `watchfiles`, makes it soon; but not all give
    one (network file systems do not), nor each time. A lesson is a handful of files, so a look at
    them costs nothing; without the package there are only looks. The folder may be taken away, and
    come back.
    """

    def __init__(self, folder: Path, changed: Callable[[], None]) -> None:
        super().__init__(name=f"watching {folder.name}", daemon=True)
        self.folder, self.changed = folder, changed
        self._stop_watching = threading.Event()

    def run(self) -> None:
        if importlib.util.find_spec("watchfiles") is None:
            while not self._stop_watching.wait(POLL):
                self.changed()
            return
        while not self._stop_watching.is_set():
            self._watch_this_folder()
            self._stop_watching.wait(POLL)  # it is gone, or another is in its place
            self.changed()

    def _watch_this_folder(self) -> None:
        """Watches until it is time to stop, or the folder is not the one that it was."""
        from watchfiles import Change, watch

        gone = (Change.deleted, str(self.folder))
        try:
            before = self.folder.stat().st_ino
            for changes in watch(
                self.folder,
                watch_filter=None,
                step=STEP,
                debounce=LONGEST,
                stop_event=self._stop_watching,
                rust_timeout=PATIENCE,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                self.changed()
                if gone in changes or self.folder.stat().st_ino != before:
                    return  # a new folder may get the number of the old one
        except OSError:  # it is not there, or this system has no more watches to give
            return

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_watching.set()
        self.join()
