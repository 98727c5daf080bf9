"""What confinement costs: a warm worker of each tier, and a nursery from its start.

    python benchmarks/sandbox.py [--rounds 30] [--output FILE]

The tiers take turns, round by round, so that whatever else the machine does meets all of them
alike. A worker is started in a nursery that has imported torch, loads its driver and a tree,
answers one call, and ends. The table is printed; the same as JSON goes to
benchmarks/results/sandbox.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import echo

from zth import landlock
from zth.host import Nursery
from zth.host.sandbox import TIERS
from zth.records import Part

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description="What confinement costs.")
    parser.add_argument("--rounds", type=int, default=30, help="workers of each tier")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "sandbox.json")
    options = parser.parse_args()
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": options.rounds,
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "landlock": landlock.abi(),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("zth", "torch")},
        },
        "tiers": measure(options.rounds),
    }
    show(record)
    options.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """By tier: milliseconds of a worker, and seconds of a nursery's start with torch."""
    tiers = [tier for tier in TIERS if not tier.why_not()]
    workers: dict[str, list[float]] = {tier.name: [] for tier in tiers}
    starts: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        Path(folder, "lesson").mkdir()
        Path(folder, "lesson", "same.py").write_text("def same(x):\n    return x\n", "utf-8")
        part = Part("same", Path(folder), "lesson/same.py", "same")
        nurseries = {}
        for tier in tiers:
            start = time.perf_counter()
            nursery = stack.enter_context(Nursery(["torch"], tier, [Path(folder)]))
            worker(nursery, part)
            starts[tier.name] = time.perf_counter() - start
            nurseries[tier.name] = nursery
        for _ in range(rounds):
            for name, nursery in nurseries.items():
                workers[name].append(worker(nursery, part))
    return {
        name: {
            "worker_median_ms": round(statistics.median(times) * 1e3, 1),
            "worker_least_ms": round(min(times) * 1e3, 1),
            "worker_most_ms": round(max(times) * 1e3, 1),
            "nursery_seconds": round(starts[name], 2),
        }
        for name, times in workers.items()
    }


def worker(nursery: Nursery, part: Part) -> float:
    """Seconds from asking for a worker until it has answered and ended."""
    start = time.perf_counter()
    with nursery.session(driver=Path(echo.__file__).resolve(), parts=(part,)) as session:
        session.call(echo.echo, 1.0, part="same")
    return time.perf_counter() - start


def show(record: dict[str, object]) -> None:
    print(f"{'tier':<10}{'a worker':>12}{'least':>12}{'most':>12}{'a nursery with torch':>24}")
    for name, row in record["tiers"].items():
        figures = "".join(f"{row[f'worker_{x}_ms']:>9.1f} ms" for x in ("median", "least", "most"))
        print(f"{name:<10}{figures}{row['nursery_seconds']:>22.2f} s")


if __name__ == "__main__":
    main()
