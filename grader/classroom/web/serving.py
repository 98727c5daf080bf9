"""`zth class serve`: the pages, and workers beside them that are started anew when they die."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnProcess
from pathlib import Path

import click
import uvicorn

from grader.classroom import roster
from grader.classroom.means import check_sandbox, lessons_of
from grader.classroom.settings import Classroom
from grader.classroom.store import Store
from grader.classroom.web import boards, handing_in, worker
from grader.classroom.web.app import create
from grader.classroom.web.site import Site
from zth.language import tr
from zth.records import ZthError

SOON = 10.0  # seconds within which a worker that ends did not live
LONGEST = 60.0  # seconds until such a one is started again, in the end
PARTING = 15.0  # seconds that a worker has to end in order
_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Post:
    """A worker's place: who has it, and when it is filled again after a death."""

    process: SpawnProcess | None = None
    started: float = 0.0
    wait: float = 0.0

    def fill(self, folder: Path) -> None:
        """Starts a worker where there is none, and it is time."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.is_alive():
                return
            lived = now - self.started
            click.echo(tr("a worker ended; another takes its place"), err=True)
            self.wait = min(max(1.0, 2 * self.wait), LONGEST) if lived < SOON else 0.0
            self.process = None
        if now >= self.started + self.wait:
            self.started = now
            self.process = _SPAWN.Process(target=worker.run, args=(folder,))
            self.process.start()


@dataclass
class Crew:
    """Keeps so many workers of a class alive, from a thread of its own."""

    folder: Path
    size: int
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> None:
        self._posts = [Post() for _ in range(self.size)]
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        # Ctrl-C reaches all processes of a terminal. What this thread starts does not hear it, not
        # even while it still imports: it ends when it is told to. (To start Python's tracker of
        # resources, which a first process needs, has the thread hear it again.)
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        while not self._ended.is_set():
            for post in self._posts:
                post.fill(self.folder)
            self._ended.wait(0.5)

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        living = [post.process for post in self._posts if post.process]
        for process in living:
            process.terminate()
        for process in living:
            process.join(PARTING)
            process.kill()


def serve(host: str, port: int, workers: int) -> None:
    """Serves the pages of the class here until it is told to end. Raises ZthError."""
    classroom = Classroom.open()
    _check(classroom, workers)
    handing_in.sweep(classroom.uploads)
    with Store.open(classroom.store) as store:
        site = Site(classroom, store)
        app = create(site)
        threading.Thread(target=boards.prepare, args=[site], daemon=True).start()
        with _listening(host, port) as listening:
            _greet(classroom, store, host, listening.getsockname()[1])
            config = uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=5,
            )
            worker.end_when_told()
            try:
                with Crew(classroom.root, workers):
                    uvicorn.Server(config).run(sockets=[listening])
            except KeyboardInterrupt:
                pass


def _check(classroom: Classroom, workers: int) -> None:
    """Raises ZthError now where something would be wrong with every page, or every worker."""
    lessons_of(classroom)
    roster.read(classroom.roster, classroom.secret)
    if workers:
        check_sandbox(classroom)


def _listening(host: str, port: int) -> socket.socket:
    """A socket at the address. Raises ZthError where there can be none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ZthError(
            tr(
                "cannot listen at {host}, port {port}: {reason}; name another: --port N",
                host=host,
                port=port,
                reason=reason,
            )
        ) from None


def _greet(classroom: Classroom, store: Store, host: str, port: int) -> None:
    """Where the pages are, and what to do first."""
    shown = f"[{host}]" if ":" in host else host
    click.echo(
        tr("{title}: http://{host}:{port}  (Ctrl-C ends it)",
           title=classroom.settings.title, host=shown, port=port)
    )  # fmt: skip
    if host not in ("127.0.0.1", "::1", "localhost"):
        click.echo(
            tr(
                "this is without encryption: tokens and passwords can be read on the way; put it"
                " behind a web server that speaks HTTPS (see docs/instructors/class-web.md)"
            )
        )
    if not store.holders():
        click.echo(tr("next, so that students can sign in: zth class token --all"))
