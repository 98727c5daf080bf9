"""Which commit a Git checkout has, read from its files.

Git itself is not asked: what a stranger's checkout says in its configuration would have it run
programs.
"""

from __future__ import annotations

import re
from pathlib import Path

from grader.classroom import contents
from grader.classroom.contents import Refused

_HASH = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/[!-~]+")
_CHAIN = 5  # names that may stand for one another
_LINE, _PACKED = 4096, 16 << 20  # bytes that are read of a file of one line, and of packed names


def commit(folder: Path) -> str:
    """The commit that is checked out in a folder; "" where there is none, or none can be read."""
    git = _repository(folder / ".git")
    name = "HEAD"
    for _ in range(_CHAIN):
        said = _named(git, name)
        if _HASH.fullmatch(said):
            return said.decode()
        link, _, target = said.decode("utf-8", "replace").partition(": ")
        if link != "ref" or not _REF.fullmatch(target) or ".." in target:
            return ""
        name = target
    return ""


def _repository(git: Path) -> Path:
    """Where a checkout's own files lie: in .git, or, of another worktree, where .git says."""
    link, _, place = _read(git, _LINE).decode("utf-8", "replace").strip().partition(": ")
    return git.parent / place if link == "gitdir" and "\0" not in place else git


def _named(git: Path, name: str) -> bytes:
    """What a name stands for: in the worktree, in the repository it is of, or packed away there."""
    shared = git
    if common := _read(git / "commondir", _LINE).decode("utf-8", "replace").strip():
        shared = git / common.replace("\0", "")
    said = _read(git / name, _LINE).strip() or _read(shared / name, _LINE).strip()
    return said or _packed(_read(shared / "packed-refs", _PACKED), name.encode())


def _packed(lines: bytes, name: bytes) -> bytes:
    for line in lines.splitlines():
        hash, _, packed = line.partition(b" ")
        if packed == name:
            return hash
    return b""


def _read(file: Path, most: int) -> bytes:
    """What a file holds, up to some bytes; nothing where it cannot be read, or is none."""
    body = b""
    try:
        with contents.opened(file) as descriptor:
            for chunk in contents.chunks(descriptor):
                body += chunk
                if len(body) > most:
                    break
    except (OSError, Refused):
        return b""
    return body[:most]
