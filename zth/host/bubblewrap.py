"""The nursery inside bubblewrap: namespaces of its own, and of the files only a view."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from zth.host import view as views
from zth.records import View

SCRATCH = 256 << 20  # bytes that all of a nursery's sessions may keep in its /tmp
NOBODY = "65534"
_OWN_USER = ("--unshare-user", "--uid", NOBODY, "--gid", NOBODY)
_APART = (
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"),
)
_PRIVATE = (
    *("--proc", "/proc", "--dev", "/dev", "--size", "1048576", "--tmpfs", "/dev/shm"),
    *("--size", str(SCRATCH), "--tmpfs", "/tmp"),
)


def wrap(command: list[str], view: View) -> list[str]:
    """The command, run where there is only what the view shows, all of it read-only."""
    masks: list[str] = []
    options = [*_tried()[0], *_PRIVATE]
    for folder in view.folders:
        options += ["--ro-bind", str(folder), str(folder)]
        real = folder.resolve()
        masks += [str(folder / hole.relative_to(real)) for hole in view.holes
                  if hole.is_relative_to(real)]  # fmt: skip
    for mask in masks:
        options += ["--tmpfs", mask]
    gpus = views.devices()
    drivers = map(Path, views.OF_DRIVERS if gpus else ())
    for path in (*view.files, *view.entries, *view.shown, *drivers):
        if not path.is_relative_to("/proc"):
            options += ["--ro-bind-try", str(path), str(path)]
    for device in gpus:
        options += ["--dev-bind-try", str(device), str(device)]
    for mask in (*masks, "/dev", "/"):
        options += ["--remount-ro", mask]
    return [*options, "--chdir", "/", "--", *command]


def why_not() -> str:
    """Why bubblewrap does not work here, in a line; empty where it does."""
    return _tried()[1]


@lru_cache(maxsize=1)
def _tried() -> tuple[tuple[str, ...], str]:
    """The program and its options with which a first try went well, or why none did.

    Where there are no user namespaces, root can do without.
    """
    program = shutil.which("bwrap")
    if program is None:
        return (), "bubblewrap is not installed (the command is bwrap)"
    reason = ""
    for user in (_OWN_USER, ()) if os.geteuid() == 0 else (_OWN_USER,):
        options = (program, *user, *_APART)
        reason = _fault([*options, "--ro-bind", "/", "/", *_PRIVATE, "--", program, "--version"])
        if not reason:
            return options, ""
    return (), reason


def _fault(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.strip().split("\n")
    return said[-1] if done.returncode else ""
