"""Many hand in at once, and the server is killed in the middle: no answer was too early."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2 as httpx
import pytest

from grader.classroom import tokens
from grader.classroom.records import Stage
from grader.classroom.settings import Classroom
from grader.classroom.store import Store
from grader.classroom.store.claims import CLAIMS
from tests.e2e.test_class_grade import LESSON, VALUE, zth
from tests.grader.classroom.packing import zipped
from zth import trees

PATIENCE = 120.0  # seconds that a client tries for


@dataclass
class Server:
    """`zth class serve`, which is killed and started again at the same address."""

    folder: Path
    workers: int
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        grading = ["--workers", str(self.workers)] if self.workers else ["--no-worker"]
        command = [sys.executable, "-m", "zth", "class", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *grading],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process
        self.process.terminate()
        self.process.wait(60)


@dataclass
class Client:
    """A student who hands in one file after the other, again where no answer comes."""

    server: Server
    token: str
    bodies: list[bytes]
    answered: dict[int, str] = field(default_factory=dict)  # digests, by ids of uploads
    lost: list[str] = field(default_factory=list)

    def run(self) -> None:
        headers = {"authorization": f"Bearer {self.token}"}
        with httpx.Client(headers=headers, timeout=30, trust_env=False) as client:
            for body in self.bodies:
                self._hand_in(client, body)

    def _hand_in(self, client: httpx.Client, body: bytes) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = client.post(
                    f"{self.server.address}/uploads", files={"file": ("work.zip", body)}
                )
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            assert answer.status_code == 201, answer.text
            self.answered[answer.json()["id"]] = hashlib.sha256(body).hexdigest()
            return
        self.lost.append("no answer")


def classroom(tmp_path: Path, clients: int, uploads: int) -> tuple[Classroom, list[str]]:
    """A class of so many students, each with a token, who may hand in so often."""
    folder = tmp_path / "class"
    assert zth(["class", "init", str(folder)], tmp_path).returncode == 0
    text = (folder / "class.toml").read_text("utf-8")
    first = text.index("[[lessons]]")
    text = text[:first] + '[[lessons]]\nname = "lesson1"\nmilestone = "none"\n'
    text = text.replace("uploads_per_day = 20", f"uploads_per_day = {uploads}")
    (folder / "class.toml").write_text(text, "utf-8")
    students = [f"s{number:02}" for number in range(clients)]
    (folder / "roster.csv").write_text("student\n" + "\n".join(students) + "\n", "utf-8")
    found = Classroom.open(folder)
    made = [tokens.made() for _ in students]
    with Store.open(found.store) as store:
        for student, token in zip(students, made, strict=True):
            store.add_token(student, tokens.digest(token))
    return found, made


def body(number: int) -> bytes:
    """An archive that differs from all others; every tenth tree is another one."""
    files = {
        str(file.relative_to(trees.shipped(trees.STUBS))): file.read_bytes()
        for file in (trees.shipped(trees.STUBS) / LESSON).glob("*.py")
    }
    files[VALUE] += b"\n# %d\n" % (number % 10)
    return zipped(files | {f"note{number}.txt": b""})


@contextmanager
def handing_in(clients: list[Client]) -> Iterator[list[threading.Thread]]:
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    yield threads
    for thread in threads:
        thread.join(2 * PATIENCE)
        assert not thread.is_alive()


def answers(clients: list[Client]) -> int:
    return sum(len(client.answered) for client in clients)


def wait_until(what: str, ready: object, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def loaded(tmp_path: Path, clients: int, each: int, workers: int) -> tuple[Classroom, list[Client]]:
    """Has clients hand in at once, with the server killed and started again in the middle."""
    found, made = classroom(tmp_path, clients, each)
    server = Server(found.root, workers)
    people = [
        Client(server, token, [body(each * i + n) for n in range(each)])
        for i, token in enumerate(made)
    ]
    server.start()
    try:
        with handing_in(people):
            wait_until("a quarter is answered", lambda: answers(people) >= clients * each // 4)
            server.kill()
            at = answers(people)
            server.start()
            wait_until("it answers again", lambda: answers(people) > at)
        if workers:
            with Store.open(found.store) as store:
                wait_until("all is graded", lambda: not store.queue(), 600)
    finally:
        server.stop()
    return found, people


def check_nothing_is_lost(found: Classroom, clients: list[Client], each: int) -> None:
    """Each client has an answer to each file; each answer is kept, once, with its bytes."""
    with Store.open(found.store) as store:
        for number, client in enumerate(clients):
            assert client.lost == []
            assert len(client.answered) == each
            kept = store.uploads(f"s{number:02}")
            # A file that was queued when the server was killed, before it could say so, is handed
            # in again; it is there once while it waits.
            assert set(client.answered.items()) <= {(upload.id, upload.file) for upload in kept}
            assert Counter(upload.file for upload in kept).keys() == {*client.answered.values()}
            for upload in kept:
                held = (found.uploads / upload.file).read_bytes()
                assert hashlib.sha256(held).hexdigest() == upload.file


def test_a_few_at_once(tmp_path: Path) -> None:
    found, clients = loaded(tmp_path, clients=4, each=6, workers=0)
    check_nothing_is_lost(found, clients, 6)


@pytest.mark.slow
def test_two_hundred_uploads_at_once_from_twenty_clients(tmp_path: Path) -> None:
    found, clients = loaded(tmp_path, clients=20, each=10, workers=2)
    check_nothing_is_lost(found, clients, 10)
    with Store.open(found.store) as store:
        for number in range(20):
            kept = store.uploads(f"s{number:02}")
            assert {upload.stage for upload in kept} == {Stage.DONE}
            graded = {grade.submission.id for grade in store.grades(f"s{number:02}")}
            assert graded == {upload.submission for upload in kept}
            assert not [g for g in store.grades(f"s{number:02}") if g.outcome.fault]


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_what_it_had_is_graded(tmp_path: Path) -> None:
    found, [token] = classroom(tmp_path, 1, 5)
    server = Server(found.root, 1)
    slow = zipped({VALUE: b"import time\ntime.sleep(600)\n"})
    client = Client(server, token, [slow, body(1)])
    server.start()
    try:
        wait_until("it listens", lambda: _listens(server.port))
        client.run()
        with Store.open(found.store) as store:

            def stages() -> list[Stage]:
                return [upload.stage for upload in store.uploads("s00")][::-1]

            for death in range(1, CLAIMS + 1):
                wait_until("it is being graded", partial(_claimed, found, death))
                before = _children(server.process)
                for worker in before:
                    os.kill(worker, signal.SIGKILL)
                wait_until("another worker", partial(_has_others, server, before))
            wait_until("all is settled", lambda: not store.queue(), 300)
            assert stages() == [Stage.REFUSED, Stage.DONE]
            [given_up] = [u for u in store.uploads("s00") if u.stage is Stage.REFUSED]
            assert "never came to its end" in given_up.problem
    finally:
        server.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _children(process: subprocess.Popen[bytes] | None) -> list[int]:
    """The workers of a server: the processes that it started, but for Python's own helper."""
    assert process
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    others = [*Path(f"/proc/{process.pid}/task").glob("*/children")]
    pids = {int(pid) for file in [found, *others] for pid in file.read_text().split()}
    return sorted(
        pid for pid in pids if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    )


def _claimed(found: Classroom, times: int) -> bool:
    """Whether a worker has the first upload, for the so manieth time."""
    with closing(sqlite3.connect(found.root / "class.db")) as connection:
        row = connection.execute("SELECT stage, claims FROM uploads WHERE id = 1").fetchone()
    return row == ("grading", times)


def _has_others(server: Server, before: list[int]) -> bool:
    return bool(set(_children(server.process)) - {*before})


@pytest.mark.slow
def test_no_worker_outlives_its_server(tmp_path: Path) -> None:
    found, _ = classroom(tmp_path, 1, 5)
    server = Server(found.root, 1)
    server.start()
    wait_until("a worker", lambda: (found.uploads / ".worker-1").exists())
    workers = _children(server.process)
    assert workers
    server.kill()
    wait_until("they end", lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 30)
