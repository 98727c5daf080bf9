"""What a class costs: many submissions of lesson 3, right and wrong, hanging and hostile.

    python benchmarks/classroom.py [--quick] [--submissions 200] [--cold 12] [--output FILE]

A quarter of the submissions is right, six in ten are known mistakes or stubs, the others hang or
attack. `zth class grade` grades them on all cores. Compared are: the seconds that their checks
took, one after the other (what one process would need that never starts anything), and a loop of
cold `zth grade` processes, of which a sample is timed, some of each kind. The memory of
the grader's own processes is looked at after a quarter of the submissions, and at its highest from
there on. The table is printed; the same as JSON goes to benchmarks/results/classroom.json.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import record

from grader.classroom.settings import Classroom
from grader.classroom.store import Store
from grader.mutations import mutants, plant
from zth import trees
from zth.plugins import Plugins
from zth.records import Report

ZTH = [sys.executable, "-m", "zth"]
LESSON = Plugins.load().lessons()["lesson3"]
FILE = "lesson3_attention/attention.py"
BELOW = {
    "hanging": ["while True:\n    pass\n", "import time\ntime.sleep(1000)\n"],
    "hostile": [
        "import os\nos._exit(0)\n",
        "while True:\n    print('x' * 100_000)\n",
        "import os\nwhile True:\n    os.fork()\n",
        "hoard = [bytearray(1 << 30) for _ in range(100)]\n",
        "import os\nos.kill(os.getppid(), 9)\n",
    ],
}
SHARES = {"right": 25, "wrong": 60, "hanging": 5, "hostile": 10}  # of a hundred


def main() -> None:
    options = parsed()
    with tempfile.TemporaryDirectory() as folder:
        found, rows = measure(Path(folder), options.submissions, options.cold)
    for name, value in found.items():
        print(f"{name:28} {value}")
    record.show_rows("A class", rows)
    record.write(options.output, {**record.made("torch"), **found}, rows)


def parsed() -> argparse.Namespace:
    parser = record.parser("classroom", "What a class costs.")
    parser.add_argument("--submissions", type=int, help="200, or 20 for a short look")
    parser.add_argument("--cold", type=int, help="cold processes that are timed: 12, or 4")
    options = parser.parse_args()
    options.submissions = options.submissions or (20 if options.quick else 200)
    options.cold = options.cold or (4 if options.quick else 12)
    return options


def measure(folder: Path, count: int, cold: int) -> tuple[dict[str, Any], dict[str, record.Row]]:
    """Seconds, ratios and MiB, by name; and the rows of the table."""
    kinds = write(folder / "submissions", count)
    graded = grade(folder, LESSON.id, count // 4)
    checks, stayed = spent(folder / "class")
    alone = {kind: sample(kind, kinds, cold) for kind in SHARES}
    loop = sum(alone[kind] for kind in kinds.values())
    found = {
        "submissions": count,
        "seconds": round(graded.seconds, 1),
        "check_seconds": round(checks, 1),
        "to_checks_in_one_process": round(graded.seconds / checks, 3),
        "cold_seconds_each": {kind: round(value, 2) for kind, value in alone.items()},
        "faster_than_cold_processes": round(loop / graded.seconds, 2),
        "graded": stayed,
        "memory_mib_after_a_quarter": graded.early,
        "memory_mib_at_most_after_that": graded.most,
    }
    what = "grading a class, 15 % of it hanging or hostile"
    return found, {
        "cold": record.Row.of(what, "s", [graded.seconds], [loop], "a cold process for each"),
        "checks": record.Row.of(
            what, "s", [graded.seconds], [checks], "their checks, one after the other"
        ),
    }


def write(folder: Path, count: int) -> dict[Path, str]:
    """The submissions, no two alike, and the kind of each."""
    draw = random.Random(0)
    wrong = itertools.cycle([*mutants(LESSON), None])
    below = {kind: itertools.cycle(texts) for kind, texts in BELOW.items()}
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    drawn = [kinds[i * len(kinds) // count] for i in range(count)]
    draw.shuffle(drawn)
    found = {}
    for number, kind in enumerate(drawn):
        place = folder / f"student{number:04}"
        mistake = next(wrong) if kind == "wrong" else None
        if mistake:
            plant(mistake, LESSON, place)
        else:
            tree = trees.STUBS if kind == "wrong" else trees.REFERENCE
            (place / FILE).parent.mkdir(parents=True)
            (place / FILE).write_bytes((trees.shipped(tree) / FILE).read_bytes())
        with (place / FILE).open("a", encoding="utf-8") as file:
            file.write(f"# {number}\n" + (next(below[kind]) if kind in below else ""))
        found[place] = kind
    return found


@dataclass(frozen=True)
class Graded:
    """What `zth class grade` took: seconds, and MiB at the first look and at most since then."""

    seconds: float
    early: int
    most: int


def grade(folder: Path, lesson: str, early: int) -> Graded:
    """Grades folder/submissions in a new class; memory is looked at from the early-th one on."""
    run(["class", "init", "class"], folder)
    words = ["class", "grade", "../submissions", "--lessons", lesson]
    start = time.monotonic()
    with subprocess.Popen(
        [*ZTH, *words],
        cwd=folder / "class",
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stderr is not None
        first, most = 0, [0]
        for number, line in enumerate(running.stderr, 1):
            print(line, end="", file=sys.stderr)
            if number == early:
                first = resident(running.pid)
                threading.Thread(target=watch, args=(running, most), daemon=True).start()
    if running.returncode:
        raise SystemExit(f"zth class grade ended with {running.returncode}")
    return Graded(time.monotonic() - start, first, most[0])


def watch(running: subprocess.Popen[str], most: list[int]) -> None:
    while running.poll() is None:
        most[0] = max(most[0], resident(running.pid))
        time.sleep(0.2)


def resident(pid: int) -> int:
    """MiB that the grader's own processes hold: the first, and those of its pool (PSS).

    Without the workers beneath them, of which each may take what its limits allow.
    """
    return sum(map(proportional, [pid, *children(pid)])) >> 10


def children(pid: int) -> Iterator[int]:
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            yield from map(int, (thread / "children").read_text().split())
    except OSError:
        return


def proportional(pid: int) -> int:
    """KiB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def spent(folder: Path) -> tuple[float, dict[str, float]]:
    """Seconds that all checks took together, and how many submissions got how much."""
    total, some = 0.0, {"all": 0.0, "some": 0.0, "none": 0.0}
    with Store.open(Classroom.open(folder).store) as store:
        for one in store.grades():
            report = msgspec.json.decode(one.outcome.report, type=Report)
            total += sum(r.seconds for lesson in report.lessons for r in lesson.results)
            full = one.outcome.earned == one.outcome.points
            some["all" if full else "some" if one.outcome.earned else "none"] += 1
    return total, some


def sample(kind: str, kinds: dict[Path, str], cold: int) -> float:
    """The mean of the seconds that a cold process takes for one of the kind; of each text one."""
    count = max(1, cold // len(SHARES), len(BELOW.get(kind, ())))
    some = [place for place, other in kinds.items() if other == kind][:count]
    return statistics.mean(map(timed, some)) if some else 0.0


def timed(place: Path) -> float:
    start = time.monotonic()
    run(["grade", "lesson3", "--impl", str(place), "--sandbox", "isolating"], place)
    return time.monotonic() - start


def run(words: list[str], where: Path) -> None:
    subprocess.run([*ZTH, *words], cwd=where, capture_output=True, check=False)


if __name__ == "__main__":
    main()
