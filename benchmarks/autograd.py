"""How fast the reference engine of lesson 1 trains, and what a deep graph costs.

    python benchmarks/autograd.py [--quick] [--output FILE]

Training is micrograd's demo: 100 points of two moons, MLP(2, [16, 16, 1]), a max-margin loss on all
points with L2 regularisation. Ours and micrograd take turns, from the same first weights. A step is
forward, backward, update, and the graph's removal: micrograd's holds cycles, which the garbage
collector has to find. Then one backward() through chains of 10³ to 10⁶ nodes, by ours alone:
micrograd's calls itself for each node, and Python stops it at about a thousand. Memory is what
tracemalloc counts, in a pass of its own: what the graph holds, and what backward() adds to it.

Time is processor time, which other processes lengthen but little. Prints the tables, and writes
benchmarks/results/autograd.json.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import record
from micrograd import nn

from grader.lessons.lesson1_autograd import LESSON, oracle
from zth import trees
from zth.worker.loader import Loader

POINTS, ALPHA = 100, 1e-4
ROUNDS, STEPS, CHAINS = 7, 5, (10**3, 10**4, 10**5, 10**6)
QUICK = 2, 2, (10**3, 10**4, 10**5)
TIMED = 10**5  # nodes that a timing goes through at least: short chains have several turns
MIB = 2**20


def main() -> None:
    options = record.parser("autograd", "How fast the engine of lesson 1 is.").parse_args()
    rounds, steps, lengths = QUICK if options.quick else (ROUNDS, STEPS, CHAINS)
    load = reference()
    rates = train({"reference": load("mlp"), "micrograd": nn.MLP}, rounds, steps)
    chains = [chain(load("value"), length, rounds) for length in lengths]
    growth = {
        "seconds": record.exponent(lengths, [c.median for c in chains]),
        "graph_mib": record.exponent(lengths, [c.graph_mib for c in chains]),
        "backward_mib": record.exponent(lengths, [c.backward_mib for c in chains]),
    }
    ours, peer = rates["reference"], rates["micrograd"]
    deep = f"backward through {lengths[-1]:,} nodes in a row"
    rows = {
        "train": record.Row.of("training an MLP of Values", "steps/s", ours, peer, "micrograd"),
        "deep": record.Row.of(deep, "s", chains[-1].seconds),
    }
    shown(rows, chains, growth)
    found = {
        **record.made("micrograd"),
        "rounds": rounds,
        "steps": steps,
        "steps_per_second": {name: list(map(record.figure, r)) for name, r in rates.items()},
        "chains": [c.found() for c in chains],
        "exponents": growth,
    }
    record.write(options.output, found, rows)


def reference() -> Loader:
    root = str(trees.shipped(trees.REFERENCE))
    return Loader([(c.id, root, c.file, c.name) for c in LESSON.components])


# --- training -------------------------------------------------------------------------------------


def train(
    engines: Mapping[str, Callable[..., Any]], rounds: int, steps: int
) -> dict[str, list[float]]:
    """Steps per second of each engine, round by round, after a round that warms up."""
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for done in range(rounds + 1):
        losses = {}
        for name, make in engines.items():
            seconds, losses[name] = demo(make, steps)
            if done:
                rates[name].append(steps / seconds)
        check_same(losses)
    return rates


def demo(make: Callable[..., Any], steps: int) -> tuple[float, float]:
    """The seconds that some steps of micrograd's demo take, and the last loss."""
    random.seed(1337)
    model = make(2, [16, 16, 1])
    points, labels = oracle.moons(1, POINTS)
    gc.collect()
    start = time.process_time()
    for step in range(steps):
        last = descend(model, points, labels, rate=1.0 - 0.9 * step / 100)
    gc.collect()
    return time.process_time() - start, last


def descend(
    model: Any, points: Sequence[Sequence[float]], labels: Sequence[int], rate: float
) -> float:
    """One step, as in the demo; its loss."""
    make = type(model.parameters()[0])
    scores = [model([make(x) for x in point]) for point in points]
    losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
    margin = sum(losses) * (1.0 / len(losses))
    total = margin + ALPHA * sum(p * p for p in model.parameters())
    model.zero_grad()
    total.backward()
    for p in model.parameters():
        p.data -= rate * p.grad
    return float(total.data)


def check_same(losses: Mapping[str, float]) -> None:
    """Engines of which one computes something else are not compared."""
    first, *others = losses.values()
    if not all(math.isclose(first, other, rel_tol=1e-6) for other in others):
        raise SystemExit(f"error: the engines do not train alike; their losses are {dict(losses)}")


# --- a deep graph ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chain:
    """What one backward() through so many nodes in a row takes; the seconds round by round."""

    nodes: int
    seconds: list[float]
    graph_mib: float
    backward_mib: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def found(self) -> dict[str, float]:
        """As a record has it."""
        return {
            "nodes": self.nodes,
            "seconds": record.figure(self.median),
            "graph_mib": record.figure(self.graph_mib),
            "backward_mib": record.figure(self.backward_mib),
        }


def chain(make: Callable[[float], Any], nodes: int, rounds: int) -> Chain:
    last, turns = grow(make, nodes), max(1, TIMED // nodes)
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(turns):
            last.backward()
        seconds.append((time.process_time() - start) / turns)
    del last
    graph, backward = memory(make, nodes)
    return Chain(nodes, seconds, graph / MIB, backward / MIB)


def grow(make: Callable[[float], Any], nodes: int) -> Any:
    first = last = make(1.0)
    for _ in range(nodes):
        last = last + first
    return last


def memory(make: Callable[[float], Any], nodes: int) -> tuple[int, int]:
    """The bytes that the graph takes, and the most that backward() takes beside it."""
    gc.collect()  # what the interpreter keeps for reuse would not be counted
    tracemalloc.start()
    try:
        last = grow(make, nodes)
        graph, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        last.backward()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return graph, peak - graph


# --- what is printed ------------------------------------------------------------------------------


def shown(
    rows: Mapping[str, record.Row], chains: Sequence[Chain], growth: Mapping[str, float]
) -> None:
    record.show_rows("engine", rows)
    heads = ("nodes", "seconds", "MiB of the graph", "MiB of backward()")
    lines = [(f"{c.nodes:,}", c.median, c.graph_mib, c.backward_mib) for c in chains]
    print()
    record.show(
        "one backward() through a chain", heads, [*lines, ("exponent of growth", *growth.values())]
    )


if __name__ == "__main__":
    main()
