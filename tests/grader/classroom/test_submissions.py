"""What is found in folders of all kinds, and taken."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.classroom import folders
from grader.classroom.contents import Caps
from grader.classroom.gradescope import METADATA, Submitter
from grader.classroom.records import Student, Submission
from grader.classroom.roster import Roster
from grader.classroom.snapshots import Snapshot, digest
from grader.classroom.submissions import Found, Intake, find
from tests.grader.classroom.packing import (
    BODY,
    GPT,
    LESSONS,
    NOON,
    PATH,
    TREE,
    spread,
    tarred,
    zipped,
)
from zth.records import ZthError

CLASS = Roster(
    (
        Student("alice", "Alice Lee", "", "alice@x.edu"),
        Student("bob", "Bob O'Neil"),
        Student("12345", "Zoë Fox"),
    )
)


def silent(text: str) -> None:
    raise AssertionError(text)


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    return Intake(CLASS, LESSONS, tmp_path / "snapshots", Caps(), silent)


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed in"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[tuple[str, str]]:
    """What is found, by the path within the folder, and what it is known by."""
    return [
        (found.path.relative_to(folder).as_posix(), found.name) for found in find(folder, LESSONS)
    ]


def taken(intake: Intake, folder: Path) -> list[tuple[Submission, Snapshot | None]]:
    return [intake.take(found) for found in find(folder, LESSONS)]


def problem(intake: Intake, path: Path, name: str = "alice") -> str:
    submission, snapshot = intake.take(Found(path, name))
    assert (snapshot, submission.digest, submission.commit) == (None, "", "")
    (line,) = submission.problem.splitlines()
    return line


# --- what is found --------------------------------------------------------------------------------


def test_folders_and_archives_are_found_in_order_each_by_its_name(handed_in: Path) -> None:
    spread(TREE, handed_in / "bob")
    spread(TREE, handed_in / "alice" / "my project")
    spread({"zoe.zip": zipped(TREE), "carl.tgz": tarred(TREE, packed="gz")}, handed_in)
    spread({"notes.pdf": b"", ".DS_Store": b"", "Thumbs.db": b"", ".hidden/x": b""}, handed_in)
    assert names(handed_in) == [
        (n, n) for n in ("alice", "bob", "carl.tgz", "notes.pdf", "zoe.zip")
    ]


def test_archives_in_a_students_folder_are_the_students_each(handed_in: Path) -> None:
    moodle = handed_in / "Alice Lee_17_assignsubmission_file_"
    spread({"bob.zip": zipped(TREE), "late/x": b"", "Again.TAR.GZ": b""}, moodle)
    name = moodle.name
    assert names(handed_in) == [(f"{name}/Again.TAR.GZ", name), (f"{name}/bob.zip", name)]
    spread(TREE, moodle / "unpacked")
    assert names(handed_in) == [(name, name)]


def test_a_students_folder_brings_no_one_elses(handed_in: Path, intake: Intake) -> None:
    spread({f"bob/{PATH}": BODY, f"bob.zip/{PATH}": b"x"}, handed_in / "alice")
    assert names(handed_in) == [("alice", "alice")]
    assert "folders of lessons lie in 'bob' and in 'bob.zip'" in problem(
        intake, handed_in / "alice"
    )


@pytest.mark.parametrize("files", [TREE, {"attention.py": b"", "notes.txt": b""}])
def test_a_tree_is_one_submission(files: dict[str, bytes], handed_in: Path) -> None:
    spread(files, handed_in)
    assert list(find(handed_in, LESSONS)) == [Found(handed_in, "handed in")]


def test_a_stray_file_of_a_lesson_does_not_make_the_class_one_tree(handed_in: Path) -> None:
    spread(TREE, handed_in / "alice")
    spread({"attention.py": b""}, handed_in)
    assert len(list(find(handed_in, LESSONS))) == 2


def test_an_archive_is_one_submission(handed_in: Path) -> None:
    spread({"alice.zip": zipped(TREE)}, handed_in)
    file = handed_in / "alice.zip"
    assert list(find(file, LESSONS)) == [Found(file, "alice.zip")]


def test_where_there_is_nothing_to_look_into(handed_in: Path) -> None:
    assert list(find(handed_in, LESSONS)) == []
    with pytest.raises(ZthError, match="cannot be read: No such file"):
        list(find(handed_in / "missing", LESSONS))


def test_links_of_a_class_are_found_and_not_followed(handed_in: Path, intake: Intake) -> None:
    spread(TREE, handed_in.parent / "solutions")
    (handed_in / "alice").symlink_to(handed_in.parent / "solutions")
    (handed_in / "bob.zip").symlink_to("/etc/passwd")
    spread({"alice.zip": zipped(TREE)}, handed_in.parent / "packed")
    (handed_in / "12345").symlink_to(handed_in.parent / "packed")
    assert [name for name, _ in names(handed_in)] == ["12345", "alice", "bob.zip"]
    for submission, snapshot in taken(intake, handed_in):
        assert (submission.problem, snapshot) == (
            "it is a link; put the file or folder itself there",
            None,
        )


# --- what is taken --------------------------------------------------------------------------------


def test_a_submission_is_taken_with_its_snapshot(handed_in: Path, intake: Intake) -> None:
    spread({"alice_attempt_2.zip": zipped(TREE)}, handed_in)
    ((submission, snapshot),) = taken(intake, handed_in)
    assert snapshot is not None
    assert snapshot.files() == TREE
    assert submission == Submission(
        student="alice",
        received=submission.received,
        digest=digest(TREE),
        source=str(handed_in / "alice_attempt_2.zip"),
    )


def test_the_same_files_are_the_same_however_they_came(handed_in: Path, intake: Intake) -> None:
    spread(
        {f"alice_{i}.zip": data for i, data in enumerate([zipped(TREE), tarred(TREE)])}, handed_in
    )
    spread(TREE | {"README": b"hi"}, handed_in / "bob")
    assert {s.digest for s, _ in taken(intake, handed_in)} == {digest(TREE)}
    assert [s.student for s, _ in taken(intake, handed_in)] == ["alice", "alice", "bob"]


def test_what_cannot_be_taken_has_a_problem_and_ends_nothing(
    handed_in: Path, intake: Intake
) -> None:
    spread(
        {"alice.zip": b"PK\3\4broken", "bob.rar": b"Rar!", "nobody.zip": zipped(TREE)}, handed_in
    )
    spread({"lesson1/x.py": b""}, handed_in / "bob")
    os.mkfifo(handed_in / "12345")
    found = {Path(s.source).name: (s.student, s.problem) for s, _ in taken(intake, handed_in)}
    assert found == {
        "12345": ("12345", "it is no regular file"),
        "alice.zip": ("alice", "the archive is damaged or incomplete; pack it anew"),
        "bob": ("bob", "there is none of the folders lesson3_attention, lesson5_gpt in it"),
        "bob.rar": ("bob", "it is neither a folder nor an archive, zip or tar"),
        "nobody.zip": (
            "",
            "'nobody.zip' is nobody's on the roster: add the student, or rename it to an id",
        ),
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_a_problem(handed_in: Path, intake: Intake) -> None:
    spread(TREE, handed_in / "alice")
    (handed_in / "alice" / PATH).chmod(0)
    assert problem(intake, handed_in / "alice") == "'alice' cannot be read: Permission denied"


def test_what_is_gone_is_a_problem(handed_in: Path, intake: Intake) -> None:
    before = datetime.now(UTC)
    assert problem(intake, handed_in / "alice.zip") == (
        "'alice.zip' cannot be read: No such file or directory"
    )
    submission, _ = intake.take(Found(handed_in / "alice", "alice"))
    assert before <= submission.received <= datetime.now(UTC)


ODD = [
    "a b+c", "it's", 'quo"te', "new\nline", "-rf", "--help", "*", "$(touch x)", "`x`", "ünï",
    "e\u0301", "\u202eabc", "🦊", "%s{}", os.fsdecode(b"\xff\xfe"), "x" * 240, ";", "\t", "\x1b[1m",
]  # fmt: skip


def test_odd_names_are_fine(handed_in: Path, intake: Intake) -> None:
    for i, odd in enumerate(ODD):
        name = f"{odd}_alice"
        if i % 2:
            spread(TREE, handed_in / name)
        else:
            spread({f"{name}.zip": zipped(TREE)}, handed_in)
    found = taken(intake, handed_in)
    assert len(found) == len(ODD)
    assert {(s.student, s.problem, s.digest) for s, _ in found} == {("alice", "", digest(TREE))}


def test_without_a_roster_everybody_is_who_the_name_says(handed_in: Path, tmp_path: Path) -> None:
    spread({"zoe.tar.gz": tarred(TREE, packed="gz")}, handed_in)
    spread(TREE, handed_in / "a b")
    intake = Intake(Roster(), LESSONS, tmp_path / "snapshots", Caps(), silent)
    assert [s.student for s, _ in taken(intake, handed_in)] == ["a b", "zoe"]


def test_a_full_disk_is_nobodys_problem_but_ours(
    handed_in: Path, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    spread(TREE, handed_in / "alice")
    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(ZthError, match=r"cannot write to .*: No space left on device"):
        taken(intake, handed_in)


# --- when -----------------------------------------------------------------------------------------

WHEN = datetime.fromtimestamp(NOON, UTC)
LATER = datetime.fromtimestamp(NOON + 3600, UTC)


def received(intake: Intake, path: Path, changed: float) -> datetime:
    os.utime(path, (changed, changed))
    return intake.take(Found(path, "alice"))[0].received


def test_it_came_when_the_newest_file_was_changed(handed_in: Path, intake: Intake) -> None:
    spread(TREE | {GPT.file: b"", "README": b""}, handed_in)
    os.utime(handed_in / GPT.file, (NOON, NOON))
    os.utime(handed_in / PATH, (NOON - 10, NOON - 10))
    assert received(intake, handed_in, NOON + 99) == WHEN


def test_an_archive_is_no_younger_than_what_is_in_it(handed_in: Path, intake: Intake) -> None:
    file = handed_in / "alice.tar"
    file.write_bytes(tarred(TREE))
    assert received(intake, file, NOON + 3600) == WHEN
    assert received(intake, file, NOON - 3600) == datetime.fromtimestamp(NOON - 3600, UTC)
    file.write_bytes(b"nothing")
    assert received(intake, file, NOON + 3600) == LATER


@pytest.mark.parametrize("changed", [-5, 0, 4e9, 1e15])
def test_no_time_of_a_file_is_an_error_or_in_the_future(
    changed: float, handed_in: Path, intake: Intake
) -> None:
    before = datetime.now(UTC)
    spread(TREE, handed_in)
    try:
        os.utime(handed_in / PATH, (changed, changed))
        when = received(intake, handed_in, changed)
    except OSError:
        pytest.skip("the file system has no such time")
    assert before <= when <= datetime.now(UTC)


# --- platforms ------------------------------------------------------------------------------------

EXPORT = """\
---
submission_2:
  :submitters:
  - :name: Alice Lee
    :sid: ''
    :email: alice@x.edu
  - :name: Fox, Zoë
  :created_at: 2026-01-01 13:00:00.000000000 Z
submission_1:
  :submitters:
  - :sid: bob
  :created_at: 2026-01-01 04:00:00 -08:00
submission_3:
  :submitters:
  - :sid: bob
    :name: Alice Lee
"""


def test_an_export_of_gradescope(handed_in: Path, intake: Intake) -> None:
    spread({METADATA: EXPORT.encode()}, handed_in)
    spread(TREE, handed_in / "submission_1")
    spread({"attention.py": b"bare"}, handed_in / "submission_2")
    spread(TREE, handed_in / "submission_9_alice")
    group = handed_in / "submission_2"
    zoe, alice = Submitter("", "", "Fox, Zoë"), Submitter("", "alice@x.edu", "Alice Lee")
    assert [f for f in find(handed_in, LESSONS) if f.path == group] == [
        Found(group, "submission_2", alice, LATER),
        Found(group, "submission_2", zoe, LATER),
    ]
    found = [(s.student, s.received, bool(p)) for s, p in taken(intake, handed_in)]
    assert found[:3] == [("bob", WHEN, True), ("alice", LATER, True), ("12345", LATER, True)]
    (missing, _), (beside, snapshot) = taken(intake, handed_in)[3:]
    assert (missing.student, missing.problem) == (
        "bob",
        "'submission_3' cannot be read: No such file or directory",
    )
    assert (beside.student, snapshot is not None) == ("alice", True)


def test_a_student_of_gradescope_who_is_not_on_the_roster(handed_in: Path, intake: Intake) -> None:
    spread({METADATA: b"s:\n  :submitters:\n  - :name: Eve\n    :sid: alice2\n"}, handed_in)
    spread(TREE, handed_in / "s")
    ((submission, snapshot),) = taken(intake, handed_in)
    assert (submission.student, snapshot) == ("", None)
    assert submission.problem.startswith("'Eve alice2' is nobody's on the roster")


def test_a_broken_export_is_said_at_once(handed_in: Path) -> None:
    spread({METADATA: b"["}, handed_in)
    with pytest.raises(ZthError, match="not what Gradescope exports"):
        list(find(handed_in, LESSONS))


def test_a_checkout_has_its_commit(handed_in: Path, intake: Intake) -> None:
    checkout = spread({f"work/{PATH}": BODY}, handed_in / "alice")
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": checkout}
    identity = ["-c", "user.name=a", "-c", "user.email=a@x"]
    subprocess.run(["git", "init"], **quiet, stderr=subprocess.DEVNULL)  # type: ignore[call-overload]
    subprocess.run(["git", "add", "."], **quiet)  # type: ignore[call-overload]
    subprocess.run(["git", *identity, "commit", "-m", "x"], **quiet)  # type: ignore[call-overload]
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=checkout, text=True).strip()
    ((submission, snapshot),) = taken(intake, handed_in)
    assert submission.commit == head
    assert snapshot is not None
    assert snapshot.files() == TREE


def test_a_folder_that_changes_while_it_is_read_is_a_problem(
    handed_in: Path, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread(TREE, handed_in)
    entries = folders._entries

    def vanish(*arguments: object) -> object:
        found = list(entries(*arguments))  # type: ignore[arg-type]
        (handed_in / PATH).unlink()
        return iter(found)

    monkeypatch.setattr(folders, "_entries", vanish)
    assert problem(intake, handed_in) == "'handed in' cannot be read: No such file or directory"
