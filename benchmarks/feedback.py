"""How long a learner waits: start-up, grading, one call to the worker, a save in `zth watch`.

    python benchmarks/feedback.py [--rounds 7] [--saves 8] [--output FILE]

Each command runs as a process of its own. The commands take turns, so that whatever else the
machine does meets all of them alike, and each is set against a yardstick of the same round: the
ratio is the median of the rounds' ratios.

`zth watch` runs on the reference, on a pipe. Known mistakes of the lesson, as many as `--saves` and
spread over it, are saved one by one: the right file with the mistake; the same, still wrong; the
right file again. Timed is from the save to the first verdict, which is the line that says that a
check is wrong, or no longer is, and to the last, when all that the file touches is judged. Each is
also set against `import torch`, timed beside it. The tables are printed; the same as JSON, with
versions, goes to benchmarks/results/feedback.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self

import echo

from grader import mutations
from zth import trees
from zth.plugins import Plugins
from zth.records import Lesson

HERE = Path(__file__).resolve().parent
ZTH = [sys.executable, "-m", "zth"]
# name: (command, the yardstick it is set against)
COMMANDS: dict[str, tuple[list[str], str]] = {
    "python -c 'import click, pluggy'": ([sys.executable, "-c", "import click, pluggy"], ""),
    "python -c 'import hypothesis'": ([sys.executable, "-c", "import hypothesis"], ""),
    "python -c 'import torch'": ([sys.executable, "-c", "import torch"], ""),
    "zth --help": ([*ZTH, "--help"], "python -c 'import click, pluggy'"),
    "zth grade lesson1 --impl reference": (
        [*ZTH, "grade", "lesson1", "--impl", "reference"],
        "python -c 'import hypothesis'",
    ),
    "zth grade lesson3 --impl reference": (
        [*ZTH, "grade", "lesson3", "--impl", "reference"],
        "python -c 'import torch'",
    ),
}
CALLS = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a learner waits.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each command runs")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "feedback.json")
    parser.add_argument("--saves", type=int, default=8, help="how many mistakes are saved")
    options = parser.parse_args()
    rows = compare(measure(options.rounds))
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": options.rounds,
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("zth", "torch", "numpy", "hypothesis")},
        },
        "commands": rows,
        "call": {"seconds": round_trip(), "calls": CALLS},
        "watch": {lesson: watched(lesson, options.saves) for lesson in ("lesson1", "lesson3")},
    }
    show(record)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def measure(rounds: int) -> dict[str, list[float]]:
    """Seconds of each command in each round, after one round that only warms the disk's cache."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(rounds + 1):
        for name, (command, _) in COMMANDS.items():
            taken = timed(command)
            if number:
                seconds[name].append(taken)
    return seconds


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=HERE.parent)
    return time.perf_counter() - start


def compare(seconds: dict[str, list[float]]) -> dict[str, dict[str, object]]:
    """Each command's median and spread, and its ratio to its yardstick, round by round."""
    rows: dict[str, dict[str, object]] = {}
    for name, (_, yardstick) in COMMANDS.items():
        mine = seconds[name]
        rows[name] = {
            "median_seconds": round(statistics.median(mine), 4),
            "least_seconds": round(min(mine), 4),
            "most_seconds": round(max(mine), 4),
        }
        if yardstick:
            ratios = [a / b for a, b in zip(mine, seconds[yardstick], strict=True)]
            rows[name] |= {"against": yardstick, "ratio": round(statistics.median(ratios), 2)}
    return rows


def round_trip() -> float:
    """Median seconds of a small call to a worker and back, in the midst of many."""
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
    return round(statistics.median(taken), 6)


# --- from a save to a verdict ---------------------------------------------------------------------


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


def watched(name: str, saves: int) -> dict[str, dict[str, float]]:
    """By kind of save: medians and the most of the seconds to the first and to the last verdict."""
    lesson = Plugins.load().lessons()[name]
    known = mutations.mutants(lesson)
    times: dict[str, list[tuple[float, float, float]]] = {}
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
    return {kind: _waited(rows) for kind, rows in times.items()}


def _waited(rows: list[tuple[float, float, float]]) -> dict[str, float]:
    found = {}
    for i, name in enumerate(("first", "last")):
        found[f"{name}_median_seconds"] = round(statistics.median(row[i] for row in rows), 3)
        found[f"{name}_most_seconds"] = round(max(row[i] for row in rows), 3)
        found[f"{name}_ratio"] = round(statistics.median(row[i] / row[2] for row in rows), 2)
    return found


def show(record: dict[str, object]) -> None:
    print(f"{'command':<38}{'median':>10}{'least':>10}{'most':>10}   ratio")
    for name, row in record["commands"].items():
        figures = "".join(f"{row[f'{k}_seconds']:>8.3f} s" for k in ("median", "least", "most"))
        ratio = f"   {row['ratio']} × {row['against']}" if "ratio" in row else ""
        print(f"{name:<38}{figures}{ratio}")
    call = record["call"]
    print(f"a small call to the worker and back: {call['seconds'] * 1e3:.3f} ms")
    print(f"\n{'zth watch: from a save':<38}{'first verdict':>23}{'the last':>23}")
    for lesson, kinds in record["watch"].items():
        for kind, row in kinds.items():
            figures = "".join(
                f"{row[f'{x}_median_seconds']:>10.2f} s, most {row[f'{x}_most_seconds']:>5.2f}"
                for x in ("first", "last")
            )
            ratios = f"{row['first_ratio']} and {row['last_ratio']} × import torch"
            print(f"{lesson + ', ' + kind:<38}{figures}   {ratios}")


if __name__ == "__main__":
    main()
