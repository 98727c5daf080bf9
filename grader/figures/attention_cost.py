"""Lesson 3: time and memory of attention over the number of positions, at once and in blocks."""

from __future__ import annotations

import math
from statistics import mean

from grader.bench import RemoteCalls
from grader.figures import Data, Figure, Told, attention_driver
from grader.figures.plot import Axis, Line, Panel, powers, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson3_attention import BLOCKWISE, LESSON, SDPA
from zth.language import tr

LENGTHS = [256, 512, 1024, 2048, 4096, 8192]
SIZE, BLOCK = 64, 128
TURNS, ENOUGH = 3, 1 << 25  # scores that are computed in one timing, so that its clock ticks
COMPARED = 1024  # where the curve of T·log T meets that of the blocks
GROWTH = 4  # of the lengths, the last ones: for shorter ones, what does not grow is most


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (nothing here is drawn by chance)
    """Seconds and bytes for each length, and the powers of the length with which they grow.

    One head of SIZE channels, float32, one thread, no gradients; a block is BLOCK positions. The
    least of some times of the processor is kept, since other work only makes them longer. Bytes are
    what the process takes beyond what it had before, inputs and result among them.
    """
    with reference(LESSON, attention_driver.__name__) as bench:
        whole, blocks = calls(bench, SDPA), calls(bench, BLOCKWISE)
        taken = {"whole": [math.inf] * len(LENGTHS), "blocks": [math.inf] * len(LENGTHS)}
        for turn in range(TURNS):
            for i, T in enumerate(LENGTHS):
                rounds = max(1, ENOUGH // T**2)
                told(f"time, {turn + 1} of {TURNS}: {T:,} positions")
                for name, remote, block in (("whole", whole, 0), ("blocks", blocks, BLOCK)):
                    got = remote(attention_driver.seconds, T, SIZE, block, rounds)
                    taken[name][i] = min(taken[name][i], got)
        told("memory")
        memory = {"whole": _bytes(whole, 0), "blocks": _bytes(blocks, BLOCK)}
    return {
        "lengths": LENGTHS,
        "size": SIZE,
        "block": BLOCK,
        **{name: _row(taken[name], memory[name]) for name in ("whole", "blocks")},
    }


def _bytes(remote: RemoteCalls, block: int) -> list[int]:
    """For each length in a fresh worker: one that has freed memory takes less of the system."""
    play, first = attention_driver.seconds, (BLOCK, SIZE, block, 1)
    return [remote.peaks(play, first, (T, SIZE, block, 1))[1] for T in LENGTHS]


def _row(seconds: list[float], bytes_: list[int]) -> Data:
    return {
        "seconds": [float(f"{s:.4g}") for s in seconds],
        "bytes": bytes_,
        "power_of_time": _power(seconds),
        "power_of_memory": _power(bytes_),
    }


def _power(values: list[float] | list[int]) -> float:
    """The power of the length with which they grow, by least squares on the logarithms."""
    xs, ys = [math.log(T) for T in LENGTHS[-GROWTH:]], [math.log(y) for y in values[-GROWTH:]]
    x, y = mean(xs), mean(ys)
    above = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return round(above / sum((a - x) ** 2 for a in xs), 2)


def draw(data: Data) -> str:
    return svg(
        "attention-cost",
        tr("Time and memory of attention over T"),
        tr(
            "Two plots with logarithmic axes over {first:,} to {last:,} positions. Time grows with "
            "the power {whole} of T at once and {blocks} in blocks, memory with the power {mine} "
            "at once and {less} in blocks.",
            first=data["lengths"][0],
            last=data["lengths"][-1],
            whole=data["whole"]["power_of_time"],
            blocks=data["blocks"]["power_of_time"],
            mine=data["whole"]["power_of_memory"],
            less=data["blocks"]["power_of_memory"],
        ),
        [_time(data), _memory(data)],
    )


def _time(data: Data) -> Panel:
    milliseconds = {k: [1000 * s for s in data[k]["seconds"]] for k in ("whole", "blocks")}
    lengths = data["lengths"]
    start = lengths.index(COMPARED)
    first = milliseconds["blocks"][start] / (COMPARED * math.log(COMPARED))
    slower = [first * T * math.log(T) for T in lengths[start:]]
    return Panel(
        tr("Time"),
        _positions(lengths),
        powers(tr("milliseconds of one core"), [0.1, 1, 10, 100, 1000], "{:,g}".format),
        [
            *_both(lengths, milliseconds["whole"], milliseconds["blocks"]),
            Line(
                tr("what T·log T would be"),
                list(zip(lengths[start:], slower, strict=True)),
                kind=2,
            ),
        ],
    )


def _memory(data: Data) -> Panel:
    mebibytes = {k: [b / 2**20 for b in data[k]["bytes"]] for k in ("whole", "blocks")}
    return Panel(
        tr("Memory"),
        _positions(data["lengths"]),
        powers(tr("MiB"), [0.1, 1, 10, 100, 1000], "{:,g}".format),
        _both(data["lengths"], mebibytes["whole"], mebibytes["blocks"]),
    )


def _positions(lengths: list[int]) -> Axis:
    return powers(tr("positions T"), lengths, "{:,}".format)


def _both(lengths: list[int], whole: list[float], blocks: list[float]) -> list[Line]:
    return [
        Line(tr("all at once"), list(zip(lengths, whole, strict=True)), kind=0, marked=True),
        Line(tr("in blocks"), list(zip(lengths, blocks, strict=True)), kind=1, marked=True),
    ]


FIGURE = Figure(
    title="Time and memory of attention over T",
    measure=measure,
    draw=draw,
    seconds=60,
    needs=("solutions/lesson3_attention", "grader/figures/attention_driver.py"),
)
