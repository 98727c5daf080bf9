"""What confinement costs: a warm worker of each tier, and a nursery from its start.

    python benchmarks/sandbox.py [--quick] [--rounds 30] [--output FILE]

The tiers take turns, round by round, so that whatever else the machine does meets all of them
alike. A worker is started in a nursery that has imported torch, loads its driver and a tree,
answers one call, and ends. The table is printed; the same as JSON goes to
benchmarks/results/sandbox.json.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import echo
import record

from zth import landlock
from zth.host import Nursery
from zth.host.sandbox import TIERS
from zth.records import Part

PLAIN = "process"
ENDS = ("median", "least", "most")


def main() -> None:
    parser = record.parser("sandbox", "What confinement costs.")
    parser.add_argument("--rounds", type=int, help="workers of each tier: 30, or 5 for a look")
    options = parser.parse_args()
    rounds = options.rounds or (5 if options.quick else 30)
    workers, starts = measure(rounds)
    head = record.made("torch")
    head["machine"]["landlock"] = landlock.abi()
    rows = compared(workers)
    spreads = {name: record.Spread.of(times) for name, times in workers.items()}
    tiers = {
        name: {"worker_seconds": asdict(spread), "nursery_seconds": starts[name]}
        for name, spread in spreads.items()
    }
    lines = [
        (name, *(1e3 * getattr(spread, end) for end in ENDS), starts[name])
        for name, spread in spreads.items()
    ]
    heads = ("milliseconds of a worker", *ENDS, "seconds of a nursery with torch")
    record.show("", heads, lines)
    record.show_rows("A worker", rows)
    record.write(options.output, {**head, "rounds": rounds, "tiers": tiers}, rows)


def measure(rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """By tier: seconds of each worker, and of a nursery's start with torch and its first worker."""
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
            starts[tier.name] = round(time.perf_counter() - start, 2)
            nurseries[tier.name] = nursery
        for _ in range(rounds):
            for name, nursery in nurseries.items():
                workers[name].append(worker(nursery, part))
    return workers, starts


def compared(workers: dict[str, list[float]]) -> dict[str, record.Row]:
    """What each tier that confines takes for a worker, against a plain process."""
    milliseconds = {name: [1e3 * s for s in times] for name, times in workers.items()}
    return {
        name: record.Row.of(
            f"a worker in {name}, from its start to its end",
            "ms",
            milliseconds[name],
            milliseconds[PLAIN],
            "a process without confinement",
        )
        for name in workers
        if name != PLAIN
    }


def worker(nursery: Nursery, part: Part) -> float:
    """Seconds from asking for a worker until it has answered and ended."""
    start = time.perf_counter()
    with nursery.session(driver=Path(echo.__file__).resolve(), parts=(part,)) as session:
        session.call(echo.echo, 1.0, part="same")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
