"""What all benchmarks share: what made a record, spreads, growth, rows for the one table, the file.

A benchmark measures ours and a peer in turn, round by round, so that whatever else the machine does
meets both alike, and keeps what came out as benchmarks/results/NAME.json: `made` on what, by what,
when; its own figures; and `rows`, by a short name each, of which `make bench` and the page
docs/speed.md make their table:

    rows = {"train": Row.of("training a tokenizer", "s", ours, peer, against="tokenizers (Rust)")}
    record.write(options.output, {**record.made("regex"), "seconds": …}, rows)
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
DIGITS = 4  # of a figure in a record: more would be noise
WIDTH = 140  # of a table that goes to no terminal


class Options(argparse.ArgumentParser):
    """The options that each benchmark has. What a short look finds never replaces a record."""

    def __init__(self, name: str, about: str) -> None:
        super().__init__(description=about)
        self.name = name
        self.add_argument("--quick", action="store_true", help="a short look, for its order only")
        self.add_argument("--output", type=Path, help="the record; default: among results/")

    def parse_known_args(self, *given: Any, **named: Any) -> Any:
        found, rest = super().parse_known_args(*given, **named)
        if found.output is None:
            found.output = file(self.name, quick=found.quick)
        return found, rest


def parser(name: str, about: str) -> Options:
    """--quick, and --output, which is a file in any case; a benchmark may add to them."""
    return Options(name, about)


def file(name: str, *, quick: bool = False) -> Path:
    """Where the record of a benchmark is kept, or what a short look has found."""
    return (RESULTS.with_name("quick") if quick else RESULTS) / f"{name}.json"


# --- what made a record ---------------------------------------------------------------------------


def made(*packages: str) -> dict[str, Any]:
    """When, of which commit, on what machine, by which versions: the head of a record."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(*packages),
    }


def machine() -> dict[str, Any]:
    """The load is how many processes wanted a core in the minute before."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "model": model(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def model() -> str:
    """What the processor calls itself; nothing where only another system would know."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")


def named(kept: Mapping[str, Any]) -> str:
    """A machine of a record, in words."""
    processor = " ".join(filter(None, (kept["processor"], kept.get("model"))))
    return f"{kept['system']}, {processor}, {kept['cores']} cores"


def versions(*packages: str) -> dict[str, str]:
    """Of Python, of zth and of those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for name in ("zth", *packages):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit that is checked out, and whether files that git knows have changed since."""
    head = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ":!benchmarks/results")
    return f"{head} and changes" if head and changed else head


def _git(*arguments: str) -> str:
    """What git says; nothing where there is no git, or no repository."""
    command = ["git", "-C", str(HERE.parent), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


# --- what was measured ----------------------------------------------------------------------------


def figure(value: float) -> float:
    """Rounded to DIGITS significant digits."""
    return float(f"{value:.{DIGITS}g}")


@dataclass(frozen=True)
class Spread:
    """Some values of the same thing, in short. `deviation` is the standard one; 0 of one value."""

    median: float
    least: float
    most: float
    mean: float
    deviation: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        return cls(
            median=figure(statistics.median(values)),
            least=figure(min(values)),
            most=figure(max(values)),
            mean=figure(statistics.fmean(values)),
            deviation=figure(statistics.stdev(values)) if len(values) > 1 else 0.0,
            count=len(values),
        )


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of log(cost) over log(size), by least squares: 1 is linear growth, 2 quadratic."""
    slope, _ = statistics.linear_regression(
        [math.log(n) for n in sizes], [math.log(c) for c in costs]
    )
    return round(slope, 2)


@dataclass(frozen=True)
class Row:
    """One line of the table of all benchmarks.

    `ours` and `peer` are medians over the rounds, in `unit`. `ratio` is ours over the peer's, the
    median of the rounds' own ratios, and `spread` is the least and the most of these; where there
    is no peer, of ours. `against` says what the peer is.
    """

    what: str
    unit: str
    ours: float
    spread: tuple[float, float]
    peer: float | None = None
    ratio: float | None = None
    against: str = ""

    @classmethod
    def of(
        cls,
        what: str,
        unit: str,
        ours: Sequence[float],
        peer: Sequence[float] = (),
        against: str = "",
    ) -> Self:
        """From one value a round of ours, and as many of the peer's, of the same rounds."""
        mine = Spread.of(ours)
        if not peer:
            return cls(what, unit, mine.median, (mine.least, mine.most))
        ratios = Spread.of([a / b for a, b in zip(ours, peer, strict=True)])
        spread = (ratios.least, ratios.most)
        return cls(what, unit, mine.median, spread, Spread.of(peer).median, ratios.median, against)


# --- where it goes --------------------------------------------------------------------------------


def write(path: Path, record: Mapping[str, Any], rows: Mapping[str, Row] | None = None) -> None:
    """Puts the record, with its rows, in the place of the old one: as a whole, or not at all."""
    said = {**record, "rows": {name: asdict(row) for name, row in rows.items()}} if rows else record
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def rows(record: Mapping[str, Any]) -> dict[str, Row]:
    """The rows of a record that was read."""
    return {
        name: Row(**{**row, "spread": tuple(row["spread"])})
        for name, row in record.get("rows", {}).items()
    }


def show(title: str, heads: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """A table: the first column of words, the others of figures."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for i, head in enumerate(heads):
        table.add_column(head, justify="right" if i else "left", overflow="fold")
    for line in lines:
        table.add_row(*(plain(cell) for cell in line))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WIDTH
    console.print(table)


def show_rows(title: str, found: Mapping[str, Row]) -> None:
    """The rows as a table."""
    heads = (title, "ours", "peer", "ratio", "least – most", "the peer is")
    show("", heads, [cells(row) for row in found.values()])


def cells(row: Row) -> tuple[str, ...]:
    """What the table says of a row, column by column."""
    peer = "" if row.peer is None else f"{plain(row.peer)} {row.unit}"
    ratio = "" if row.ratio is None else plain(row.ratio)
    spread = " – ".join(map(plain, row.spread))
    return row.what, f"{plain(row.ours)} {row.unit}".strip(), peer, ratio, spread, row.against


def plain(cell: object) -> str:
    """A figure to three digits, without an exponent; anything else as it is."""
    if not isinstance(cell, float):
        return "" if cell is None else str(cell)
    if cell == 0 or not math.isfinite(cell):
        return f"{cell:g}"
    places = max(0, 2 - math.floor(math.log10(abs(cell))))
    return f"{cell:,.{places}f}"
