"""Lessons and archives for tests of what is handed in."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.classroom.archives import unpacked
from grader.classroom.contents import Caps, Content, Refused
from zth.records import Component, Lesson

ATTENTION = Component("attention", "Attention", "lesson3_attention/attention.py", "Attention")
GPT = Component("gpt", "GPT", "lesson5_gpt/gpt.py", "GPT")
TRAINING = Component("training", "Training", "lesson5_gpt/train.py", "train")
LESSON3 = Lesson("lesson3", "Attention", "lesson3_attention", (ATTENTION,), "no", "no")
LESSON5 = Lesson("lesson5", "GPT", "lesson5_gpt", (GPT, TRAINING), "no", "no")
LESSONS = (LESSON3, LESSON5)
PATH = ATTENTION.file
BODY = b"class Attention: ...\n"
TREE = {PATH: BODY}
NEW_YEAR = (2026, 1, 1, 12, 0, 0)
NOON = 1_767_268_800  # the same, in UTC
MEBIBYTE = 1 << 20
SMALL = Caps(bytes=4 * MEBIBYTE, files=20)
PACKINGS = ("", "gz", "bz2", "xz")


def zipped(
    files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, modes: Mapping[str, int] = {}
) -> bytes:
    """A zip archive; `modes` are those that Unix would give."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, body in files.items():
            info = zipfile.ZipInfo(name, NEW_YEAR)
            info.compress_type = method
            info.external_attr = modes.get(name, stat.S_IFREG | 0o644) << 16
            archive.writestr(info, body)
    return packed.getvalue()


def tarred(
    files: Mapping[str, bytes],
    kinds: Mapping[str, bytes] = {},
    packed: str = "",
    form: int = tarfile.PAX_FORMAT,
) -> bytes:
    """A tar archive, packed by "gz", "bz2" or "xz"; `kinds` are types of entries."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{packed}", format=form) as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.type = kinds.get(name, tarfile.REGTYPE)
            info.size = len(body) if info.isreg() else 0
            info.linkname = body.decode() if not info.isreg() else ""
            info.mtime = NOON
            archive.addfile(info, io.BytesIO(body))
    return stream.getvalue()


def spread(files: Mapping[str, bytes], folder: Path) -> Path:
    """The files, written into a folder."""
    for name, body in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    return folder


def listed(folder: Path) -> list[str]:
    """The names of what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def take(data: bytes, caps: Caps = SMALL) -> Content:
    return unpacked(data, LESSONS, caps)


def refusal(data: bytes, caps: Caps = SMALL) -> str:
    with pytest.raises(Refused) as refused:
        take(data, caps)
    return one_line(refused.value)


def one_line(refused: Refused) -> str:
    (line,) = str(refused).splitlines()
    assert line.isprintable()
    return line


def checksums(data: bytes) -> bytes:
    """The tar archive, of files of one block at most, with its checksums made right."""
    fixed = bytearray(data)
    for at in range(0, len(data), 512):
        if data[at + 257 : at + 262] == b"ustar":
            head = fixed[at : at + 512]
            total = sum(head[:148]) + 8 * 32 + sum(head[156:])
            fixed[at + 148 : at + 156] = b"%06o\0 " % total
    return bytes(fixed)
