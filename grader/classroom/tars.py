"""The entries of a tar archive, read strictly.

Python's `tarfile` can be made to wait for ever by an archive of a stranger, in releases that are
still in use; and it is lenient where this must not be: what is odd ends the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = 512
_EXTENDED, _GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_FILES = (b"0", b"\0", b"7")
_FOLDER = b"5"
SPARSE = "GNU.sparse."  # begins what is said of a file with holes
KNOWN = ("path", "size", "mtime")
_AHEAD = 64 << 10  # bytes that what is said ahead of an entry may have
_AHEAD_IN_ALL = 4 << 20


class Damaged(ValueError):
    """No tar archive, or not all of one."""


@dataclass(frozen=True)
class Entry:
    """A name as it is written, in UTF-8 where it is that; `data` is where its bytes lie."""

    name: str
    file: bool
    folder: bool
    changed: float
    data: slice


def starts(head: bytes) -> bool:
    """Whether what begins so may be a tar archive."""
    try:
        return len(head) >= BLOCK and (_sound(head[:BLOCK]) or not any(head[:BLOCK]))
    except Damaged:
        return False


def entries(data: bytes) -> Iterator[Entry]:
    """The entries in their order. Raises Damaged."""
    at, ahead, said = 0, dict[str, bytes](), 0
    while True:
        head = data[at : at + BLOCK]
        if len(head) < BLOCK:
            raise Damaged("the end is missing")
        if not any(head):
            return
        if not _sound(head):
            raise Damaged("a checksum is wrong")
        kind = head[156:157]
        size = _size(head, ahead)
        start = at + BLOCK
        end = start + size
        at = start + -(-size // BLOCK) * BLOCK
        if kind in (_EXTENDED, _LONG_NAME):
            said += size
            if size > _AHEAD or said > _AHEAD_IN_ALL:
                raise Damaged("a name is too long")
            ahead |= _ahead(kind, data[start:end])
        elif kind not in (_GLOBAL, _LONG_LINK):
            yield _entry(head, ahead, slice(start, end))
            ahead = {}


def _entry(head: bytes, ahead: dict[str, bytes], data: slice) -> Entry:
    kind = head[156:157]
    name = ahead.get("path", _name(head)).decode("utf-8", "surrogateescape")
    folder = kind == _FOLDER or (kind in _FILES and name.endswith("/"))
    return Entry(
        name=name,
        file=kind in _FILES and not folder and SPARSE not in ahead,
        folder=folder,
        changed=_changed(head, ahead),
        data=data,
    )


def _sound(head: bytes) -> bool:
    total = sum(head[:148]) + 8 * ord(" ") + sum(head[156:])
    return _number(head[148:156]) == total


def _size(head: bytes, ahead: dict[str, bytes]) -> int:
    """Bytes that follow the head: links, devices and folders have none, whatever they say."""
    if head[156:157] in (b"1", b"2", b"3", b"4", b"5", b"6"):
        return 0
    if (said := ahead.get("size")) is not None and head[156:157] not in (_EXTENDED, _LONG_NAME):
        if not said.isdigit() or len(said) > 20:
            raise Damaged("a size is no number")
        return int(said)
    return _number(head[124:136])


def _number(field: bytes) -> int:
    """Octal digits, or, with the first bit set, a number of as many bytes."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise Damaged("a field is no number")
    return int(digits or b"0", 8)


def _name(head: bytes) -> bytes:
    name = head[:100].partition(b"\0")[0]
    prefix = head[345:500].partition(b"\0")[0]
    if prefix and head[257:263] == b"ustar\0":
        return prefix + b"/" + name
    return name


def _ahead(kind: bytes, body: bytes) -> dict[str, bytes]:
    """What an entry of its own says of the one that follows, as far as it matters."""
    if kind == _LONG_NAME:
        return {"path": body.removesuffix(b"\0")}
    said: dict[str, bytes] = {}
    for key, value in _records(body):
        name = key.decode("ascii", "replace")
        if name.startswith(SPARSE):
            said[SPARSE] = value
        elif name in KNOWN:
            said[name] = value
    return said


def _records(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The pairs of an extended header: lines of "length key=value"."""
    at = 0
    while at < len(body) and body[at]:
        space = body.find(b" ", at, at + 8)
        digits = body[at:space] if space > 0 else b""
        end = at + int(digits) if digits.isdigit() else 0
        key, equals, value = body[space + 1 : end].partition(b"=")
        if not equals or value[-1:] != b"\n" or end > len(body):
            raise Damaged("a record is no pair")
        yield key[:40], value[:-1]
        at = end


def _changed(head: bytes, ahead: dict[str, bytes]) -> float:
    try:
        return float(ahead["mtime"]) if "mtime" in ahead else float(_number(head[136:148]))
    except (ValueError, OverflowError):
        return 0.0
