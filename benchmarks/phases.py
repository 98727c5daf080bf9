"""Where the time of one cold grading goes, phase by phase, in processor time and in waiting.

    python benchmarks/phases.py LESSON [--drawn]

Grades the reference in this process as `zth grade` does, but one component after the other, so that
each moment belongs to one phase: what it did itself, without the phases inside it. The worker's own
processor time stands apart; it passes while the grader waits for an answer. With --drawn no case is
kept. Prints JSON, which `benchmarks/feedback.py` collects.
"""

from __future__ import annotations

import time

BEGUN = time.perf_counter(), time.process_time()  # before anything else is imported

import argparse  # noqa: E402
import functools  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

WORKER = "the worker, by itself"
ANSWER = "waiting for the worker's answers"


class Clock:
    """Seconds by phase: of a clock on the wall, and of this process's processor time."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.processor: dict[str, float] = {"the interpreter": BEGUN[1]}
        self.calls: dict[str, int] = {}
        self._inside: list[str] = []
        self._last = BEGUN

    def _turn(self) -> None:
        """What has passed belongs to the phase that is the innermost now."""
        now = time.perf_counter(), time.process_time()
        if self._inside:
            name = self._inside[-1]
            self.wall[name] = self.wall.get(name, 0.0) + now[0] - self._last[0]
            self.processor[name] = self.processor.get(name, 0.0) + now[1] - self._last[1]
        self._last = now

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._turn()
        self._inside.append(name)
        self.calls[name] = self.calls.get(name, 0) + 1
        try:
            yield
        finally:
            self._turn()
            self._inside.pop()

    def time(self, owner: Any, attribute: str, name: str) -> None:
        """Counts all calls of the function or method as this phase."""
        original = getattr(owner, attribute)

        @functools.wraps(original)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return original(*args, **kwargs)

        setattr(owner, attribute, timed)

    def add(self, name: str, processor: float) -> None:
        self.processor[name] = self.processor.get(name, 0.0) + processor

    def rows(self) -> list[dict[str, Any]]:
        """Each phase, in the order in which it came first."""
        return [
            {
                "phase": name,
                "wall": round(self.wall.get(name, 0.0), 5),
                "processor": round(self.processor.get(name, 0.0), 5),
                "calls": self.calls.get(name, 1),
            }
            for name in dict.fromkeys([*self.processor, *self.wall])
        ]


def graded(name: str, clock: Clock, *, drawn: bool) -> None:
    """One grading of the reference, as `zth grade` does it."""
    with clock.phase("import click, pluggy, the commands"):
        from zth.cli import main as _main  # noqa: F401 (what each command pays)
        from zth.plugins import Plugins
    with clock.phase("plugins, trees, which sandbox works"):
        from zth import trees
        from zth.host.sandbox import choose

        plugins = Plugins.load()
        lesson = plugins.lessons()[name]
        tree = trees.resolve("reference", plugins.trees())
        tier = choose("auto", plugins.sandboxes().values())
    with clock.phase("starting the nursery"):
        from grader import starting
        from zth.host import Nursery

        starting.settle_hypothesis()
        nursery = Nursery(list(lesson.packages), tier, starting.shown(lesson, tree))
    with nursery:
        with clock.phase("import hypothesis"):
            import hypothesis  # noqa: F401
        with clock.phase("import the grader"):
            from grader import grading
            from grader.kept import Filed
        with clock.phase("import the lesson"):
            grading.checks_of(lesson)
        with clock.phase("reading the kept cases"):
            kept = None if drawn else Filed.of(lesson, 0)
        watch(clock)
        with clock.phase("the rest of grading"):
            report = grading.grade(lesson, tree, nursery, diagnose=True, kept=kept)
        assert report.passed, report
        with clock.phase("rendering"):
            rendered(report, tier.name)


def watch(clock: Clock) -> None:
    """Has the clock see what happens inside a grading."""
    from grader import engine
    from grader.bench import RemoteCalls
    from grader.kept import Kept
    from zth import wire
    from zth.host import Nursery, Session

    clock.time(engine._Search, "_draw", "drawing cases (hypothesis)")
    clock.time(Kept, "cases", "kept cases, made anew")
    clock.time(Nursery, "session", "a new worker (the first waits for imports)")
    clock.time(engine, "play", "oracle and comparison")
    clock.time(engine, "play_milestone", "a milestone")
    clock.time(RemoteCalls, "_play", "around a call: limits, children")
    clock.time(wire, "frame", "wire: encoding")
    clock.time(wire, "decode", "wire: decoding")
    clock.time(Session, "_exchange", ANSWER)
    close = Session.close

    def closed(session: Session) -> Any:
        if session.alive:
            clock.add(WORKER, used(session.pid))
        return close(session)

    Session.close = closed  # type: ignore[method-assign]


def used(pid: int) -> float:
    """Seconds of processor time that the process's first thread has used (Linux)."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("utf-8").split()[0]) / 1e9
    except OSError:
        return 0.0


def rendered(report: Any, sandbox: str) -> None:
    """Makes what `zth grade` prints."""
    from zth.records import Report
    from zth.render import terminal

    terminal.render(Report("reference", "", "", sandbox, 0, (report,), {}, 0.0))


def main() -> None:
    parser = argparse.ArgumentParser(description="Where the time of a grading goes.")
    parser.add_argument("lesson")
    parser.add_argument("--drawn", action="store_true", help="draw all cases, keep none")
    options = parser.parse_args()
    clock = Clock()
    graded(options.lesson, clock, drawn=options.drawn)
    json.dump(clock.rows(), sys.stdout)


if __name__ == "__main__":
    main()
