"""How costs grow: a class with its submissions, a frame with its array, attention with its length.

    python benchmarks/growth.py [--quick] [--only class|wire|attention] [--rounds 3] [--output FILE]

The exponent is the slope of log(cost) over log(size): 0 is no growth, 1 is linear, 2 is quadratic.

class: `zth class grade` on more and more submissions of lesson 1, the same mix of right and wrong
each time; seconds, and the most memory of the grader's own processes (not of the workers).
wire: a float32 array goes to a worker as an argument, as any check sends it, and comes back as an
answer. Each time is set against a copy of the same bytes into new memory (`bytes(array.data)`), and
against a bare socket pair that carries them to another process, in the same round.
attention: the peak memory of lesson 3's reference, in blocks and all at once, beyond what the
worker had before the call. One head of 64 channels, float32, no gradients.

With --only, the rest of the record stays as it was. Prints tables, and writes
benchmarks/results/growth.json.
"""

from __future__ import annotations

import itertools
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import arrays
import classroom
import numpy as np
import record
from record import Row

from grader.bench import RemoteCalls
from grader.figures import attention_driver
from grader.figures.attention_cost import BLOCK, SIZE
from grader.figures.reference import calls, reference
from grader.lessons.lesson3_attention import BLOCKWISE, LESSON, SDPA
from grader.mutations import mutants, plant
from zth import trees
from zth.host import Limits, Nursery, Session
from zth.plugins import Plugins
from zth.records import Part

KIB, MIB = 2**10, 2**20
Found = tuple[dict[str, Any], dict[str, Row]]  # of a record, and of the table


@dataclass(frozen=True)
class Sizes:
    """How far each goes, and how often."""

    submissions: tuple[int, ...] = (10, 20, 40, 80)
    bytes: tuple[int, ...] = (KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB, 256 * MIB)
    positions: tuple[int, ...] = (1024, 2048, 4096, 8192, 16384)
    rounds: int = 3


QUICK = Sizes((4, 8), (KIB, 256 * KIB, 4 * MIB, 64 * MIB), (1024, 2048, 4096), 2)


def main() -> None:
    parser = record.parser("growth", "How costs grow.")
    parser.add_argument("--only", choices=PARTS, help="measure this alone")
    parser.add_argument("--rounds", type=int, help="3, or 2 for a short look")
    options = parser.parse_args()
    sizes = QUICK if options.quick else Sizes()
    sizes = replace(sizes, rounds=options.rounds or sizes.rounds)
    kept = _kept(options.output) if options.only else {}
    found, rows = dict(kept), dict(record.rows(kept))
    for name in [options.only] if options.only else PARTS:
        measured, some = PARTS[name](sizes)
        found[name] = {"rounds": sizes.rounds, **measured}
        rows |= some
    record.show_rows("Growth", rows)
    record.write(options.output, {**found, **record.made("numpy", "torch", "msgspec")}, rows)


def _kept(file: Path) -> dict[str, Any]:
    """The record so far."""
    kept: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return kept


# --- a class --------------------------------------------------------------------------------------


def of_class(sizes: Sizes) -> Found:
    """Seconds and memory for each number of submissions, round by round."""
    graded: dict[int, list[classroom.Graded]] = {n: [] for n in sizes.submissions}
    for _ in range(sizes.rounds):
        for count in sizes.submissions:
            with tempfile.TemporaryDirectory() as folder:
                hand_in(Path(folder, "submissions"), count)
                graded[count].append(classroom.grade(Path(folder), "lesson1", early=1))
    counts = list(sizes.submissions)
    seconds = {n: [g.seconds for g in graded[n]] for n in counts}
    memory = {n: [float(max(g.early, g.most)) for g in graded[n]] for n in counts}
    middle = [statistics.median(seconds[n]) for n in counts], [max(memory[n]) for n in counts]
    heads = ("submissions of lesson 1", "seconds", "of one", "MiB at most")
    record.show("", heads, [(n, s, s / n, m) for n, s, m in zip(counts, *middle, strict=True)])
    first, last = counts[0], counts[-1]
    peer = "in the smallest class"
    found = {
        "submissions": counts,
        "seconds": list(map(record.figure, middle[0])),
        "memory_mib": middle[1],
    }
    return found, {
        "class_seconds": growth(
            "exponent of the time of a class, over its submissions", counts, seconds
        ),
        "class_each": Row.of(
            "a submission of lesson 1, in the largest class",
            "s",
            [s / last for s in seconds[last]],
            [s / first for s in seconds[first]],
            peer,
        ),
        "class_memory": Row.of(
            "memory of the grader, in the largest class", "MiB", memory[last], memory[first], peer
        ),
    }


def hand_in(folder: Path, count: int) -> None:
    """So many submissions, no two alike: of five one is right, the others are known mistakes."""
    lesson = Plugins.load().lessons()["lesson1"]
    known = mutants(lesson)
    some = itertools.cycle([None, *known[:: max(1, len(known) // 4)][:4]])
    for number, mutant in zip(range(count), some, strict=False):
        place = folder / f"student{number:04}"
        if mutant:
            plant(mutant, lesson, place)
        else:
            write_reference(place / lesson.folder, lesson.folder)
        with (place / lesson.components[0].file).open("a", encoding="utf-8") as file:
            file.write(f"# {number}\n")


def write_reference(place: Path, folder: str) -> None:
    place.mkdir(parents=True)
    for file in (trees.shipped(trees.REFERENCE) / folder).glob("*.py"):
        (place / file.name).write_bytes(file.read_bytes())


# --- a frame --------------------------------------------------------------------------------------


def of_wire(sizes: Sizes) -> Found:
    """Seconds there, and there and back; those of a copy and of a bare pipe beside them."""
    ways: dict[str, dict[int, list[float]]] = {}
    with worker(max(sizes.bytes)) as session, bare_pipe() as pipe:
        for size in sizes.bytes:
            turns = max(3, min(200, 8 * MIB // size))
            for _ in range(sizes.rounds + 1):  # the first one warms up
                for way, action in actions(session, pipe, size).items():
                    ways.setdefault(way, {}).setdefault(size, []).append(timed(action, turns))
    taken = {way: {n: rounds[1:] for n, rounds in by.items()} for way, by in ways.items()}
    lines = [line(n, *(statistics.median(taken[way][n]) for way in taken)) for n in sizes.bytes]
    heads = ("an array", "there", "there and back", "a copy", "a bare pipe", "× copy", "× pipe")
    record.show("", heads, lines)
    found = {way: {n: record.Spread.of(by[n]).median for n in by} for way, by in taken.items()}
    return {"seconds": found}, wire_rows(sizes.bytes, taken)


def actions(
    session: Session, pipe: Callable[[bytes], None], size: int
) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    array = np.random.default_rng(0).random(size // 4, np.float32)
    raw = array.tobytes()
    call = partial(session.call, part="size", limit=60.0)
    return {
        "there": partial(call, arrays.taken, array),
        "and back": partial(call, arrays.returned, array),
        "copy": partial(bytes, array.data),
        "pipe": partial(pipe, raw),
    }


def wire_rows(sizes: Sequence[int], taken: dict[str, dict[int, list[float]]]) -> dict[str, Row]:
    """The largest array against a copy and a pipe, and how time grows where bytes count most."""
    large = [n for n in sizes if n >= 4 * MIB]
    most = {way: [1e3 * s for s in by[large[-1]]] for way, by in taken.items()}
    megabytes = f"{large[-1] // MIB} MiB"
    there = f"an array of {megabytes} to a worker"
    copy = "a copy into new memory"
    back = [s - t for s, t in zip(most["and back"], most["there"], strict=True)]
    return {
        "wire_there": Row.of(there, "ms", most["there"], most["copy"], copy),
        "wire_back": Row.of(f"an array of {megabytes} back", "ms", back, most["copy"], copy),
        "wire_pipe": Row.of(there, "ms", most["there"], most["pipe"], "a bare socket pair"),
        "wire_exponent": growth(
            "exponent of the time of an array to a worker, over its bytes",
            large,
            {n: taken["there"][n] for n in large},
        ),
    }


def line(size: int, there: float, back: float, copy: float, pipe: float) -> tuple[object, ...]:
    said = f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB"
    milliseconds = (f"{1e3 * s:,.3f} ms" for s in (there, back, copy, pipe))
    return said, *milliseconds, there / copy, there / pipe


def timed(action: Callable[[], object], turns: int) -> float:
    """The least seconds of some calls; what it gives is gone when the next one begins."""
    least = float("inf")
    for _ in range(turns):
        start = time.perf_counter()
        kept = action()
        least = min(least, time.perf_counter() - start)
        del kept
    return least


@contextmanager
def worker(most: int) -> Iterator[Session]:
    """A worker that takes arrays of so many bytes."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "size.py").write_text("def size(x):\n    return x.size\n", "utf-8")
        part = Part("size", Path(folder), "size.py", "size")
        driver = Path(arrays.__file__).resolve()
        limits = Limits(frame=most + MIB)
        with (
            Nursery(["numpy"], shown=[Path(folder), driver]) as nursery,
            nursery.session(driver=driver, parts=(part,), limits=limits) as session,
        ):
            yield session


CARRIER = """
import socket, sys
pipe = socket.socket(fileno=int(sys.argv[1]))
while head := pipe.recv(8, socket.MSG_WAITALL):
    pipe.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
    pipe.sendall(b"!")
"""


@contextmanager
def bare_pipe() -> Iterator[Callable[[bytes], None]]:
    """Carries bytes to another process, which says when it has them all."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-I", "-S", "-c", CARRIER, str(theirs.fileno())]
    with subprocess.Popen(command, pass_fds=[theirs.fileno()]), theirs, ours:
        theirs.close()

        def carry(data: bytes) -> None:
            ours.sendall(len(data).to_bytes(8, "big"))
            ours.sendall(data)
            ours.recv(1)

        yield carry


# --- attention ------------------------------------------------------------------------------------


def of_attention(sizes: Sizes) -> Found:
    """Peak MiB for each length, in blocks and at once."""
    with reference(LESSON, attention_driver.__name__) as bench:
        blocks, whole = calls(bench, BLOCKWISE), calls(bench, SDPA)
        peaks: dict[str, dict[int, list[float]]]
        peaks = {way: {T: [] for T in sizes.positions} for way in ("blocks", "whole")}
        for _ in range(sizes.rounds):
            for T in sizes.positions:
                peaks["blocks"][T].append(peak(blocks, T, BLOCK))
                peaks["whole"][T].append(peak(whole, T, 0))
    middle = {way: [statistics.median(by[T]) for T in by] for way, by in peaks.items()}
    lines = [(f"{T:,}", *both) for T, *both in zip(sizes.positions, *middle.values(), strict=True)]
    record.show("", ("positions", "MiB in blocks", "MiB at once"), lines)
    last = sizes.positions[-1]
    found = {"positions": list(sizes.positions)} | {
        f"{way}_mib": list(map(record.figure, values)) for way, values in middle.items()
    }
    return found, {
        "attention_memory": Row.of(
            f"memory of attention over {last:,} positions, in blocks",
            "MiB",
            peaks["blocks"][last],
            peaks["whole"][last],
            "all at once",
        ),
        "attention_blocks": growth(
            "exponent of attention's memory in blocks, over positions",
            sizes.positions,
            peaks["blocks"],
        ),
        "attention_whole": growth(
            "exponent of attention's memory all at once, over positions",
            sizes.positions,
            peaks["whole"],
        ),
    }


def peak(remote: RemoteCalls, T: int, block: int) -> float:
    """MiB in a fresh worker, which has played a short length first."""
    play = attention_driver.seconds
    first, second = (BLOCK, SIZE, block, 1), (T, SIZE, block, 1)
    return remote.peaks(play, first, second)[1] / MIB


def growth(what: str, sizes: Sequence[int], costs: dict[int, list[float]]) -> Row:
    """The exponent, round by round."""
    rounds = zip(*(costs[n] for n in sizes), strict=True)
    return Row.of(what, "", [record.exponent(sizes, costs) for costs in rounds])


PARTS = {"class": of_class, "wire": of_wire, "attention": of_attention}


if __name__ == "__main__":
    main()
