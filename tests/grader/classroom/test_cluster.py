"""Grading on a real Dask cluster of this machine: workers lost and late, the same results."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom import cluster, work
from grader.classroom.records import Outcome, Task
from grader.classroom.runner import Job, Runner
from tests.grader.classroom.test_work import TASK, _timeless, files
from zth import trees
from zth.records import ZthError

pytestmark = pytest.mark.xdist_group("cluster")

STUB = replace(TASK, files=files(trees.STUBS))
WRONG = replace(TASK, files={n: b.replace(b"+=", b"=") for n, b in TASK.files.items()})


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder, self.address = folder, f"tcp://127.0.0.1:{port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", str(port))

    def add_worker(self, *more: str) -> None:
        # Without a nanny nobody starts anew what is killed.
        words = ("--nthreads", "1", "--no-nanny", "--memory-limit=0", *more)
        self.workers.append(self._start("worker", self.address, *words))

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        command += ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
        log = (self.folder / f"{words[0]}{len(self.workers)}.log").open("wb")
        with log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )

    def close(self) -> None:
        for process in [*self.workers, self.scheduler]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    started = Cluster(tmp_path)
    yield started
    started.close()


def job(number: int, task: Task) -> Job:
    return Job((number,), task.lesson, "anna", lambda: replace(task, key=str(number)))


def test_a_worker_is_lost_and_one_is_late_and_all_is_as_it_is_here(dask: Cluster) -> None:
    dask.add_worker()
    tasks = [STUB, STUB, WRONG, STUB, STUB, STUB]
    found: dict[int, Outcome] = {}

    def record(job: Job, outcome: Outcome) -> None:
        found[job.submissions[0]] = outcome
        if len(found) == 2:
            dask.add_worker("--resources", "GPU=1")
            dask.workers[0].kill()
        if len(found) == len(tasks):
            gpu = crew.gpu()
            assert gpu is not None
            assert gpu.submit(os.getpid).result() == dask.workers[1].pid

    with cluster.on(dask.address) as crew:
        assert crew.gpu() is None
        Runner(crew, record).run(job(i, task) for i, task in enumerate(tasks))
    assert sorted(found) == list(range(len(tasks)))
    for i, task in enumerate(tasks):
        here = work.grade(replace(task, key=str(i)))
        assert found[i].fault == here.fault == ""
        assert replace(found[i], seconds=0.0, report="") == replace(here, seconds=0.0, report="")
        assert _timeless(found[i].report) == _timeless(here.report)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:8786", "is no address"),
        ("tcp://127.0.0.1", "is no address"),
        ("tcp://127.0.0.1:99999", "is no address"),
        ("http://127.0.0.1:8786", "is no address"),
        ("tcp://192.0.2.1:8786", "use tls://"),
        ("tls://192.0.2.1:8786", "needs certificates"),
        ("tcp://no.such.host.invalid:8786", "use tls://"),
    ],
)
def test_an_address_that_will_not_do_is_said_in_a_line(address: str, said: str) -> None:
    with pytest.raises(ZthError, match=said) as caught, cluster.on(address):
        pass
    assert "\n" not in str(caught.value)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 0.5)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ZthError, match="no Dask scheduler answers"), cluster.on(address):
            pass


def test_a_scheduler_without_workers(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WORKERS", 0.5)
    with pytest.raises(ZthError, match="has no workers"), cluster.on(dask.address):
        pass
