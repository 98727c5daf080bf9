"""The host's patience: a processor that is not to be had does not count against a worker."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from zth.host import patience
from zth.host.patience import SLACK, Patience, waited


@pytest.fixture
def clock(monkeypatch):
    """A clock to set: `wall` seconds have passed, for `waiting` of which there was no processor."""
    now = {"wall": 100.0, "waiting": 7.0}
    monkeypatch.setattr(patience.time, "monotonic", lambda: now["wall"])
    monkeypatch.setattr(patience, "waited", lambda pid: now["waiting"] if pid == 42 else 0.0)
    return now


def passed(clock, wall, waiting=0.0):
    clock["wall"] += wall
    clock["waiting"] += waiting


def test_all_time_counts_on_an_idle_machine(clock):
    mine = Patience(10, worker=42)
    passed(clock, 5)
    assert mine.left() == pytest.approx(5)
    passed(clock, 5)
    assert mine.left() <= 0


def test_waiting_for_a_processor_does_not_count(clock):
    mine = Patience(10, worker=42)
    passed(clock, 1)
    mine.left()
    passed(clock, 5, waiting=3)
    assert mine.left() == pytest.approx(7)


def test_the_limit_is_never_longer_than_the_slack_allows(clock):
    mine = Patience(10, worker=42)
    passed(clock, 1)
    mine.left()
    passed(clock, 10 * SLACK, waiting=10 * SLACK)
    assert mine.left() <= 0


def test_a_short_limit_is_asked_about_in_time(clock):
    mine = Patience(0.5, worker=42)
    assert mine.left() == pytest.approx(0.5)
    passed(clock, 0.5)
    assert mine.left() <= 0


def test_a_worker_that_has_gone_is_no_reason_to_wait_longer(clock):
    mine = Patience(10, worker=42)
    passed(clock, 1)
    mine.left()
    passed(clock, 9, waiting=-clock["waiting"])
    assert mine.left() <= 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long a process waited")
def test_the_kernel_tells_who_waits():
    code = "import os, sys; os.sched_setaffinity(0, {0}); sys.stdin.readline()\nwhile True: pass"
    command = [sys.executable, "-c", code]
    rivals = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(2)]
    try:
        for rival in rivals:
            assert rival.stdin
            rival.stdin.write(b"\n")
            rival.stdin.flush()
        while not all(waited(rival.pid) > 0.05 for rival in rivals):
            os.sched_yield()
    finally:
        for rival in rivals:
            rival.kill()
            rival.communicate()


def test_who_is_not_there_has_not_waited():
    assert waited(2**22 + 1) == 0
