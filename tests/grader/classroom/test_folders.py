"""Folders that students hand in: links, pipes, too much, and what changes while it is read."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest

from grader.classroom import contents, folders
from grader.classroom.contents import Caps, Places, Refused
from tests.grader.classroom.packing import BODY, GPT, LESSONS, NOON, PATH, TREE, spread

SMALL = Caps(bytes=1 << 20, files=20)


def read(folder: Path, caps: Caps = SMALL) -> contents.Content:
    return folders.read(folder, LESSONS, caps)


def refusal(folder: Path, caps: Caps = SMALL) -> str:
    with pytest.raises(Refused) as refused:
        read(folder, caps)
    (line,) = str(refused.value).splitlines()
    return line


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return spread(TREE | {"lesson3_attention/data/words.txt": b"a b"}, tmp_path / "alice")


def test_all_regular_files_of_the_lessons_are_read(tree: Path) -> None:
    spread({"README": b"", "runs/model.bin": bytes(2 << 20), "lesson3_attention/._x": b""}, tree)
    spread({"lesson3_attention/__pycache__/x.pyc": b"", ".venv/lesson5_gpt/gpt.py": b""}, tree)
    for file in (PATH, "lesson3_attention/data/words.txt"):
        os.utime(tree / file, (NOON, NOON))
    found = read(tree)
    assert found.files == TREE | {"lesson3_attention/data/words.txt": b"a b"}
    assert (found.newest, found.home) == (NOON, "")


def test_the_tree_may_lie_some_folders_deeper(tmp_path: Path) -> None:
    spread(TREE, tmp_path / "a" / "b" / "c")
    assert read(tmp_path).home == "a/b/c"
    spread(TREE, tmp_path / "deep" / "1" / "2" / "3" / "4")
    assert "none of the folders" in refusal(tmp_path / "deep")


def test_links_elsewhere_and_large_packages_beside_the_lessons_do_no_harm(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "ENTRIES", 40)
    (tree / "data").symlink_to("/")
    (tree / "notes.txt").symlink_to("/etc/passwd")
    spread({f"env/lib/python3/site-packages/p{i}/x.py": b"" for i in range(50)}, tree)
    assert PATH in read(tree).files


@pytest.mark.parametrize("target", ["/etc/passwd", "attention.py", "missing", "../.."])
def test_a_link_in_a_lesson_is_refused(target: str, tree: Path) -> None:
    (tree / "lesson3_attention" / "link.py").symlink_to(target)
    assert "'lesson3_attention/link.py' is a link, or no file at all" in refusal(tree)


def test_a_lesson_that_is_a_link_is_refused(tmp_path: Path, tree: Path) -> None:
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "lesson3_attention").symlink_to(tree / "lesson3_attention")
    assert "'lesson3_attention' is a link" in refusal(tmp_path / "bob")


def test_pipes_and_sockets_are_refused_and_not_waited_for(tree: Path) -> None:
    os.mkfifo(tree / "lesson3_attention" / "pipe.py")
    assert "pipe.py' is a link, or no file" in refusal(tree)
    (tree / "lesson3_attention" / "pipe.py").unlink()
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/s")
        Path(short, "s").rename(tree / "lesson3_attention" / "socket.py")
        assert "socket.py' is a link, or no file" in refusal(tree)


def test_names_are_judged_as_in_an_archive(tree: Path) -> None:
    lesson = tree / "lesson3_attention"
    names = {
        "a\\b.py": "no name for a file",
        os.fsdecode(b"\x9a.py"): "not UTF-8",
        "DATA": "one file",
    }
    for name, why in names.items():
        (lesson / name).touch()
        assert why in refusal(tree)
        (lesson / name).unlink()
    for name in ("-rf", "a b+'.py", "new\nline", "x" * 255, "\u202e.py"):
        (lesson / name).touch()
    assert len(read(tree).files) == 7


def test_too_much_is_refused_before_it_is_read(tree: Path) -> None:
    lesson = tree / "lesson3_attention"
    (lesson / "sparse.bin").touch()
    os.truncate(lesson / "sparse.bin", 1 << 40)
    assert "'lesson3_attention/sparse.bin' has more than" in refusal(tree)
    (lesson / "sparse.bin").unlink()
    spread({f"{i}.bin": bytes(400_000) for i in range(3)}, lesson)
    assert "hold more than 1,048,576 bytes" in refusal(tree)
    spread({f"{i}.bin": b"" for i in range(30)}, lesson)
    assert "more than 20 files" in refusal(tree)


def test_nobody_looks_on_without_an_end(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tree / "lesson3_attention" / "/".join("x" * 20)
    deep.mkdir(parents=True)
    assert "folders deep" in refusal(tree)
    deep.rmdir()
    monkeypatch.setattr(contents, "ENTRIES", 10)
    assert "more than 10 files in it" in refusal(tree)


@pytest.mark.parametrize("instead", ["link", "folder", "pipe"])
def test_what_becomes_a_link_after_it_was_looked_at_is_not_followed(
    instead: str, tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = spread({"words.txt": b"secret", "attention.py": b"solved"}, tmp_path / "secret")
    placed = contents.placed

    def and_then(paths: list[str], lessons: object) -> Places:
        found = placed(paths, LESSONS)
        if instead == "folder":
            (tree / "lesson3_attention" / "data").rename(tree / "away")
            (tree / "lesson3_attention" / "data").symlink_to(secret)
        else:
            (tree / PATH).unlink()
            if instead == "pipe":
                os.mkfifo(tree / PATH)
            else:
                (tree / PATH).symlink_to(secret / "attention.py")
        return found

    monkeypatch.setattr(contents, "placed", and_then)
    with pytest.raises((OSError, Refused)):
        read(tree)


def test_a_file_that_grows_while_it_is_read_is_cut_off(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, read_some = [], os.read

    def grow(descriptor: int, size: int) -> bytes:
        reads.append(size)
        with (tree / PATH).open("ab") as stream:
            stream.write(bytes(size))
        return read_some(descriptor, size)

    monkeypatch.setattr(os, "read", grow)
    assert "has more than 524,288 bytes" in refusal(tree)
    assert len(reads) < 30


def test_files_of_a_lesson_without_its_folder(tmp_path: Path) -> None:
    spread({"gpt.py": b"1", "helper.py": b"2", "data/x.bin": bytes(2 << 20)}, tmp_path)
    assert read(tmp_path).files == {GPT.file: b"1", "lesson5_gpt/helper.py": b"2"}


def test_whether_a_folder_holds_lessons(tmp_path: Path, tree: Path) -> None:
    assert folders.holds(tree, LESSONS)
    (tree / PATH).rename(tmp_path / "elsewhere.zip")
    (tree / "lesson3_attention" / "data" / "words.txt").unlink()
    assert not folders.holds(tree, LESSONS)
    assert BODY == (tmp_path / "elsewhere.zip").read_bytes()
