"""Runs the benchmarks that a machine without a GPU can run, and prints one table of all.

    make bench [NAMES="tokenizer growth"] [QUICK=1]
    python benchmarks/bench.py [NAME ...] [--quick] [--table]

Each runs as a process of its own, one after the other, and writes its record to
benchmarks/results/; with --quick, a short look, to benchmarks/quick/. The table has the rows of all
their records: ours, the peer's, the ratio ours/peer with the least and the most of the rounds.
--table measures nothing. What the records say goes into docs/speed.md by `zth docs figures speed`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

import record

# By name: about how many seconds it takes on two cores that have nothing else to do.
BENCHMARKS = {
    "feedback": 300,
    "tokenizer": 120,
    "autograd": 60,
    "sampling": 300,
    "growth": 900,
    "sandbox": 10,
    "pages": 15,
    "classroom": 900,
    "shakespeare": 600,
}


def main() -> None:
    options = parsed()
    names = options.names or list(BENCHMARKS)
    failed = [] if options.table else run(names, quick=options.quick)
    kept = read(names, quick=options.quick)
    show(kept)
    for name in failed:
        print(f"error: {name} failed, as said above", file=sys.stderr)
    for name in [n for n in names if "rows" not in kept.get(n, {}) and n not in failed]:
        print(f"{name} has no rows yet: python benchmarks/bench.py {name}", file=sys.stderr)
    sys.exit(1 if failed else 0)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="All benchmarks, in one table.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="a short look; replaces no record")
    parser.add_argument("--table", action="store_true", help="only show the records there are")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark is called {name}; there are {', '.join(BENCHMARKS)}")
    return options


def run(names: Iterable[str], *, quick: bool) -> list[str]:
    """Runs each; the names of those that failed, having said why."""
    failed = []
    for name in names:
        takes = "a short look" if quick else f"about {minutes(BENCHMARKS[name])}"
        print(f"\n--- {name}: {takes}", flush=True)
        start = time.monotonic()
        words = [sys.executable, str(record.HERE / f"{name}.py"), *(["--quick"] if quick else [])]
        if subprocess.run(words, check=False).returncode:
            failed.append(name)
        print(f"--- {name}: {minutes(time.monotonic() - start)}", flush=True)
    return failed


def minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def read(names: Iterable[str], *, quick: bool) -> dict[str, Any]:
    """The records that there are, by name."""
    files = {name: record.file(name, quick=quick) for name in names}
    return {n: json.loads(file.read_text("utf-8")) for n, file in files.items() if file.is_file()}


def show(kept: Mapping[str, Any]) -> None:
    """One table, and below it which machine each record is of."""
    rows = {f"{name}.{key}": row for name, r in kept.items() for key, row in record.rows(r).items()}
    if rows:
        print()
        record.show_rows("What", rows)
    for machine, names in by_machine(kept).items():
        print(f"{', '.join(names)}: {machine}")


def by_machine(kept: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names of the records that have rows, by what they were made on and when."""
    found: dict[str, list[str]] = {}
    for name, one in kept.items():
        if "rows" in one:
            found.setdefault(f"{record.named(one['machine'])}, {one['date']}", []).append(name)
    return found


if __name__ == "__main__":
    main()
