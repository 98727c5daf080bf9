"""Unpacks what students hand in, zip or tar, into memory; nothing is written to a disk.

What an archive says of itself is never believed: bytes are counted as they come.
"""

from __future__ import annotations

import bz2
import io
import lzma
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from grader.classroom import contents, tars
from grader.classroom.contents import Caps, Content, Meter, Refused, shown
from zth.language import tr
from zth.records import Lesson

_CHUNK = 1 << 16
_MEMORY = 128 << 20  # bytes that unpacking xz may need; its strongest preset needs 65 MiB
_STREAMS = 1000  # that one file may be packed in; each costs time, though it be empty
_ZIP = b"PK\x03\x04", b"PK\x05\x06"
_LISTED = b"PK\x01\x02"  # begins each entry of a zip file's list
_ENCRYPTED = 0x2041  # bits of a flag: the file, by a strong cipher, the list of names
_UTF8 = 0x800
_PLAIN = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED  # others may ask for gigabytes of memory
_UNIX_TIMES = 0x5455
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")


@dataclass(frozen=True)
class Member:
    """An entry of an archive, by the name that it has there."""

    name: str
    file: bool
    folder: bool
    changed: float
    chunks: Callable[[], Iterable[bytes]]


def unpack(file: Path, lessons: Sequence[Lesson], caps: Caps) -> Content:
    """The lessons' files in an archive. Raises Refused, and OSError."""
    return unpacked(_read(file, caps), lessons, caps)


def unpacked(data: bytes, lessons: Sequence[Lesson], caps: Caps) -> Content:
    """The same of an archive's bytes, whatever the archive is called."""
    with _understood():
        members = _distinct(_members(data, caps))
        places = contents.placed(members, lessons)
        if len(places.paths) > caps.files:
            raise contents.too_many(caps)
        meter = Meter(caps, len(data))
        files = {
            place: meter.whole(path, members[path].chunks())
            for path, place in sorted(places.paths.items())
        }
    newest = contents.latest(members[path].changed for path in places.paths)
    return Content(files, newest, places.home)


def _read(file: Path, caps: Caps) -> bytes:
    """The whole archive: what is looked at cannot change then."""
    body = bytearray()
    with contents.opened(file) as descriptor:
        for chunk in contents.chunks(descriptor):
            body += chunk
            if len(body) > caps.archive:
                raise contents.too_large(caps)
    return bytes(body)


def _distinct(members: Iterable[Member]) -> dict[str, Member]:
    """The files by their safe paths. Whatever else there is, but for what is dropped, is refused"""
    found: list[tuple[str, Member]] = []
    for count, member in enumerate(members):
        if count >= contents.ENTRIES:
            raise contents.too_many_entries()
        path = contents.safe(member.name)
        if path and not contents.dropped(path):
            if not (member.file or member.folder):
                raise Refused(
                    tr("{name} is a link, or no file at all: leave it out", name=shown(path))
                )
            found.append((path, member))
    contents.distinct((path, member.file) for path, member in found)
    return {path: member for path, member in found if member.file}


def _members(data: bytes, caps: Caps) -> Iterator[Member]:
    if data.startswith(_ZIP):
        return _zipped(data)
    if make := _unpacker(data):
        data = _inflated(_streams(data, make), len(data), caps)
    if tars.starts(data):
        return _tarred(data)
    raise Refused(tr("it is neither a folder nor an archive, zip or tar"))


@contextmanager
def _understood() -> Iterator[None]:
    """What the libraries raise over a stranger's bytes is one reason to us: nobody lists it all."""
    try:
        yield
    except Refused:
        raise
    except Exception:
        raise Refused(tr("the archive is damaged or incomplete; pack it anew")) from None


# --- zip ------------------------------------------------------------------------------------------


def _zipped(data: bytes) -> Iterator[Member]:
    if data.count(_LISTED) > contents.ENTRIES:  # before the library makes an object of each
        raise contents.too_many_entries()
    archive = zipfile.ZipFile(io.BytesIO(data))
    for info in archive.infolist():
        if info.flag_bits & _ENCRYPTED:
            raise Refused(tr("the archive is encrypted; pack it without a password"))
        if info.compress_type not in _PLAIN:
            raise Refused(tr("the archive is packed in an unusual way; pack it as an ordinary zip"))
        yield _of_zip(archive, info)


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    name = _written(info)
    folder = name.endswith("/") or kind == stat.S_IFDIR
    return Member(
        name=name,
        file=kind in (0, stat.S_IFREG) and not folder,
        folder=folder,
        changed=_changed(info),
        chunks=partial(_chunks, archive, info),
    )


def _written(info: zipfile.ZipInfo) -> str:
    """The name, in UTF-8 also where the packer did not say so; Windows once wrote backslashes."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        name = name.encode("cp437").decode("utf-8", "surrogateescape")
    return name.replace("\\", "/")


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    size = 0
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            yield chunk
    if size != info.file_size:
        raise ValueError("the size is a lie")


def _changed(info: zipfile.ZipInfo) -> float:
    """By Unix's clock where the packer wrote it, else by the packer's, taken for ours."""
    extra = info.extra
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        if tag == _UNIX_TIMES and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return float(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + size :]
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


# --- tar ------------------------------------------------------------------------------------------


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gunzip:
    """zlib's way to unpack, with the manners of bz2's and lzma's."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _unpacker(data: bytes) -> Callable[[], _Unpacker] | None:
    """What unpacks what a tar archive is packed in, by how it begins."""
    if data.startswith(b"\x1f\x8b"):
        return _Gunzip
    if data.startswith(b"BZh"):
        return bz2.BZ2Decompressor
    if data.startswith(b"\xfd7zXZ\0"):
        return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY)
    return None


def _streams(data: bytes, make: Callable[[], _Unpacker]) -> Iterator[bytes]:
    """What is packed, some at a time; it may be packed in several streams, one after another."""
    source = io.BytesIO(data)
    fresh = source.read(_CHUNK)
    for _ in range(_STREAMS):
        unpacker = make()
        yield unpacker.decompress(fresh, _CHUNK)
        while not unpacker.eof:
            fresh = source.read(_CHUNK) if unpacker.needs_input else b""
            if unpacker.needs_input and not fresh:
                raise EOFError
            yield unpacker.decompress(fresh, _CHUNK)
        fresh = (unpacker.unused_data or source.read(_CHUNK)).lstrip(b"\0")
        if not fresh:
            return
    raise ValueError("nobody packs in so many streams")


def _inflated(chunks: Iterable[bytes], packed: int, caps: Caps) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        contents.limited(len(body), packed, caps)
        if len(body) > caps.archive:
            raise contents.too_large(caps)
    return bytes(body)


def _tarred(data: bytes) -> Iterator[Member]:
    for entry in tars.entries(data):
        yield Member(
            name=entry.name,
            file=entry.file,
            folder=entry.folder,
            changed=entry.changed,
            chunks=partial(_slice, data, entry.data),
        )


def _slice(data: bytes, where: slice) -> list[bytes]:
    return [data[where]]
