"""What a tier blocks on this machine: each probe is tried in a real worker of the tier."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from zth import trees
from zth.host import CallFailed, Limits, Nursery, Raised
from zth.records import Tier
from zth.worker import probes

LIMITS = Limits(memory=1 << 30, cpu=20, file_size=1 << 20)
SCRATCH = 4 << 20
WAIT = 5.0  # seconds that one probe may take


class Bait:
    """What the probes go for: sockets that listen, a secret file, a file that may be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.secret, self.victim = folder / "secret", folder / "victim"
        self.secret.write_text("a secret")
        self.unix, self.abstract = str(folder / "socket"), f"@zth-probe-{os.getpid()}"
        with ExitStack() as stack:
            made = [stack.enter_context(socket.socket(*kind)) for kind in _KINDS]
            by_path, by_name = made[2:]
            self.tcp: socket.socket = made[0]
            self.udp: socket.socket = made[1]
            for listener, address in (
                (self.tcp, ("127.0.0.1", 0)),
                (self.udp, ("127.0.0.1", 0)),
                (by_path, self.unix),
                (by_name, "\0" + self.abstract[1:] if sys.platform == "linux" else ""),
            ):
                if address:
                    listener.bind(address)
                if listener.type == socket.SOCK_STREAM:
                    listener.listen()
            self._open = stack.pop_all()
        self.udp.settimeout(0.5)

    def __enter__(self) -> Self:
        self.victim.write_text("untouched")
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


_KINDS = (
    (socket.AF_INET, socket.SOCK_STREAM),
    (socket.AF_INET, socket.SOCK_DGRAM),
    (socket.AF_UNIX, socket.SOCK_STREAM),
    (socket.AF_UNIX, socket.SOCK_STREAM),
)


@dataclass(frozen=True)
class Probe:
    """One thing to try: a function of `zth.worker.probes`, with arguments taken from the bait."""

    id: str
    title: str
    function: Callable[..., str]
    arguments: Callable[[Bait], Sequence[Any]] = lambda _: ()
    scratch: int = 0


@dataclass(frozen=True)
class Answer:
    """Whether the tier keeps the worker from it, and what was said: "EPERM", "4 MiB", …"""

    blocked: bool
    said: str


@dataclass(frozen=True)
class Row:
    """A probe, and the answer of each tier by name."""

    probe: Probe
    answers: dict[str, Answer]


def _solution(_: Bait) -> list[str]:
    return [str(next(trees.shipped(trees.REFERENCE).glob("*/*.py")))]


PROBES = (
    Probe("tcp", "connect by TCP", probes.tcp, lambda bait: [bait.tcp.getsockname()[1]]),
    Probe("udp", "send by UDP", probes.udp, lambda bait: [bait.udp.getsockname()[1]]),
    Probe("unix", "connect to a unix socket", probes.unix, lambda bait: [bait.unix]),
    Probe("abstract", "connect to an abstract one", probes.unix, lambda bait: [bait.abstract]),
    Probe("passwd", "read /etc/passwd", probes.read, lambda _: ["/etc/passwd"]),
    Probe("secret", "read another file of yours", probes.read, lambda bait: [str(bait.secret)]),
    Probe("solutions", "read the solutions", probes.read, _solution),
    Probe("write", "write a file", probes.write, lambda bait: [f"{bait.victim}.new"]),
    Probe("truncate", "cut a file off", probes.truncate, lambda bait: [str(bait.victim)]),
    Probe("chmod", "change a file's mode", probes.change_mode, lambda bait: [str(bait.victim)]),
    Probe("look", "look at another process", probes.look, lambda _: [os.getpid()]),
    Probe("signal", "signal the grader", probes.signal_to, lambda _: [os.getpid()]),
    Probe("signal-parent", "signal its parent", probes.signal_to, lambda _: [0]),
    Probe("trace", "trace its parent", probes.trace_parent),
    Probe("mem", "open its parent's memory", probes.memory_of_parent),
    Probe("prlimit", "set its parent's limits", probes.limit_parent),
    Probe("fork", "start a process", probes.fork),
    Probe("setsid", "start one that escapes", probes.escape),
    Probe("memory", "take 2 GiB where 1 is allowed", probes.take_memory, lambda _: [2 << 30]),
    Probe(
        "file",
        "write 2 MiB where files may have 1",
        probes.write_large,
        lambda _: [2 << 20],
        SCRATCH,
    ),
    Probe(
        "disk",
        "write 16 MiB where 4 are allowed",
        probes.write_much,
        lambda _: [16, 1 << 20],
        SCRATCH,
    ),
)


@contextmanager
def baited() -> Iterator[Bait]:
    with tempfile.TemporaryDirectory(prefix="zth-") as folder, Bait(Path(folder)) as bait:
        yield bait


def answer(probe: Probe, nursery: Nursery, bait: Bait) -> Answer:
    """Tries one probe in a fresh worker."""
    limits = Limits(
        memory=LIMITS.memory, cpu=LIMITS.cpu, file_size=LIMITS.file_size, scratch=probe.scratch
    )
    with nursery.session(driver=Path(probes.__file__), parts=[], limits=limits) as session:
        try:
            said = session.call(probe.function, *probe.arguments(bait), limit=WAIT)
        except Raised as error:
            return Answer(True, _short(error))
        except CallFailed as error:
            return Answer(True, error.message)
    if probe.function is probes.udp and not _arrived(bait):
        return Answer(True, "nothing arrived")
    return Answer(False, said)


def _arrived(bait: Bait) -> bool:
    with contextlib.suppress(TimeoutError):
        return bool(bait.udp.recv(16))
    return False


def _short(error: Raised) -> str:
    """The error's name in C, where it has one."""
    found = re.match(r"\[Errno (\d+)\]", error.text)
    return errno.errorcode.get(int(found[1]), error.name) if found else error.name


def table(tiers: Sequence[Tier], told: Callable[[str], None]) -> Iterator[Row]:
    """A row for each probe, with the answer of each tier that works here."""
    with baited() as bait, ExitStack() as stack:
        nurseries = {
            tier.name: stack.enter_context(Nursery(tier=tier))
            for tier in tiers
            if not tier.why_not()
        }
        for probe in PROBES:
            told(probe.title)
            bait.victim.write_text("untouched")
            yield Row(probe, {name: answer(probe, n, bait) for name, n in nurseries.items()})


def cost(tier: Tier, rounds: int = 10) -> float:
    """Seconds that a worker of this tier takes to start, answer once and end: the median."""
    taken = []
    with Nursery(tier=tier) as nursery:
        for _ in range(rounds + 1):
            start = time.perf_counter()
            with nursery.session(driver=Path(probes.__file__), parts=[]) as session:
                session.call(probes.count_in_threads, limit=WAIT)
            taken.append(time.perf_counter() - start)
    return sorted(taken[1:])[rounds // 2]
