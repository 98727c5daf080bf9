"""What a worker does with what is handed in, and what is left when it dies."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.classroom import snapshots, work
from grader.classroom.means import lessons_of
from grader.classroom.records import Outcome, Regrade, Stage, Task, Upload
from grader.classroom.runner import Crew
from grader.classroom.store.base import now
from grader.classroom.web import slots, worker
from grader.classroom.web.worker import Worker
from tests.grader.classroom.made_up import RIGHT, WRONG, Class, report
from tests.grader.classroom.packing import zipped
from zth.records import ZthError

VALUE = "lesson1_autograd/value.py"
ATTENTION = "lesson3_attention/attention.py"


class Stand(Executor):
    """Grades at once: each lesson has one right check and a wrong one."""

    def __init__(self) -> None:
        self.graded: list[Task] = []
        self.fault = ""

    def submit(self, _: Any, /, *args: Any, **__: Any) -> Future[Any]:
        task: Task = args[0]
        self.graded.append(task)
        future: Future[Outcome] = Future()
        outcome = work.failed(task, self.fault)
        if not self.fault:
            points, told = RIGHT.points + WRONG.points, report(task.lesson, RIGHT, WRONG)
            outcome = replace(outcome, points=points, earned=RIGHT.points, report=told)
        future.set_result(outcome)
        return future


@pytest.fixture
def room(tmp_path: Path) -> Class:
    return Class(tmp_path / "class")


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def one(room: Class, stand: Stand, said: list[str]) -> Worker:
    crew = Crew(stand, lambda: 1)
    return Worker(room.room, room.store, lessons_of(room.room), "one", crew, said.append)


def uploaded(room: Class, student: str, body: bytes) -> Upload:
    """An upload, as the pages queue it."""
    name = hashlib.sha256(body).hexdigest()
    room.room.uploads.mkdir(exist_ok=True)
    (room.room.uploads / name).write_bytes(body)
    return room.store.enqueue(Upload(student, now(), "mine.zip", name))


def after(room: Class, upload: Upload) -> Upload:
    found = room.store.upload(upload.id)
    assert found
    return found


def test_an_upload_becomes_a_submission_with_grades(room: Class, one: Worker, stand: Stand) -> None:
    upload = uploaded(room, "anna", zipped({VALUE: b"a", ATTENTION: b"b", "notes.txt": b"c"}))
    assert one.step()
    done = after(room, upload)
    assert done.stage is Stage.DONE
    submission = room.store.submission(done.submission)
    assert submission
    assert (submission.student, submission.received) == ("anna", upload.received)
    assert {g.outcome.lesson: g.reason for g in room.store.history(submission.id)} == {
        "lesson1": "graded",
        "lesson3": "graded",
    }
    assert [dict(task.files) for task in stand.graded] == [{VALUE: b"a"}, {ATTENTION: b"b"}]
    assert not one.step()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"hello", "it is neither"),
        (b"PK\x03\x04 and then nothing", "damaged or incomplete"),
        (zipped({"readme.txt": b""}), "there is none of the folders"),
        (zipped({"../lesson1_autograd/value.py": b""}), "leads out of its folder"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_line(
    room: Class, one: Worker, stand: Stand, body: bytes, why: str
) -> None:
    upload = uploaded(room, "anna", body)
    assert one.step()
    refused = after(room, upload)
    assert refused.stage is Stage.REFUSED
    assert why in refused.problem
    assert "\n" not in refused.problem
    assert str(room.root) not in refused.problem
    assert stand.graded == []
    [submission] = room.store.submissions("anna")
    assert submission.problem == refused.problem


def test_a_file_that_is_gone_is_refused(room: Class, one: Worker) -> None:
    upload = room.store.enqueue(Upload("anna", now(), "mine.zip", "0" * 64))
    assert one.step()
    assert "cannot be read" in after(room, upload).problem


def test_who_is_not_on_the_roster_is_refused(room: Class, one: Worker) -> None:
    upload = uploaded(room, "eve", zipped({VALUE: b""}))
    assert one.step()
    assert "nobody's on the roster" in after(room, upload).problem


def test_only_what_changed_is_graded(room: Class, one: Worker, stand: Stand) -> None:
    uploaded(room, "anna", zipped({VALUE: b"a", ATTENTION: b"b"}))
    uploaded(room, "anna", zipped({VALUE: b"a", ATTENTION: b"c"}))
    while one.step():
        pass
    assert [task.files for task in stand.graded] == [
        {VALUE: b"a"},
        {ATTENTION: b"b"},
        {ATTENTION: b"c"},
    ]
    assert len(list(room.store.grades("anna"))) == 4


def test_what_was_begun_and_not_ended_is_neither_lost_nor_done_twice(
    room: Class, one: Worker, stand: Stand
) -> None:
    """The worker dies after the first lesson; another goes on, with the same submission."""
    upload = uploaded(room, "anna", zipped({VALUE: b"a", ATTENTION: b"b"}))

    class Dies(Stand):
        def submit(self, _: Any, /, *args: Any, **__: Any) -> Future[Any]:
            if self.graded:
                raise KeyboardInterrupt
            return super().submit(_, *args)

    with pytest.raises(KeyboardInterrupt):
        replace(one, crew=Crew(Dies(), lambda: 1)).step()
    assert after(room, upload).stage is Stage.GRADING
    assert not one.step()
    room.store.release("one", died=True)
    assert one.step()
    assert [task.files for task in stand.graded] == [{VALUE: b"a"}, {ATTENTION: b"b"}]
    assert len(room.store.submissions("anna")) == 1
    assert len(list(room.store.grades("anna", newest=False))) == 2


def test_our_own_fault_is_kept_and_said(
    room: Class, one: Worker, stand: Stand, said: list[str]
) -> None:
    stand.fault = "the nursery did not start"
    upload = uploaded(room, "anna", zipped({VALUE: b"a"}))
    assert one.step()
    assert after(room, upload).stage is Stage.DONE
    assert said == ["not graded: anna lesson1: the nursery did not start"]


# --- again ----------------------------------------------------------------------------------------


def order(room: Class, *submissions: int, lesson: str = "lesson1") -> None:
    moment = now()
    room.store.order(
        Regrade(id, lesson, "a check was mended", "prof", moment) for id in submissions
    )


def test_what_is_to_be_graded_again_is_done_after_the_uploads(
    room: Class, one: Worker, stand: Stand
) -> None:
    done = uploaded(room, "anna", zipped({VALUE: b"a"}))
    assert one.step()
    submission = after(room, done).submission
    order(room, submission)
    uploaded(room, "ben", zipped({VALUE: b"b"}))
    while one.step():
        pass
    assert [task.files[VALUE] for task in stand.graded] == [b"a", b"b", b"a"]
    assert [g.reason for g in room.store.history(submission)] == ["graded", "a check was mended"]
    assert room.store.open_orders() == 0


def test_the_same_files_are_graded_again_once(room: Class, one: Worker, stand: Stand) -> None:
    for student in ("anna", "ben"):
        uploaded(room, student, zipped({VALUE: b"a"}))
    while one.step():
        pass
    order(room, 1, 2)
    while one.step():
        pass
    assert len(stand.graded) == 2  # once for both, and once again
    for id in (1, 2):
        reasons = [g.reason for g in room.store.history(id)]
        assert reasons == ["graded", "a check was mended"]
    order(room, 1)
    assert one.step()
    assert len(stand.graded) == 3


def test_what_cannot_be_graded_again_says_why(room: Class, one: Worker) -> None:
    uploaded(room, "anna", zipped({VALUE: b"a"}))
    assert one.step()
    order(room, 1, lesson="lesson99")
    assert one.step()
    assert room.store.orders(1)[0].problem == "the class has no lesson lesson99 any more"
    [snapshot] = room.room.snapshots.iterdir()
    snapshot.rename(snapshot.with_name("elsewhere"))
    order(room, 1)
    assert one.step()
    [wish] = room.store.orders(1)
    assert wish.stage is Stage.REFUSED
    assert "has been changed" in wish.problem


# --- trouble --------------------------------------------------------------------------------------


def test_what_passes_is_waited_for_and_what_waits_is_not_lost(
    room: Class, one: Worker, stand: Stand, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The roster is being written, then the disk is full, then all is well."""
    upload = uploaded(room, "anna", zipped({VALUE: b"a"}))
    roster = room.room.roster.read_text("utf-8")
    room.room.roster.write_text("nothing yet\n", "utf-8")
    keep = snapshots.keep

    def full(*_: object) -> None:
        monkeypatch.setattr(snapshots, "keep", keep)
        raise OSError(28, "No space left on device")

    def rest(seconds: float) -> None:
        if seconds == worker.IDLE:
            raise KeyboardInterrupt  # all is done
        assert after(room, upload).stage is Stage.GRADING  # until it is released
        room.room.roster.write_text(roster, "utf-8")
        if len(said) == 1:
            monkeypatch.setattr(snapshots, "keep", full)

    monkeypatch.setattr(worker.time, "sleep", rest)
    with pytest.raises(KeyboardInterrupt):
        worker._loop(one, once=False)
    assert after(room, upload).stage is Stage.DONE
    assert "roster.csv, line 1" in said[0]
    assert said[1:] == ["[Errno 28] No space left on device"]
    assert len(stand.graded) == 1


# --- names ----------------------------------------------------------------------------------------


def test_two_workers_have_two_names_and_who_comes_after_one_has_its(tmp_path: Path) -> None:
    with slots.taken(tmp_path) as first:
        with slots.taken(tmp_path) as second:
            assert first != second
        with slots.taken(tmp_path) as third:
            assert third == second
    with slots.taken(tmp_path) as again:
        assert again == first


def test_a_worker_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr(worker, "HOLDING", 0.001)
    words: list[int] = []
    spoke = threading.Event()

    def hold() -> bool:
        words.append(1)
        if len(words) == 1:
            raise ZthError("the store is away")
        spoke.set()
        return len(words) < 3

    with worker._held(hold):
        assert spoke.wait(20)
    assert len(words) <= 3
