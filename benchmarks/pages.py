"""How long the pages of a class take: a board of 10,000 results, and 500 students' progress.

    python benchmarks/pages.py [--quick] [--results 10000] [--students 500] [--output FILE]

The class is made up: its store is filled without grading anything. `zth class serve` shows it, and
one client asks for each page again and again, over HTTP on this machine; so the times are the
server's and a little more. Tables are made when the server starts, which the first request may have
to wait for; after a new measurement the old table serves until the new one is made. What comes out
is printed; the same as JSON goes to benchmarks/results/pages.json.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import record
from sqlalchemy import insert

from grader.classroom import settings, tokens
from grader.classroom.records import Measurement, Outcome, Submission
from grader.classroom.settings import Classroom
from grader.classroom.store import Store, tables

BOARD, LESSON = "entropy", "lesson5"
SEEDS = 3
CURVES = 100  # submissions whose training left a curve
ENDS = ("median", "least", "most")
ROWS = {  # of the table: the page, and what is said of it
    "board": ("board", "a board of {results:,} results: a page, over HTTP"),
    "board_anew": (
        "board, after a measurement",
        "a board of {results:,} results: a page right after a new measurement",
    ),
    "student": ("a student's own page", "a student's own page, over HTTP"),
}
TOML = f"""
title = "Pages"
[boards]
open = ["{BOARD}"]
[[lessons]]
name = "{LESSON}"
[[lessons]]
name = "lesson3"
"""


def main() -> None:
    parser = record.parser("pages", "How long the pages of a class take.")
    parser.add_argument("--results", type=int, default=10_000)
    parser.add_argument("--students", type=int, default=500)
    wanted = parser.parse_args()
    repeated = 10 if wanted.quick else 50
    with tempfile.TemporaryDirectory() as folder:
        room, token = made(Path(folder), wanted.results, wanted.students)
        with serving(room.root) as address:
            found = measured(room, address, token, repeated)
    spreads = {page: record.Spread.of(times) for page, times in found.items()}
    rows = {
        name: record.Row.of(what.format(results=wanted.results), "ms", found[page])
        for name, (page, what) in ROWS.items()
    }
    record.show(
        "",
        ("milliseconds", *ENDS),
        [(p, *(getattr(s, e) for e in ENDS)) for p, s in spreads.items()],
    )
    told = {
        **record.made("starlette", "sqlalchemy"),
        "results": wanted.results,
        "students": wanted.students,
        "milliseconds": {page: asdict(spread) for page, spread in spreads.items()},
    }
    record.write(wanted.output, told, rows)


def made(folder: Path, results: int, students: int) -> tuple[Classroom, str]:
    """A class with so many results on its board, and so many students; and a student's token."""
    (folder / settings.CLASS).write_text(TOML, "utf-8")
    settings.write_secret(folder / settings.SECRET)
    entries = -(-results // SEEDS)
    names = [f"s{n}" for n in range(max(entries, students))]
    (folder / settings.ROSTER).write_text("\n".join(["student", *names]) + "\n", "utf-8")
    room, token = Classroom.open(folder), tokens.made()
    with Store.open(room.store) as store:
        store.add_token("s0", tokens.digest(token))
        fill(room, store, entries, students)
    return room, token


def fill(room: Classroom, store: Store, entries: int, students: int) -> None:
    """Submissions with their grades, and measurements of `entries` of them."""
    draw, now = random.Random(1), datetime.now(UTC)
    seeds = [room.seed("board", BOARD, str(n))[1] for n in range(SEEDS)]
    curve = tuple((step, 2 + 1 / step) for step in range(1, 300))
    handed_in, grown, grades, measurements, curves = [], [], [], [], []
    for n in range(max(entries, students)):
        received = now - timedelta(minutes=n)
        handed_in.append(
            {**tables.values(Submission(f"s{n}", received, f"{n:064x}", "x")), "identity": str(n)}
        )
        outcome = Outcome(f"k{n}", LESSON, f"{n:064x}", 50, n % 51, 9.0, "bwrap", "s", "g", "{}")
        grown.append(tables.values(outcome))
        grades.append({"submission": n + 1, "outcome": n + 1, "lesson": LESSON, "at": now,
                       "reason": "graded"})  # fmt: skip
    for n in range(entries):
        skill = draw.uniform(0.05, 0.6)
        for name in seeds:
            value = skill + draw.gauss(0, 0.005)
            one = Measurement(BOARD, n + 1, name, now, value, 0.05, 1_190_400, 150.0, "m", "g")
            measurements.append({k: v for k, v in tables.values(one).items() if k != "curve"})
            if n < CURVES:
                curves.append({"measurement": len(measurements), "points": curve})
    with store._database.writing() as connection:
        for table, rows in (
            (tables.submissions, handed_in),
            (tables.outcomes, grown),
            (tables.grades, grades),
            (tables.measurements, measurements),
            (tables.curves, curves),
        ):
            connection.execute(insert(table), rows)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of the class's pages."""
    command = [sys.executable, "-m", "zth", "class", "serve", "--port", "0", "--no-worker"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        found = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert found, "the server did not start"
        yield found[0]
    finally:
        process.terminate()
        process.communicate()


def measured(room: Classroom, address: str, token: str, repeated: int) -> dict[str, list[float]]:
    """The times of each page, in milliseconds."""

    def times(url: str, token: str = "", repeated: int = repeated) -> list[float]:
        return [timed(url, token) for _ in range(repeated)]

    board = f"{address}/boards/{BOARD}"
    found = {
        "a page that needs nothing": times(f"{address}/sign-in"),
        "board, the first request": times(board, repeated=1),
        "board": times(board),
        "board, page 20": times(f"{board}?page=20"),
        "boards": times(f"{address}/"),
        "an entry": times(f"{board}/entries/7"),
        "curves of the first": times(f"{board}/leaders.svg"),
        "a student's own page": times(f"{address}/me", token),
    }
    with Store.open(room.store) as store:
        store.measure(Measurement(BOARD, 7, "x", datetime.now(UTC), 0.1, 0.1))
    found["board, after a measurement"] = times(board, repeated=10)
    return found


def timed(url: str, token: str) -> float:
    request = urllib.request.Request(url)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    start = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        assert answer.read()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
