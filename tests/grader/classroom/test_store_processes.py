"""Several processes with one store: nothing is lost, nothing is done twice, some are killed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import IO

import pytest

from grader.classroom.records import Submission, Upload
from grader.classroom.store import Store
from grader.classroom.store.database import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Each program has the store's URL and its own name.
BEGIN = """
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from grader.classroom.records import Outcome, Stage, Submission, Upload
from grader.classroom.store import Store
url, name = sys.argv[1:]
store = Store.open(url)
noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
outcome = Outcome("", "lesson1", "d", 10, 7, 1.5, "bwrap", "s", "0.3", "{}" * 5000)
print("ready", flush=True)
sys.stdin.readline()
"""
RECORDS = """
for number in range(40):
    shared = store.add(Submission("shared", noon, f"d{number}", "s.zip"))
    own = store.add(Submission(name, noon, f"d{number}", "s.zip"))
    for submission in (shared, own):
        store.record(submission.id, replace(outcome, key=f"k{number}", grader=name))
"""
CLAIMS = """
while upload := store.claim(name):
    print(upload.id, flush=True)
    store.settle(upload.id, Stage.DONE)
"""
ADMITS = """
for number in range(20):
    store.admit(Upload("anna", noon, name, str(number)), 5, noon)
"""
WRITES = """
number = 0
while True:
    number += 1
    id = store.add(Submission(f"{name}{number}", noon, "d", "s.zip")).id
    grade = store.record(id, replace(outcome, key=f"{name}{number}"))
    print(grade.id, flush=True)
"""

Start = Callable[[str, str], "subprocess.Popen[str]"]


@pytest.fixture
def start(ready: str) -> Start:
    """Starts a program beside the others."""

    def start(program: str, name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", BEGIN + program, ready, name]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    return start


def output(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def together(start: Start, program: str, names: str) -> list[str]:
    """Runs a program in several processes at once; what each said."""
    processes = [start(program, name) for name in names]
    for process in processes:
        assert output(process).readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return said


def test_two_that_record_at_once_lose_nothing_and_share_outcomes(
    store: Store, start: Start
) -> None:
    together(start, RECORDS, "ab")
    grades = list(store.grades())
    expected = Counter({"shared": 40, "a": 40, "b": 40})
    assert Counter(grade.submission.student for grade in grades) == expected
    assert {grade.outcome.report for grade in grades} == {"{}" * 5000}
    graders = {(grade.outcome.key, grade.outcome.grader) for grade in grades}
    assert len(graders) == 40  # the first of the two decided what both note
    assert len(list(store.grades(newest=False))) == 120


def test_each_upload_is_claimed_by_one(store: Store, start: Start) -> None:
    upload = Upload("anna", NOON, "a.zip", "uploads/1")
    ids = [store.enqueue(replace(upload, file=f"uploads/{n}")).id for n in range(60)]
    said = together(start, CLAIMS, "ab")
    claimed = [int(line) for lines in said for line in lines.split()]
    assert sorted(claimed) == ids


def test_uploads_at_once_do_not_pass_a_limit_together(store: Store, start: Start) -> None:
    together(start, ADMITS, "ab")
    assert len(store.uploads("anna")) == 5


def test_a_kill_in_the_middle_loses_at_most_what_was_not_said(
    store: Store, start: Start, ready: str
) -> None:
    for name in "ab":
        process = start(WRITES, name)
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        said = [output(process).readline() for _ in range(30)]
        process.kill()
        said += output(process).readlines()
        process.communicate()
        ids = {int(line) for line in said[1:] if line.endswith("\n")}
        kept = {grade.id for grade in store.grades() if grade.submission.student[0] == name}
        assert ids <= kept
        assert len(kept) <= len(ids) + 1
        for grade in store.grades():
            assert grade.outcome.report == "{}" * 5000
    store.add(Submission("after", NOON, "d", "s.zip"))  # nobody's lock was left
    database = Database(ready)
    if not database.is_postgresql:
        with database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    database.close()
