"""Numbers drawn from the class's secret, and their public names."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import zth

UNGRADED = ("classroom", "watching")  # packages of grader that have no say in a verdict


def seed(secret: bytes, *words: str) -> tuple[int, str]:
    """A seed (63 bits) that the words have under this secret, and the name by which it is known.

    Whoever knows the name knows nothing of the seed: both are HMACs, of different texts.
    """
    number = int.from_bytes(_mac(secret, "seed", *words)[:8], "big") >> 1
    return number, _mac(secret, "name", *words).hex()[:12]


def _mac(secret: bytes, *words: str) -> bytes:
    return hmac.digest(secret, _joined(words), "sha256")


def _joined(words: tuple[str, ...]) -> bytes:
    """The words as bytes that no other words give."""
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    return b"".join(b"%d:%b" % (len(word), word) for word in encoded)


def key(*words: str) -> str:
    """The name of all that an outcome depends on: the same words, the same outcome."""
    return hashlib.sha256(_joined(words)).hexdigest()


@cache
def grader() -> str:
    """The grader's version: the release, and what its files hold, so that a mended check counts."""
    names = [("zth",), ("grader",)]
    return f"{zth.__version__}+{_digest(names, without=[('grader', part) for part in UNGRADED])}"


@cache
def measurer() -> str:
    """The version of what measures for boards: the grader's, and what the boards' files hold."""
    return f"{grader()}.{_digest([('grader', 'classroom', 'boards')])}"


def _digest(folders: Sequence[tuple[str, ...]], without: Collection[tuple[str, ...]] = ()) -> str:
    """Twelve digits that tell what Python and TOML there is beneath these folders of packages."""
    total = hashlib.sha256()
    for package, *inner in folders:
        for name, file in _sources(files(package).joinpath(*inner), "/".join([package, *inner])):
            if tuple(name.split("/")[:2]) not in without:
                body = file.read_bytes()
                total.update(b"%d %b%d %b" % (len(name), name.encode(), len(body), body))
    return total.hexdigest()[:12]


def _sources(folder: Traversable, name: str) -> list[tuple[str, Traversable]]:
    """All files of Python and TOML beneath the folder, in order, with their paths."""
    found: list[tuple[str, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            found += _sources(entry, path)
        elif entry.name.endswith((".py", ".toml")):
            found.append((path, entry))
    return found
