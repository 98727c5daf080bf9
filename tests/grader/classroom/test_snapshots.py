"""Snapshots: named by their digest, read-only, all there or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.classroom import folders, snapshots
from grader.classroom.contents import Caps
from grader.classroom.snapshots import Snapshot, digest, keep
from tests.grader.classroom.packing import (
    BODY,
    GPT,
    LESSON3,
    LESSON5,
    LESSONS,
    PATH,
    TREE,
    listed,
    spread,
)
from zth import trees
from zth.records import ZthError

FILES = TREE | {GPT.file: b"class GPT: ...\n", "lesson3_attention/data/words.txt": b"a b"}


def silent(text: str) -> None:
    raise AssertionError(text)


@pytest.fixture
def kept(tmp_path: Path) -> Snapshot:
    return keep(FILES, tmp_path / "snapshots", silent)


def test_a_snapshot_holds_the_files_and_is_named_by_their_digest(kept: Snapshot) -> None:
    assert kept.files() == FILES
    assert kept.root.name == kept.digest == digest(FILES)
    assert listed(kept.root.parent) == [kept.digest]


def test_the_digest_depends_on_names_and_contents_alone() -> None:
    assert digest(dict(reversed(FILES.items()))) == digest(FILES)
    for other in (
        FILES | {PATH: b""},
        FILES | {"lesson3_attention/x": b""},
        {GPT.file: b"", PATH: BODY},
    ):
        assert digest(other) != digest(FILES)
    assert digest({"a": b"b", "c": b""}) != digest({"a": b"bc"})


def test_of_python_files_the_digest_is_that_of_the_tree(tmp_path: Path) -> None:
    python = {
        PATH: BODY,
        GPT.file: b"",
        "lesson3_attention/a/b.py": b"1",
        "lesson3_attention/a.py": b"2",
    }
    spread(python, tmp_path)
    assert digest(python) == trees.digest(tmp_path, [lesson.folder for lesson in LESSONS])


def test_of_a_lesson_only_its_own_folder_counts(kept: Snapshot, tmp_path: Path) -> None:
    other = keep(FILES | {GPT.file: b"changed"}, tmp_path / "snapshots", silent)
    assert other.lesson_digest(LESSON3) == kept.lesson_digest(LESSON3)
    assert other.lesson_digest(LESSON5) != kept.lesson_digest(LESSON5)
    words = keep(FILES | {"lesson3_attention/data/words.txt": b""}, tmp_path / "snapshots", silent)
    assert words.lesson_digest(LESSON3) != kept.lesson_digest(LESSON3)


def test_nothing_in_it_can_be_written(kept: Snapshot) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in kept.root.rglob("*.*")}
    assert modes == {0o444}
    places = [kept.root, kept.root / "lesson3_attention", kept.root / "lesson3_attention" / "data"]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in places} == {0o555}


def test_one_that_is_there_is_used_again(kept: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (kept.root / PATH).stat()
    monkeypatch.setattr(tempfile, "mkdtemp", None)
    assert keep(FILES, kept.root.parent, silent) == kept
    assert (kept.root / PATH).stat() == before


def test_what_is_graded_does_not_change_with_what_was_handed_in(tmp_path: Path) -> None:
    handed_in = spread(TREE, tmp_path / "alice")
    content = folders.read(handed_in, LESSONS, Caps())
    (handed_in / PATH).write_bytes(b"changed after it was looked at")
    kept = keep(content.files, tmp_path / "snapshots", silent)
    (handed_in / PATH).write_bytes(b"changed again")
    assert kept.files() == TREE


def write(file: Path, body: bytes) -> None:
    file.unlink(missing_ok=True)
    file.write_bytes(body)


def link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda root: write(root / PATH, b"from solutions import *"),
    "more": lambda root: write(root / "lesson3_attention" / "torch.py", b""),
    "less": lambda root: (root / GPT.file).unlink(),
    "a link": lambda root: link(root / PATH, "/etc/passwd"),
    "a pipe": lambda root: os.mkfifo(root / "lesson3_attention" / "pipe"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_one_that_was_changed_is_not_used_and_made_anew(
    damage: Callable[[Path], object], kept: Snapshot
) -> None:
    for folder in (kept.root, *kept.root.rglob("*/")):
        folder.chmod(0o755)
    damage(kept.root)
    with pytest.raises(ZthError, match="has been changed: grade again"):
        kept.files()
    with pytest.raises(ZthError):
        kept.lesson_digest(LESSON3)
    warnings: list[str] = []
    assert keep(FILES, kept.root.parent, warnings.append).files() == FILES
    (warning,) = warnings
    assert "had been changed; it was made anew" in warning
    assert listed(kept.root.parent) == [kept.digest]


@pytest.mark.parametrize("instead", ["link", "file", "dangling", "twin"])
def test_what_lies_in_a_snapshots_place_is_removed_and_nothing_behind_it(
    instead: str, kept: Snapshot, tmp_path: Path
) -> None:
    others = spread({"precious": b"mine"}, tmp_path / "others")
    others.chmod(0o750)
    kept.root.chmod(0o755)  # to be moved, a folder must be writable
    kept.root.rename(tmp_path / "away")
    if instead == "file":
        kept.root.touch()
    else:
        targets = {"link": others, "twin": tmp_path / "away"}
        kept.root.symlink_to(targets.get(instead, tmp_path / "nowhere"))
    assert keep(FILES, kept.root.parent, lambda _: None).files() == FILES
    assert (others / "precious").read_bytes() == b"mine"
    assert stat.S_IMODE(others.stat().st_mode) == 0o750
    assert not kept.root.is_symlink()


def test_a_snapshot_appears_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(ZthError, match=r"cannot write to .*: No space left on device"):
        keep(FILES, tmp_path / "snapshots", silent)
    monkeypatch.undo()
    assert not (tmp_path / "snapshots" / digest(FILES)).exists()
    assert keep(FILES, tmp_path / "snapshots", silent).files() == FILES


def test_many_may_make_the_same_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keep(FILES, tmp_path / "s", silent), range(16)))
    assert len(set(found)) == 1
    assert found[0].files() == FILES
    assert listed(tmp_path / "s") == [found[0].digest]


def test_nothing_handed_in_is_a_snapshot_too(tmp_path: Path) -> None:
    assert keep({}, tmp_path, silent).files() == {}


def test_no_path_leads_out(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="leads out"):
        keep({"../evil.py": b""}, tmp_path / "snapshots", silent)
    assert not list(tmp_path.rglob("evil.py"))
    assert snapshots.within(FILES, LESSON5) == {GPT.file: FILES[GPT.file]}
