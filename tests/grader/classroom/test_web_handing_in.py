"""Uploads: what is kept, what is refused, and how many there may be."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from grader.classroom import archives
from grader.classroom.contents import Caps
from grader.classroom.means import lessons_of
from grader.classroom.records import Stage, Upload
from grader.classroom.web import handing_in, packing
from tests.grader.classroom.made_up import DUE, RIGHT, TOML
from tests.grader.classroom.web_site import Site, mark

BODY = b"PK\x03\x04 no archive, but who looks?"
SMALL = "[limits]\nbytes = 1000\nuploads_per_day = 3\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "class", TOML + SMALL)


def kept(site: Site) -> list[str]:
    """The files that were handed in."""
    folder = site.room.uploads
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_a_form_hands_in_a_file(site: Site) -> None:
    client = site.student("anna")
    answer = client.post(
        "/uploads", data={"mark": mark(client)}, files={"file": ("my work.zip", BODY)}
    )
    assert (answer.status_code, str(answer.url)) == (200, "http://testserver/me#uploads")
    assert "my work.zip" in answer.text
    assert "waiting: number 1 in the queue" in answer.text
    assert "2 of 3 files are left" in answer.text
    [upload] = site.store.queue()
    assert (upload.student, upload.name, upload.stage) == ("anna", "my work.zip", Stage.WAITING)
    assert upload.file == hashlib.sha256(BODY).hexdigest()
    assert kept(site) == [upload.file]
    file = site.room.uploads / upload.file
    assert file.read_bytes() == BODY
    assert file.stat().st_mode & 0o077 == 0


def test_a_program_hands_in_a_file_and_asks_what_came_of_it(site: Site) -> None:
    program = site.program("anna")
    answer = program.post("/uploads", files={"file": ("a.zip", BODY)})
    assert answer.status_code == 201
    assert answer.headers["location"] == "/uploads/1"
    assert answer.json() == {"id": 1, "name": "a.zip", "stage": "waiting", "position": 1}
    grade = site.hand_in("anna", "lesson1", RIGHT)
    site.hand_in("anna", "lesson3", fault="no nursery")
    site.store.settle(1, Stage.DONE, grade.submission.id)
    assert program.get("/uploads/1").json() == {
        "id": 1,
        "name": "a.zip",
        "stage": "done",
        "lessons": {"lesson1": {"points": RIGHT.points, "earned": RIGHT.earned}},
    }
    site.store.settle(1, Stage.REFUSED, problem="it is neither a zip nor a tar archive")
    said = program.get("/uploads/1").json()
    assert (said["stage"], said["problem"]) == ("refused", "it is neither a zip nor a tar archive")


def test_nobody_sees_what_another_hands_in(site: Site) -> None:
    site.program("anna").post("/uploads", files={"file": ("a.zip", BODY)})
    assert site.program("ben").get("/uploads/1").status_code == 404
    for id in (2, 0, 10**40, "x", "1.0"):
        assert site.program("anna").get(f"/uploads/{id}").status_code == 404
    assert "a.zip" not in site.student("ben").get("/me").text
    assert site.visitor().get("/uploads/1").url.path == "/sign-in"


def test_who_is_nobody_hands_in_nothing(site: Site) -> None:
    answer = site.visitor().post("/uploads", files={"file": ("a.zip", BODY)})
    assert answer.url.path == "/sign-in"
    assert kept(site) == []


@pytest.mark.parametrize("size", [1001 + handing_in.SMALL, 100_000, 2_000_000])
def test_too_much_is_refused_while_it_comes(site: Site, size: int) -> None:
    answer = site.program("anna").post("/uploads", files={"file": ("a.zip", b"x" * size)})
    assert answer.status_code == 413
    assert "more than 1000 bytes" in answer.json()["error"]
    assert kept(site) == []
    assert site.store.queue() == []


def test_what_is_allowed_is_allowed_to_the_byte(site: Site) -> None:
    program = site.program("anna")
    assert program.post("/uploads", files={"file": ("a", b"x" * 1000)}).status_code == 201
    answer = program.post("/uploads", files={"file": ("a", b"x" * 1001)})
    assert answer.status_code == 413
    assert len(kept(site)) == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"files": {"file": ("a.zip", b"")}},
        {"files": {"other": ("a.zip", BODY)}},
        {"data": {"file": "not a file"}},
        {},
        {"content": BODY, "headers": {"content-type": "application/zip"}},
        {"content": b"{}", "headers": {"content-type": "application/json"}},
    ],
)
def test_what_holds_no_file_is_refused_in_a_line(site: Site, sent: dict[str, object]) -> None:
    answer = site.program("anna").post("/uploads", **sent)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert answer.json() == {"error": "there is no file in it, or it is empty"}
    assert site.store.queue() == []


@pytest.mark.parametrize(
    "sent",
    [
        {"content": BODY, "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": BODY, "headers": {"content-type": "multipart/form-data"}},
        {"files": [("file", ("a", BODY)), ("file", ("b", BODY))]},
        {"files": [("file", ("a.py", BODY)), ("file", ("b.zip", BODY))]},
        {"files": [("file", ("a.py", BODY)), ("file", ("x/A.py", BODY))]},
        {"files": [("file", (f"{i}.py", BODY)) for i in range(21)]},
        {"files": {"file": ("a", BODY)}, "data": {f"x{i}": "y" for i in range(50)}},
    ],
)
def test_a_body_that_is_no_form_is_refused_in_a_line(site: Site, sent: dict[str, object]) -> None:
    answer = site.program("anna").post("/uploads", **sent)  # type: ignore[arg-type]
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]
    assert kept(site) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\work.zip", "work.zip"),
        ("a\x1b[31m\u202eb.zip", "a[31mb.zip"),
        ("<img src=x onerror=alert(1)>.zip", "<img src=x onerror=alert(1)>.zip"),
        ("作业 1.zip", "作业 1.zip"),
        ("x" * 300, "x" * 100),
        ("\x00/", "?"),
    ],
)
def test_a_name_is_cleaned_and_names_no_file_here(site: Site, name: str, shown: str) -> None:
    assert packing.cleaned(name) == shown
    client = site.student("anna")
    client.post("/uploads", data={"mark": mark(client)}, files={"file": (name, BODY)})
    assert kept(site) == [hashlib.sha256(BODY).hexdigest()]
    assert "<img" not in client.get("/me").text


def test_files_of_python_are_packed_into_one_archive(site: Site) -> None:
    program = site.program("anna")
    files = {"value.py": b"class Value: ...\n", "mlp.py": b"class MLP: ...\n"}
    for names in (["value.py", "mlp.py"], ["mlp.py", "value.py"]):
        sent = [("file", (name, files[name])) for name in names]
        assert program.post("/uploads", files=sent).status_code == 201
    [upload] = site.store.queue()  # the same files are the same archive
    assert upload.name == "value.py, mlp.py"
    lessons = lessons_of(site.room)
    found = archives.unpack(site.room.uploads / upload.file, lessons, Caps())
    assert found.files == {f"lesson1_autograd/{name}": body for name, body in files.items()}


def test_there_are_so_many_a_day_and_the_page_says_when_the_next(site: Site) -> None:
    program = site.program("anna")
    for i in range(3):
        assert program.post("/uploads", files={"file": ("a", b"%d" % i)}).status_code == 201
    answer = program.post("/uploads", files={"file": ("a", b"one more")})
    assert answer.status_code == 429
    assert answer.json() == {
        "error": "you have handed in 3 files in 24 hours, and no more are taken"
    }
    assert len(kept(site)) == 3
    page = site.student("anna").get("/me").text
    assert "0 of 3 files are left" in page
    assert "the next from" in page
    assert "<button disabled>" in page
    assert site.program("ben").post("/uploads", files={"file": ("a", b"0")}).status_code == 201


def test_those_of_yesterday_do_not_count(site: Site) -> None:
    old = Upload("anna", DUE.replace(year=2020), "old.zip", "f")
    for _ in range(3):
        site.store.enqueue(old)
    assert "3 of 3 files are left" in site.student("anna").get("/me").text


def test_an_answer_that_was_lost_may_be_asked_for_again(site: Site) -> None:
    program = site.program("anna")
    for i in range(2):
        program.post("/uploads", files={"file": ("a", b"%d" % i)})
    first, second = (program.post("/uploads", files={"file": ("a", BODY)}) for _ in range(2))
    assert second.status_code == 201  # though no more than these three are taken
    assert first.json() == second.json()
    assert len(site.store.queue()) == 3


def test_many_at_once_are_counted_one_by_one(site: Site) -> None:
    program = site.program("anna")
    codes: list[int] = []

    def hand_in(i: int) -> None:
        codes.append(program.post("/uploads", files={"file": ("a", b"%d" % i)}).status_code)

    threads = [threading.Thread(target=hand_in, args=[i]) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201] * 3 + [429] * 5
    assert len(site.store.queue()) == 3


def test_what_an_earlier_server_left_half_is_swept_away(site: Site) -> None:
    folder = site.room.uploads
    folder.mkdir()
    names = ["0" * 64, ".new-old", ".new-young", ".worker-1"]
    for name in names:
        (folder / name).touch()
    for name in (names[0], names[1], names[3]):
        os.utime(folder / name, (0, 0))
    handing_in.sweep(folder)
    assert kept(site) == sorted({*names} - {".new-old"})


def test_a_disk_that_is_full_is_said_and_nothing_is_left_behind(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = site.program("anna").post("/uploads", files={"file": ("a", BODY)})
    assert answer.status_code == 503
    assert "cannot be kept at the moment" in answer.json()["error"]
    assert kept(site) == []
    assert site.store.queue() == []
