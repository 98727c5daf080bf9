"""Several processes with one store: nothing is lost, nothing is done twice, some are killed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import IO

import pytest

from grader.classroom.records import Grade, Submission, Upload
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
WORKS = """
for number in range(40):
    store.admit(Upload(f"s{number}", noon, name, name), 1, noon)
for number in range(40):
    shared = store.add(Submission("shared", noon, f"d{number}", "s.zip"))
    own = store.add(Submission(name, noon, f"d{number}", "s.zip"))
    for submission in (shared, own):
        store.record(submission.id, replace(outcome, key=f"k{number}", grader=name))
while upload := store.claim(name):
    print(upload.id, flush=True)
    store.settle(upload.id, Stage.DONE)
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


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def together(start: Start, program: str, names: str) -> list[str]:
    """Runs a program in several processes at once; what each said."""
    processes = [start(program, name) for name in names]
    for process in processes:
        assert output(process).readline() == "ready\n"
    for process in processes:
        begin(process)
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return said


def test_two_at_once_lose_nothing_and_do_nothing_twice(store: Store, start: Start) -> None:
    upload = Upload("ben", NOON, "b.zip", "uploads/1")
    for number in range(40):
        store.enqueue(replace(upload, file=f"uploads/{number}"))
    said = together(start, WORKS, "ab")
    check_that_all_is_recorded(list(store.grades()))
    assert len(list(store.grades(newest=False))) == 120
    graded = store.settled(200)
    assert Counter(one.student for one in graded) == {"ben": 40, **{f"s{n}": 1 for n in range(40)}}
    claimed = [int(line) for lines in said for line in lines.split()]
    assert sorted(claimed) == sorted(one.id for one in graded)


def check_that_all_is_recorded(grades: Sequence[Grade]) -> None:
    """The students of each, and those of both; equal keys with one outcome."""
    expected = Counter({"shared": 40, "a": 40, "b": 40})
    assert Counter(grade.submission.student for grade in grades) == expected
    assert {grade.outcome.report for grade in grades} == {"{}" * 5000}
    assert len({(grade.outcome.key, grade.outcome.grader) for grade in grades}) == 40


def test_a_kill_in_the_middle_loses_at_most_what_was_not_said(
    store: Store, start: Start, ready: str
) -> None:
    process = start(WRITES, "a")
    begin(process)
    said = [output(process).readline() for _ in range(30)]
    process.kill()
    said += output(process).readlines()
    process.communicate()
    ids = {int(line) for line in said[1:] if line.endswith("\n")}
    store.add(Submission("after", NOON, "d", "s.zip"))  # nobody's lock was left
    kept = list(store.grades())
    assert ids <= {grade.id for grade in kept}
    assert len(kept) <= len(ids) + 1
    assert {grade.outcome.report for grade in kept} == {"{}" * 5000}
    database = Database(ready)
    if not database.is_postgresql:
        with database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    database.close()
