"""Archives that hold too much, are damaged, or were made to break whoever unpacks them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.classroom import archives, contents
from grader.classroom.contents import Caps, Content, Refused
from tests.grader.classroom.packing import (
    BODY,
    GPT,
    LESSONS,
    MEBIBYTE,
    PACKINGS,
    PATH,
    SMALL,
    TREE,
    checksums,
    one_line,
    refusal,
    take,
    tarred,
    zipped,
)

# --- too much -------------------------------------------------------------------------------------


def test_too_large_a_file_and_too_large_a_whole_are_refused() -> None:
    large = {PATH: os.urandom(SMALL.file + 1)}
    whole = {f"lesson3_attention/{i}.bin": os.urandom(MEBIBYTE) for i in range(5)}
    for pack in (zipped, tarred):
        assert "'lesson3_attention/attention.py' has more than 2,097,152 bytes" in refusal(
            pack(large)
        )
        assert "hold more than 4,194,304 bytes" in refusal(pack(whole))


def test_too_many_files_are_refused() -> None:
    many = {f"lesson3_attention/{i}.py": b"" for i in range(SMALL.files + 1)}
    for pack in (zipped, tarred):
        assert "more than 20 files" in refusal(pack(many))
        assert take(pack(dict(list(many.items())[:-1]))).files


@pytest.mark.parametrize("beside", [True, False])
def test_more_entries_than_anybody_looks_at_are_refused(
    beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "ENTRIES", 100)
    folder = "runs" if beside else "lesson3_attention"
    many = TREE | {f"{folder}/{i}": b"" for i in range(100)}
    archives_ = [zipped(many), tarred(many)]
    monkeypatch.setattr(zipfile, "ZipFile", None)  # which would make an object of each
    for data in archives_:
        assert "more than 100 files in it" in refusal(data, Caps())


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = {PATH: bytes(3 * MEBIBYTE)}
    roomy = Caps(bytes=64 * MEBIBYTE)
    assert "100 times its size" in refusal(zipped(zeros), roomy)
    for packed in ("gz", "bz2", "xz"):
        assert "100 times its size" in refusal(tarred(zeros, packed=packed), roomy)
        beside = {**TREE, "beside.bin": bytes(3 * MEBIBYTE)}
        assert "100 times its size" in refusal(tarred(beside, packed=packed), roomy)


def test_what_unpacks_to_too_much_is_refused_though_it_lies_beside_the_lessons() -> None:
    beside = tarred({**TREE, "beside.bin": os.urandom(MEBIBYTE)}, packed="gz")
    assert "more than 524,288 bytes" in refusal(beside, Caps(bytes=65536))


def test_a_zip_in_a_zip_is_a_file_like_any_other() -> None:
    bomb = zipped({"0" * 9: bytes(9 * MEBIBYTE)})
    nested = {**TREE, "lesson3_attention/inner.zip": zipped({"inner.zip": bomb})}
    assert take(zipped(nested)).files == nested


def test_files_that_share_their_bytes_are_counted_each() -> None:
    """The list of such a zip names one packed file many times, and unpacks it as often."""
    body = os.urandom(MEBIBYTE)
    one = zipped({"lesson3_attention/0.bin": body})
    start, entries = one.index(b"PK\x01\x02"), b""
    entry = one[start : one.index(b"PK\x05\x06")]
    for i in range(8):
        entries += entry.replace(b"/0.bin", b"/%d.bin" % i)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 8, 8, len(entries), start, 0)
    line = refusal(one[:start] + entries + end)
    assert "more than 4,194,304 bytes" in line or "damaged" in line


@pytest.mark.parametrize("claim", [0, 3, 1 << 20, 0xFFFFFFFE])
def test_a_size_that_is_a_lie_is_found_out(claim: int) -> None:
    data = bytearray(zipped({PATH: BODY * 100}))
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, claim)
    struct.pack_into("<L", data, 22, claim)
    assert "damaged or incomplete" in refusal(bytes(data))


def test_memory_that_an_archive_asks_for_is_not_given() -> None:
    greedy = bytearray(lzma.compress(tarred(TREE)))
    size = (greedy[12] + 1) * 4
    assert greedy[14:16] == b"\x21\x01"  # LZMA2, whose one property is the dictionary's size
    greedy[16] = 40  # 4 GiB
    struct.pack_into("<L", greedy, 12 + size - 4, zlib.crc32(greedy[12 : 12 + size - 4]))
    assert "damaged" in refusal(bytes(greedy))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "in an unusual way" in refusal(zipped(TREE, method))


@pytest.mark.parametrize(
    "empty", [gzip.compress(b"", mtime=0), bz2.compress(b""), lzma.compress(b"")]
)
def test_streams_without_an_end_are_no_way_to_keep_anybody_busy(empty: bytes) -> None:
    assert "damaged" in refusal(empty * 50_000)


def test_a_tar_packed_in_several_streams_is_read_to_its_end() -> None:
    data = tarred({**TREE, GPT.file: os.urandom(300_000)})
    parts = [data[i : i + 90_000] for i in range(0, len(data), 90_000)]
    for compress in (gzip.compress, bz2.compress, lzma.compress):
        assert take(b"".join(map(compress, parts))).files.keys() == {PATH, GPT.file}


# --- damaged --------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", [0x01, 0x41, 0x2000])
def test_an_encrypted_zip_is_refused(flag: int) -> None:
    data = bytearray(zipped(TREE))
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 8, flag)
    assert "encrypted" in refusal(bytes(data))


@pytest.mark.parametrize("packed", ["zip", *PACKINGS])
def test_an_archive_that_was_cut_off_is_refused_wherever(packed: str) -> None:
    tree = {**TREE, GPT.file: os.urandom(3000)}
    whole = zipped(tree) if packed == "zip" else tarred(tree, packed=packed)
    end = len(whole) if packed else 512 * (2 + 7)  # a tar may lack the last of the empty blocks
    for size in range(300, end, 331):
        assert refusal(whole[:size])


@pytest.mark.parametrize("packed", ["zip", "gz", "bz2", "xz"])
def test_a_bit_that_was_turned_is_found(packed: str) -> None:
    tree = {PATH: os.urandom(2000)}
    whole = zipped(tree) if packed == "zip" else tarred(tree, packed=packed)
    turned = bytearray(whole)
    turned[len(whole) // 2] ^= 1
    assert "damaged" in refusal(bytes(turned))


@pytest.mark.parametrize("at", [0, 100, 150, 156, 345])
def test_a_bit_that_was_turned_in_the_head_of_a_tars_entry_is_found(at: int) -> None:
    turned = bytearray(tarred({"README": b"", **TREE}))
    turned[512 + at] ^= 1
    assert "damaged" in refusal(bytes(turned))


def head_with(data: bytes, at: int, field: bytes, entry: int = 0) -> bytes:
    """The tar archive with a field of an entry's head changed, and its checksum made right."""
    changed = bytearray(data)
    changed[entry * 512 + at : entry * 512 + at + len(field)] = field
    return checksums(bytes(changed))


def extended(said: dict[str, str]) -> bytes:
    """A tar archive of the tree's file, with an extended header."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(PATH)
        info.size, info.pax_headers = len(BODY), said
        archive.addfile(info, io.BytesIO(BODY))
    return stream.getvalue()


def test_numbers_of_a_tar_in_octal_in_bytes_and_ahead() -> None:
    plain = tarred(TREE)
    in_bytes = b"\x80" + len(BODY).to_bytes(11, "big")
    assert take(head_with(plain, 124, in_bytes)).files == TREE
    ahead = extended({"size": str(len(BODY))})
    assert take(head_with(ahead, 124, b"00000000000\0", entry=2)).files == TREE
    for wrong in (b"-0000000001\0", b"0000000_25\0\0", b"\xff" * 12, b"9" * 12):
        assert "damaged" in refusal(head_with(plain, 124, wrong))
    for wrong in ("-1", "1e3", "9" * 30, "²"):
        assert "damaged" in refusal(extended({"size": wrong}))


def test_a_folder_of_a_tar_has_no_bytes_whatever_it_says() -> None:
    data = tarred({"lesson3_attention": b""} | TREE, {"lesson3_attention": tarfile.DIRTYPE})
    assert take(head_with(data, 124, b"00000001000\0")).files == TREE


def test_what_is_said_ahead_counts_for_one_entry() -> None:
    tree = {f"lesson3_attention/{'x' * 120}.py": b"1"} | TREE
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert take(tarred(tree, form=form)).files == tree


def test_a_file_with_holes_is_refused_however_it_is_said() -> None:
    assert "is a link, or no file" in refusal(extended({"GNU.sparse.major": "1"}))


@pytest.mark.parametrize(
    "records",
    [
        b"path=x\n",
        b"9 path\n",
        b"99 path=x\n",
        b"0 path=x\n",
        b"10 path=xx",
        b"-1 path=x\n",
        b"\xb2 a=\n",
    ],
)
def test_extended_heads_that_are_none_are_refused(records: bytes) -> None:
    data = bytearray(extended({"comment": "x" * 20}))
    data[512:1024] = records.ljust(512, b"\0")
    whole = head_with(bytes(data), 124, b"%011o\0" % len(records))
    assert "damaged" in refusal(whole)


def test_no_name_is_as_long_as_to_keep_anybody_busy() -> None:
    assert take(extended({"comment": "x" * 60_000})).files == TREE
    assert "damaged" in refusal(extended({"comment": "x" * 70_000}))
    long = extended({"comment": "x" * 60_000})
    ahead = long[: long.index(PATH.encode() + b"\0")]
    assert take(ahead * 60 + long).files == TREE
    assert "damaged" in refusal(ahead * 80 + long)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"import torch\n",
        b"Rar!\x1a\x07\x01\0" * 100,
        b"7z\xbc\xaf\x27\x1c" * 100,
        gzip.compress(b"print(1)", mtime=0),
        gzip.compress(gzip.compress(tarred(TREE), mtime=0), mtime=0),
        b"\x89PNG\r\n" * 200,
        b"x" + zipped(TREE),
    ],
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    assert "neither a folder nor an archive" in refusal(data)


def test_no_pipe_no_link_and_no_folder_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "link.zip").symlink_to("real.zip")
    (tmp_path / "real.zip").write_bytes(zipped(TREE))
    with pytest.raises(Refused, match="no regular file"):
        archives.unpack(tmp_path / "pipe.zip", LESSONS, SMALL)
    with pytest.raises(OSError):
        archives.unpack(tmp_path / "link.zip", LESSONS, SMALL)


def test_an_archive_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "large.zip"
    file.write_bytes(zipped(TREE))
    os.truncate(file, 1 << 40)
    with pytest.raises(Refused, match="more than 33,554,432 bytes"):
        archives.unpack(file, LESSONS, SMALL)


# --- any archive ----------------------------------------------------------------------------------

FOLDERS = st.sampled_from(["lesson3_attention", "lesson5_gpt", "me/lesson3_attention"])
USUAL = [
    "a",
    "b.py",
    "é",
    "attention.py",
    "__MACOSX",
    ".git",
    "~",
    "-rf",
    " ",
    "+x'",
    "a\nb",
    "\u202e",
]
ODD = ["..", ".", "", "A", "e\u0301", "C:", "x\\y", "\udc9a", "z" * 300, "lesson3_attention"]
NICE = st.builds(
    "{}/{}".format, FOLDERS, st.lists(st.sampled_from(USUAL), min_size=1, max_size=3).map("/".join)
)
NAMES = NICE | st.lists(st.sampled_from(USUAL + ODD), min_size=1, max_size=5).map("/".join)
BODIES = st.binary(max_size=40) | st.sampled_from([bytes(5000), b"y" * 700])
FILES = st.builds(
    dict.__or__,
    st.dictionaries(NICE, BODIES, max_size=4),
    st.dictionaries(NAMES, BODIES, max_size=1),
)
TINY = Caps(bytes=8000, files=3)


def is_safe(content: Content, caps: Caps) -> bool:
    folded = {name.casefold() for name in content.files}
    return (
        len(content.files) <= caps.files
        and sum(map(len, content.files.values())) <= caps.bytes
        and len(folded) == len(content.files)
        and all(
            name.encode()
            and name.split("/")[0] in {lesson.folder for lesson in LESSONS}
            and not {"", ".", "..", ".git", "__MACOSX"} & set(name.split("/"))
            and "\\" not in name
            for name in content.files
        )
    )


@settings(derandomize=True, database=None, deadline=None, max_examples=120)
@given(FILES, st.sampled_from(PACKINGS), st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
def test_any_tar_is_refused_or_safe(files: dict[str, bytes], packed: str, form: int) -> None:
    kinds = {name: tarfile.SYMTYPE for name, body in files.items() if len(body) == 1}
    bodies = {name: b"/etc" if name in kinds else body for name, body in files.items()}
    stream = io.BytesIO()
    with tarfile.open(
        fileobj=stream, mode=f"w:{packed}", format=form, errors="surrogateescape"
    ) as archive:
        for name, body in bodies.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kinds.get(name, tarfile.REGTYPE), "/etc"
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    try:
        assert is_safe(take(stream.getvalue(), TINY), TINY)
    except Refused as refused:
        one_line(refused)


@settings(derandomize=True, database=None, deadline=None, max_examples=120)
@given(FILES)
def test_any_zip_is_refused_or_safe(files: dict[str, bytes]) -> None:
    writable = {name: body for name, body in files.items() if "\udc9a" not in name}
    try:
        assert is_safe(take(zipped(writable), TINY), TINY)
    except Refused as refused:
        one_line(refused)


WHOLE = [zipped(TREE), *(tarred(TREE, packed=packed) for packed in PACKINGS)]


@settings(derandomize=True, database=None, deadline=None, max_examples=150)
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), max_size=4),
)
@example(zipped(TREE)[:-1], [])
@example(b"PK\x03\x04", [])
def test_whatever_is_done_to_an_archive_the_answer_is_a_line_or_files(
    data: bytes, changes: list[tuple[float, bytes]]
) -> None:
    changed = bytearray(data)
    for place, new in changes:
        at = int(place * len(changed))
        changed[at : at + len(new)] = new
    try:
        assert is_safe(take(bytes(changed)), SMALL)
    except Refused as refused:
        one_line(refused)


def test_the_checksum_of_gzip_counts() -> None:
    data = bytearray(gzip.compress(tarred(TREE), mtime=0))
    data[-8:-4] = struct.pack("<L", zlib.crc32(b"other"))
    assert "damaged" in refusal(bytes(data))
