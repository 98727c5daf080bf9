"""How fast the reference model writes, with its cache of keys and values and without.

    python benchmarks/sampling.py [--quick] [--rounds 7] [--output FILE]

The models are lesson 5's with 10.7 million parameters (6 layers, 6 heads, 384 channels, no biases)
and that of the recipe shakespeare-fast, with a longer window, and with weights drawn at random:
speed does not depend on them. They are asked as `zth sample` asks them. At each context, the last
few tokens before it are written: from a cache that holds the tokens before these, then without, and
so on in turn; the tokens must be the same. With the cache, PyTorch takes one thread; without, all
that it may, and once more a single one: of these two, processor time is compared, which other
processes lengthen but little.

The cost of a token by its position is that of one text, from its first token to its last, written
with the cache: a line is laid through it. `bend` is the line's slope through its second half, over
that through the first: 1 if the cost of a token grows linearly, 3 if quadratically.

Prints the tables, and writes benchmarks/results/sampling.json.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import record
import torch

from grader.recipes import RECIPES
from zth import trees
from zth.worker.loader import Loader
from zth.worker.sampling import Cached, Draw, Whole, write

LARGE = {"n_layer": 6, "n_head": 6, "n_embd": 384, "bias": False}
V = 65  # characters of Shakespeare
CONTEXTS, ROUNDS = (64, 128, 256, 512, 1024), 7
QUICK = (64, 128, 256), 2
COUNT = 8  # tokens that are written at a context
STRETCH = 32  # tokens whose cost is told as one
CPU = torch.device("cpu")
WITH, WITHOUT, ALONE = "with a cache", "without", "without, one thread"
WAYS = (WITH, WITHOUT, ALONE)


@dataclass
class Context:
    """What a token costs at one context: seconds, and seconds of a processor, by way and round."""

    tokens: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    processor: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})

    def rates(self, way: str) -> list[float]:
        return [1 / seconds for seconds in self.seconds[way]]

    def row(self, model: str) -> record.Row:
        what = f"{model}: a token after {self.tokens:,}"
        with_, without = self.rates(WITH), self.rates(WITHOUT)
        return record.Row.of(what, "tokens/s", with_, without, "the same without a cache")

    def ratio(self) -> record.Spread:
        """How often the work with the cache goes into the work without."""
        works = zip(self.processor[ALONE], self.processor[WITH], strict=True)
        return record.Spread.of([alone / with_ for alone, with_ in works])

    def summary(self) -> dict[str, Any]:
        rates = {way: vars(record.Spread.of(self.rates(way))) for way in WAYS}
        ratio = vars(self.ratio())
        return {"context": self.tokens, "tokens_per_second": rates, "processor_ratio": ratio}


def main() -> None:
    parser = record.parser("sampling", "How fast the model writes, with a cache and without.")
    parser.add_argument("--rounds", type=int, help="7, or 2 for a short look")
    options = parser.parse_args()
    contexts, rounds = QUICK if options.quick else (CONTEXTS, ROUNDS)
    rounds = options.rounds or rounds
    kept: dict[str, Any] = {"rounds": rounds, "threads": torch.get_num_threads(), "models": {}}
    rows = {}
    for name, model in models(contexts[-1]).items():
        found = measure(model, contexts, rounds)
        line = fit([by_position(model, contexts[-1]) for _ in range(rounds)])
        show(name, found, line)
        rows |= {f"{name}_{c.tokens}": c.row(name) for c in found}
        kept["models"][name] = {
            "parameters": sum(p.numel() for p in model.parameters()),
            "contexts": [c.summary() for c in found],
            "exponents": growth(found),
            "by_position": line,
        }
    record.show_rows("writing with a cache", rows)
    record.write(options.output, {**record.made("torch"), **kept}, rows)


def models(longest: int) -> dict[str, Any]:
    """The models by name, with a window of `longest` tokens."""
    fast = next(recipe for recipe in RECIPES if recipe.name == "shakespeare-fast")
    return {
        "gpt": model("lesson5_gpt/gpt.py", LARGE, longest),
        "fast": model("shakespeare_fast/model.py", fast.config, longest),
    }


def model(file: str, size: Mapping[str, Any], longest: int) -> Any:
    """The GPT of a file of the reference tree, with weights that make some tokens likely."""
    cls = Loader([("gpt", str(trees.shipped(trees.REFERENCE)), file, "GPT")])("gpt")
    config = sys.modules[cls.__module__].GPTConfig
    made = cls(config(**{**size, "vocab_size": V, "block_size": longest})).eval()
    torch.manual_seed(0)
    for matrix in (p for p in made.parameters() if p.dim() > 1):
        torch.nn.init.normal_(matrix, std=0.1)
    return made


# --- at a context ---------------------------------------------------------------------------------


def measure(model: Any, contexts: Sequence[int], rounds: int) -> list[Context]:
    """What a token costs at each context, both ways in turn."""
    found = [Context(tokens) for tokens in contexts]
    for turn in range(rounds):
        for context in found:
            text = np.random.default_rng(turn).integers(V, size=context.tokens)
            check_same({way: once(model, text.tolist()[:-COUNT], way, context) for way in WAYS})
    return found


def once(model: Any, text: list[int], way: str, context: Context) -> list[int]:
    """Writes COUNT tokens after the text, and notes what one of them has cost."""
    whole, cached = Whole(model, CPU, context.tokens), None
    if way == WITH:
        cached = Cached(model, model.new_cache(), CPU)
        cached(text[:-1])
    threads, random = torch.get_num_threads(), np.random.default_rng(0)
    torch.set_num_threads(1 if way == ALONE else threads)
    seconds, processor = time.perf_counter(), time.process_time()
    written = write(text, COUNT, Draw(0.8, 0), random, whole, cached)
    context.processor[way].append((time.process_time() - processor) / COUNT)
    context.seconds[way].append((time.perf_counter() - seconds) / COUNT)
    torch.set_num_threads(threads)
    return written


def check_same(written: dict[str, list[int]]) -> None:
    """Stops where the cache has changed a token."""
    if any(tokens != written[ALONE] for tokens in written.values()):
        raise SystemExit(f"not the same tokens: {written}")


def growth(found: Sequence[Context]) -> dict[str, float]:
    """The exponents of a token's cost over the context."""
    sizes = [c.tokens for c in found]
    medians = {w: [statistics.median(c.processor[w]) for c in found] for w in (WITH, ALONE)}
    return {way: record.exponent(sizes, costs) for way, costs in medians.items()}


# --- by position ----------------------------------------------------------------------------------


def by_position(model: Any, longest: int) -> list[float]:
    """Processor seconds of a token, as the median of each STRETCH of a text that is written."""
    cached, clock = Cached(model, model.new_cache(), CPU), time.process_time
    draw, random = Draw(0.8, 0), np.random.default_rng(0)
    tokens, costs = [0], []
    while len(tokens) < longest:
        start = clock()
        tokens.append(draw(cached(tokens), random.random()))
        costs.append(clock() - start)
    return [
        statistics.median(costs[i : i + STRETCH]) for i in range(0, longest - STRETCH + 1, STRETCH)
    ]


def fit(rounds: Sequence[Sequence[float]]) -> dict[str, Any]:
    """A line through the least cost of each stretch, and how straight it is."""
    costs = [min(stretch) for stretch in zip(*rounds, strict=True)]
    places = [STRETCH * (i + 0.5) for i in range(len(costs))]
    slope, start = statistics.linear_regression(places, costs)
    half = len(costs) // 2
    first, second = (
        statistics.linear_regression(places[part], costs[part]).slope
        for part in (slice(0, half), slice(half, None))
    )
    return {
        "stretch": STRETCH,
        "milliseconds": [record.figure(1000 * cost) for cost in costs],
        "start_milliseconds": record.figure(1000 * start),
        "microseconds_per_position": record.figure(1e6 * slope),
        "correlation": record.figure(statistics.correlation(places, costs)),
        "bend": record.figure(second / first),
    }


def show(name: str, found: Sequence[Context], line: Mapping[str, Any]) -> None:
    exponents = growth(found)
    lines: list[Sequence[object]] = []
    for way in (WITH, ALONE):
        costs = [1000 * statistics.median(c.processor[way]) for c in found]
        lines.append((f"ms a token, {way}", *costs, exponents[way]))
    lines.append(("ratio", *(c.ratio().median for c in found), ""))
    heads = (f"{name}: processor time", *(f"{c.tokens:,}" for c in found), "exponent")
    record.show("", heads, lines)
    print(
        f"with a cache a token costs {line['start_milliseconds']} ms, and "
        f"{line['microseconds_per_position']} µs for each token before it; "
        f"bend {line['bend']} (1 is linear), correlation {line['correlation']}\n"
    )


if __name__ == "__main__":
    main()
