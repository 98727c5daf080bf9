"""Zip and tar archives of strangers: what is taken, and what is refused in a line."""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from grader.classroom import archives
from tests.grader.classroom.packing import (
    BODY,
    GPT,
    LESSONS,
    MEBIBYTE,
    NEW_YEAR,
    NOON,
    PACKINGS,
    PATH,
    SMALL,
    TREE,
    checksums,
    listed,
    refusal,
    take,
    tarred,
    zipped,
)

# --- what is taken --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_is_unpacked(method: int) -> None:
    assert take(zipped(TREE, method)).files == TREE


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("packed", PACKINGS)
def test_a_tar_is_unpacked(packed: str, form: int) -> None:
    assert take(tarred(TREE, packed=packed, form=form)).files == TREE


def test_what_it_is_called_does_not_matter_and_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "lesson3.zip"
    file.write_bytes(tarred(TREE, packed="gz"))
    assert archives.unpack(file, LESSONS, SMALL).files == TREE
    assert listed(tmp_path) == ["lesson3.zip"]


def test_long_names_of_old_tars_are_kept() -> None:
    tree = {f"{'me' * 50}/lesson3_attention/{'x' * 90}.py": b"1"}
    assert take(tarred(tree, form=tarfile.USTAR_FORMAT)).home == "me" * 50


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names_are_kept(form: int) -> None:
    tree = {f"lesson3_attention/{'é' * 60}/{'x' * 120}.py": b"1", PATH: BODY}
    assert take(tarred(tree, form=form)).files == tree
    assert take(zipped(tree)).files == tree


def test_a_folder_around_everything_is_stripped() -> None:
    tree = {f"Müller +1/my 'work'/{name}": body for name, body in TREE.items()}
    for data in (zipped(tree | {"Müller +1/README": b"hi"}), tarred(tree)):
        found = take(data)
        assert (found.files, found.home) == (TREE, "Müller +1/my 'work'")


def test_what_nobody_meant_to_hand_in_is_dropped() -> None:
    junk = {
        "__MACOSX/lesson3_attention/._attention.py": b"x",
        "lesson3_attention/._attention.py": b"x",
        "lesson3_attention/.DS_Store": b"x",
        "lesson3_attention/__pycache__/attention.cpython-313.pyc": b"x",
        "lesson3_attention/.git/config": b"x",
        ".venv/bin/python": b"/usr/bin/python3",
        ".zth/progress.json": b"x",
    }
    tree = junk | TREE
    assert take(zipped(tree, modes={".venv/bin/python": stat.S_IFLNK | 0o777})).files == TREE
    assert take(tarred(tree, kinds={".venv/bin/python": tarfile.SYMTYPE})).files == TREE


def test_only_the_lessons_count_however_much_lies_beside_them() -> None:
    beside = {f"runs/{i}.bin": os.urandom(MEBIBYTE) for i in range(6)}
    assert take(zipped(TREE | beside)).files == TREE
    assert take(tarred(TREE | beside)).files == TREE


def test_every_regular_file_of_a_lesson_is_taken_folders_alone_are_not() -> None:
    tree = TREE | {"lesson3_attention/data/words.txt": b"a b", "lesson5_gpt/empty.py": b""}
    folders = {"lesson3_attention/": b"", "lesson3_attention/nothing/": b""}
    modes = dict.fromkeys(folders, stat.S_IFDIR | 0o755)
    assert take(zipped(folders | tree, modes=modes)).files == tree
    plain = {"lesson3_attention/nothing": stat.S_IFDIR | 0o755}
    assert take(zipped({**tree, "lesson3_attention/nothing": b""}, modes=plain)).files == tree
    kinds = dict.fromkeys(folders, tarfile.DIRTYPE)
    assert take(tarred({"./": b""} | folders | tree, {"./": tarfile.DIRTYPE} | kinds)).files == tree


def test_names_without_the_mark_of_utf8_are_read_as_that() -> None:
    data = zipped({f"Übung/{PATH}": BODY})
    marked = struct.pack("<H", 0x800)
    assert data.count(marked) >= 2
    assert take(data.replace(marked, b"\0\0")).home == "Übung"


def test_a_name_that_is_not_utf8_is_refused_in_a_lesson_and_nowhere_else() -> None:
    for pack in (zipped, tarred):
        around = pack({f"XX/{PATH}": BODY}).replace(b"XX", b"\x9aX")
        with_sums = checksums(around) if pack is tarred else around
        assert take(with_sums).files == TREE
        inside = pack({**TREE, "lesson3_attention/XX.py": b""}).replace(b"XX", b"\x9aX")
        with_sums = checksums(inside) if pack is tarred else inside
        assert "is not UTF-8" in refusal(with_sums)


def test_only_folders_of_lessons_side_by_side_count() -> None:
    both = {**TREE, f"old/{GPT.file}": b""}
    assert take(zipped(both)).files == TREE
    assert "none of the folders" in refusal(zipped({f"1/2/3/4/{PATH}": BODY}))


def test_backslashes_of_old_windows_packers_stand_between_folders() -> None:
    assert take(zipped({"home\\lesson3_attention\\attention.py": BODY})).files == TREE


def test_when_the_newest_was_changed() -> None:
    local = time.mktime((*NEW_YEAR, 0, 0, -1))
    assert take(zipped(TREE)).newest == local
    assert take(tarred(TREE)).newest == NOON
    timed = zipfile.ZipInfo(PATH, NEW_YEAR)
    timed.extra = struct.pack("<HHBi", 0x5455, 5, 1, NOON + 7)  # what Unix's zip adds
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(timed, BODY)
    assert take(packed.getvalue()).newest == NOON + 7


def test_files_of_one_lesson_need_no_folder() -> None:
    for bare in ({"attention.py": BODY, "notes.md": b"hm"}, {"me/attention.py": BODY}):
        assert take(zipped(bare)).files[PATH] == BODY
    assert "lesson3_attention, lesson5_gpt" in refusal(zipped({"attention.py": b"", "gpt.py": b""}))
    assert "none of the folders lesson3_attention, lesson5_gpt" in refusal(zipped({"a.py": b""}))


def test_a_clone_of_the_course_has_the_learners_tree_and_two_others_are_one_too_many() -> None:
    clone = {f"zth/{tree}/{PATH}": tree.encode() for tree in ("exercises", "solutions")}
    assert take(zipped(clone)).files == {PATH: b"exercises"}
    assert "'a' and in 'b'" in refusal(zipped({f"a/{PATH}": b"", f"b/{PATH}": b""}))


# --- what is refused ------------------------------------------------------------------------------

PLACES = {
    "../../evil.py": "leads out",
    "lesson3_attention/../../evil.py": "leads out",
    "lesson3_attention/..": "leads out",
    "__MACOSX/../../evil.py": "leads out",
    "/etc/cron.d/evil": "absolute",
    "//server/share/evil": "absolute",
    "C:/evil.py": "absolute",
    "c:evil.py": "absolute",
    "lesson3_attention/" + "x" * 256: "too long",
    "/".join(["lesson3_attention", *["x" * 250] * 5]): "too long",
    "/".join(["lesson3_attention", *"x" * 20]): "folders deep",
}


@pytest.mark.parametrize(("name", "why"), PLACES.items(), ids=[*map(str, range(len(PLACES)))])
def test_a_name_that_leads_elsewhere_is_refused(name: str, why: str) -> None:
    for data in (zipped({**TREE, name: b"x"}), tarred({**TREE, name: b"x"})):
        assert why in refusal(data)


def test_backslashes_lead_nowhere_else_either() -> None:
    assert "leads out" in refusal(zipped({**TREE, "a\\..\\..\\evil.py": b""}))
    assert "absolute" in refusal(zipped({**TREE, "\\evil.py": b""}))
    assert "no name for a file" in refusal(tarred({**TREE, "a\\..\\..\\evil.py": b""}))


def test_a_nul_byte_in_a_name_is_refused() -> None:
    zip = zipped({**TREE, "lesson3_attention/x.py@.txt": b""}).replace(b"x.py@", b"x.py\0")
    assert "no name for a file" in refusal(zip)
    tar = tarred({**TREE, "lesson3_attention/" + "é" * 70 + "@": b""}).replace(b"@\n", b"\0\n")
    assert "no name for a file" in refusal(tar)


KINDS = {
    "symbolic": tarfile.SYMTYPE,
    "hard": tarfile.LNKTYPE,
    "characters": tarfile.CHRTYPE,
    "blocks": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "sparse": tarfile.GNUTYPE_SPARSE,
    "unknown": b"Z",
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_links_and_devices_in_a_tar_are_refused(kind: bytes) -> None:
    name = "lesson3_attention/evil.py"
    data = tarred({**TREE, name: b"../../solutions/lesson3_attention/attention.py"}, {name: kind})
    assert "'lesson3_attention/evil.py' is a link, or no file at all" in refusal(data)
    outside = tarred({"evil": b"/etc", **TREE}, {"evil": kind})
    assert "'evil' is a link" in refusal(outside)


def test_a_lesson_that_is_a_link_is_refused() -> None:
    data = tarred({"lesson3_attention": b"/solutions"}, {"lesson3_attention": tarfile.SYMTYPE})
    assert "is a link" in refusal(data)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(kind: int) -> None:
    name = "lesson3_attention/evil.py"
    data = zipped({**TREE, name: b"/etc/passwd"}, modes={name: kind | 0o644})
    assert "is a link" in refusal(data)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("lesson3_attention/a.py", "lesson3_attention/A.py"),
        ("lesson3_attention/data/a", "lesson3_attention/Data/b"),
        ("lesson3_attention/é.py", "lesson3_attention/e\u0301.py"),
        ("lesson3_attention/ﬁle.py", "lesson3_attention/file.py"),
        ("lesson3_attention/straße", "lesson3_attention/STRASSE"),
        ("lesson3_attention/a", "lesson3_attention/a/b.py"),
        ("lesson3_attention/x.py", "./lesson3_attention//x.py"),
    ],
)
def test_names_that_are_one_on_some_computer_are_refused(first: str, second: str) -> None:
    for pack in (zipped, tarred):
        for names in ((first, second), (second, first)):
            assert "one file on some computers" in refusal(pack(dict.fromkeys(names, b"")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(PATH, BODY)
        archive.writestr(PATH, b"other")
    assert "one file on some computers" in refusal(packed.getvalue())
    assert "one file on some computers" in refusal(tarred(TREE)[: 512 * 2] + tarred(TREE))
