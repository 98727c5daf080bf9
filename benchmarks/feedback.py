"""How long a learner waits: start-up, grading, one call to the worker, a save in `zth watch`.

    python benchmarks/feedback.py [--quick] [--rounds 7] [--saves 8] [--output FILE]

Each command runs as a process of its own. The commands take turns, so that whatever else the
machine does meets all of them alike, and each is set against a yardstick of the same round: the
ratio is the median of the rounds' ratios. A lesson's first run finds an empty cache and draws its
cases; the others find those that were drawn.

Where the time of a grading goes is told phase by phase (see `phases.py`), in processor time of the
grader and of the worker, and in time on the wall, with cases kept and with cases drawn. There one
component is judged after the other; `zth grade` judges two at a time.

`zth watch` runs on the reference, on a pipe. Known mistakes of the lesson, as many as `--saves` and
spread over it, are saved one by one: the right file with the mistake; the same, still wrong; the
right file again. Timed is from the save to the first verdict, which is the line that says that a
check is wrong, or no longer is, and to the last, when all that the file touches is judged. Each is
also set against `import torch`, timed beside it. The tables are printed; the same as JSON goes to
benchmarks/results/feedback.json.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import echo
import record

from grader import mutations
from zth import trees
from zth.plugins import Plugins
from zth.records import Lesson

HERE = Path(__file__).resolve().parent
ZTH = [sys.executable, "-m", "zth"]
LESSONS = ("lesson1", "lesson3")
FIRST = ", its first run"
CLICK, HYPOTHESIS, TORCH = "click, pluggy", "hypothesis", "torch"
# what is run: (command, what is imported by the yardstick that it is set against)
COMMANDS: dict[str, tuple[list[str], str]] = {
    **{
        f"import {x}": ([sys.executable, "-c", f"import {x}"], "")
        for x in (CLICK, HYPOTHESIS, TORCH)
    },
    "zth --help": ([*ZTH, "--help"], CLICK),
    **{
        f"zth grade {lesson} --impl reference{first}": (
            [*ZTH, "grade", lesson, "--impl", "reference"],
            HYPOTHESIS if lesson == "lesson1" else TORCH,
        )
        for lesson in LESSONS
        for first in (FIRST, "")
    },
}
CALLS = 2000
Saves = dict[str, list[tuple[float, float, float]]]  # by kind: first verdict, last, import torch


def main() -> None:
    parser = record.parser("feedback", "How long a learner waits.")
    parser.add_argument("--rounds", type=int, help="how often each command runs: 7, or 1")
    parser.add_argument("--saves", type=int, help="how many mistakes are saved: 8, or 2")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 7)
    saves = options.saves or (2 if options.quick else 8)
    seconds = measure(rounds)
    spent = {lesson: phases(lesson, min(rounds, 3)) for lesson in LESSONS}
    calls = round_trips()
    saved = {lesson: watched(lesson, saves) for lesson in LESSONS}
    rows = compared(seconds, calls, saved)
    for lesson, found in spent.items():
        show_phases(lesson, found)
    record.show_rows("what a learner waits for", rows)
    found = {
        "rounds": rounds,
        "commands": {name: vars(record.Spread.of(s)) for name, s in seconds.items()},
        "phases": spent,
        "call": {"seconds": record.figure(statistics.median(calls)), "calls": CALLS},
        "watch": {lesson: waited(kinds) for lesson, kinds in saved.items()},
    }
    made = record.made("torch", "numpy", "hypothesis", "watchfiles")
    record.write(options.output, {**made, **found}, rows)


def compared(
    seconds: dict[str, list[float]], calls: list[float], saved: dict[str, Saves]
) -> dict[str, record.Row]:
    """The rows of the table of all benchmarks."""
    rows = {}
    for name, (_, yardstick) in COMMANDS.items():
        if yardstick:
            against = f"import {yardstick}"
            rows[name] = record.Row.of(name, "s", seconds[name], seconds[against], against)
    rows["call"] = record.Row.of(
        "a small call to the worker and back", "ms", [c * 1e3 for c in calls]
    )
    for lesson, kinds in saved.items():
        for which, kind in (("first", "a mistake"), ("last", "mended")):
            mine = [wait[which == "last"] for wait in kinds[kind]]
            torch = [wait[2] for wait in kinds[kind]]
            what = f"zth watch {lesson}, {kind}: from the save to the {which} verdict"
            rows[f"{lesson} {which}"] = record.Row.of(what, "s", mine, torch, f"import {TORCH}")
    return rows


# --- commands -----------------------------------------------------------------------------------


def measure(rounds: int) -> dict[str, list[float]]:
    """Seconds of each command in each round, after one round that only fills the caches."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as kept:
        for number in range(rounds + 1):
            for name, (command, _) in COMMANDS.items():
                with tempfile.TemporaryDirectory() as empty:
                    taken = timed(command, empty if name.endswith(FIRST) else kept)
                if number:
                    seconds[name].append(taken)
    return seconds


def timed(command: list[str], cache: str = "") -> float:
    environment = os.environ | ({"XDG_CACHE_HOME": cache} if cache else {})
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=HERE.parent, env=environment)
    return time.perf_counter() - start


# --- phases -------------------------------------------------------------------------------------


def phases(lesson: str, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Medians of each phase of a grading, with cases kept and with cases drawn."""
    found = {}
    command = [sys.executable, str(HERE / "phases.py"), lesson]
    with tempfile.TemporaryDirectory() as cache:
        timed([*ZTH, "grade", lesson, "--impl", "reference"], cache)
        for name, words in (("kept", []), ("drawn", ["--drawn"])):
            runs = [told([*command, *words], cache) for _ in range(rounds)]
            found[name] = [_median([run[i] for run in runs]) for i in range(len(runs[0]))]
    return found


def told(command: list[str], cache: str) -> list[dict[str, Any]]:
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, cwd=HERE.parent, env=environment
    )
    said: list[dict[str, Any]] = json.loads(done.stdout)
    return said


def _median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return rows[0] | {
        name: statistics.median(row[name] for row in rows) for name in ("wall", "processor")
    }


def show_phases(lesson: str, found: dict[str, list[dict[str, Any]]]) -> None:
    """Milliseconds by phase: of each way, the processor time, on the wall, how often."""
    names = dict.fromkeys(row["phase"] for rows in found.values() for row in rows)
    lines: list[list[object]] = []
    for name in [*names, "all"]:
        line: list[object] = [name]
        for rows in found.values():
            mine = [row for row in rows if name in (row["phase"], "all")]
            line += [f"{1e3 * sum(row[x] for row in mine):,.0f}" for x in ("processor", "wall")]
            line.append("" if name == "all" else sum(row["calls"] for row in mine))
        lines.append(line)
    heads = [f"{x}{which}" for which in found for x in ("ms, ", "on the wall, ", "calls, ")]
    record.show(f"Where the time goes: {lesson}", ["phase", *heads], lines)


# --- one call -----------------------------------------------------------------------------------


def round_trips() -> list[float]:
    """Seconds of small calls to a worker and back, in the midst of many."""
    from zth.host import Nursery
    from zth.records import Part

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "same.py").write_text("def same(x):\n    return x\n", encoding="utf-8")
        part = Part("same", Path(folder), "same.py", "same")
        with (
            Nursery() as nursery,
            nursery.session(driver=Path(echo.__file__).resolve(), parts=(part,)) as session,
        ):
            taken = []
            for number in range(CALLS):
                start = time.perf_counter()
                session.call(echo.echo, float(number), part="same")
                taken.append(time.perf_counter() - start)
    return taken


# --- from a save to a verdict -------------------------------------------------------------------


class Watching:
    """`zth watch` of a lesson, in a workspace that holds the reference."""

    def __init__(self, lesson: Lesson, root: Path) -> None:
        self.lesson, self.root = lesson, root
        (root / "zth.toml").touch()
        shutil.copytree(trees.shipped(trees.REFERENCE) / lesson.folder, root / lesson.folder)
        self.process = subprocess.Popen(
            [*ZTH, "--lang", "en", "watch", lesson.id],
            cwd=root,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._until(f"{lesson.id}: ")

    def save(self, file: str, text: str) -> tuple[float, float]:
        """Seconds until the first verdict after a save, and until the last."""
        start = time.perf_counter()
        (self.root / file).write_text(text, encoding="utf-8")
        self._until(f"{Path(file).name} saved: ")
        self._until("✗ ", "✓ ")
        first = time.perf_counter() - start
        self._until(f"{self.lesson.id}: ")
        return first, time.perf_counter() - start

    def _until(self, *beginnings: str) -> None:
        assert self.process.stdout is not None
        if not any(line.startswith(beginnings) for line in self.process.stdout):
            raise SystemExit("zth watch has ended")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def watched(name: str, saves: int) -> Saves:
    """By kind of save: seconds to the first and to the last verdict, and of `import torch`."""
    lesson = Plugins.load().lessons()[name]
    known = mutations.mutants(lesson)
    times: Saves = {}
    with tempfile.TemporaryDirectory() as folder, Watching(lesson, Path(folder)) as watching:
        for mutant in known[:: max(1, len(known) // saves)][:saves]:
            file = f"{lesson.folder}/{mutant.file}"
            right = (trees.shipped(trees.REFERENCE) / file).read_text("utf-8")
            wrong = right
            for old, new in mutant.edits:
                wrong = wrong.replace(old, new)
            torch = timed([sys.executable, "-c", "import torch"])
            for kind, text in (
                ("a mistake", wrong),
                ("still wrong", wrong + "# more\n"),
                ("mended", right),
            ):
                times.setdefault(kind, []).append((*watching.save(file, text), torch))
    return times


def waited(kinds: Saves) -> dict[str, dict[str, Any]]:
    """By kind of save and verdict: the spread of the seconds."""
    return {
        kind: {
            which: vars(record.Spread.of([wait[i] for wait in waits]))
            for i, which in enumerate(("first", "last"))
        }
        for kind, waits in kinds.items()
    }


if __name__ == "__main__":
    main()
