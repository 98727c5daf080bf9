"""How long a learner waits: start-up, grading, one call to the worker.

    python benchmarks/feedback.py [--rounds 7] [--output FILE]

Each command runs as a process of its own. The commands take turns, so that whatever else the
machine does meets all of them alike, and each is set against a yardstick of the same round: the
ratio is the median of the rounds' ratios. The table is printed; the same as JSON, with versions,
goes to benchmarks/results/feedback.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import echo

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


def show(record: dict[str, object]) -> None:
    print(f"{'command':<38}{'median':>10}{'least':>10}{'most':>10}   ratio")
    for name, row in record["commands"].items():
        figures = "".join(f"{row[f'{k}_seconds']:>8.3f} s" for k in ("median", "least", "most"))
        ratio = f"   {row['ratio']} × {row['against']}" if "ratio" in row else ""
        print(f"{name:<38}{figures}{ratio}")
    call = record["call"]
    print(f"a small call to the worker and back: {call['seconds'] * 1e3:.3f} ms")


if __name__ == "__main__":
    main()
