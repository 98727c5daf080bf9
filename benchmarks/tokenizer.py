"""How fast the reference tokenizers of lesson 2 are, how that grows, and what merges gain.

    python benchmarks/tokenizer.py [--rounds 3] [--merges 10000] [--output FILE] [--curve FILE]

Trains and encodes with both tokenizers on the first parts of tiny Shakespeare (`zth data fetch
tinyshakespeare`), the least of some rounds each. The exponent is the slope of log(seconds) over
log(bytes): 1 is linear growth. Where the Rust library `tokenizers` is installed, the same is timed
with it, and each time of the RegexTokenizer is also given as a multiple of its. Prints a table,
writes benchmarks/results/tokenizer.json, and with --curve draws bytes per token as an SVG.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any

from grader.lessons.lesson2_tokenizer import LESSON, oracle, scale
from grader.lessons.lesson2_tokenizer.cases import GPT4
from grader.lessons.lesson2_tokenizer.driver import Merge
from zth import data, trees
from zth.worker.loader import Loader

HERE = Path(__file__).resolve().parent
PARTS = (1 / 8, 1 / 4, 1 / 2, 1.0)
Timings = dict[str, dict[str, list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast the tokenizers are.")
    parser.add_argument("--rounds", type=int, default=3, help="the least of so many is kept")
    parser.add_argument("--merges", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "tokenizer.json")
    parser.add_argument("--curve", type=Path, help="where to draw bytes per token, as an SVG")
    options = parser.parse_args()
    text = shakespeare()
    texts = [text[: round(len(text) * part)] for part in PARTS]
    seconds = measure(tokenizers(), texts, options.merges, options.rounds)
    sizes = [len(t.encode()) for t in texts]
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": options.rounds,
        "merges": options.merges,
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
        },
        "versions": versions(),
        "bytes": sizes,
        "tokenizers": summary(seconds, sizes),
        "bytes_per_token": gained(text, options.merges),
    }
    show(record)
    write(options.output, json.dumps(record, indent=2) + "\n")
    if options.curve:
        write(options.curve, curve(record["bytes_per_token"]))


def shakespeare() -> str:
    dataset = next(d for d in data.DATASETS if d.name == "tinyshakespeare")
    return data.find(dataset).read_text(encoding="utf-8")


def reference() -> Loader:
    root = str(trees.shipped(trees.REFERENCE))
    return Loader([(c.id, root, c.file, c.name) for c in LESSON.components])


# --- what is timed ------------------------------------------------------------------------------


class Rust:
    """The `tokenizers` library, splitting by the same pattern, with the reference's two methods."""

    def train(self, text: str, vocab_size: int) -> None:
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

        split = pre_tokenizers.Split(Regex(GPT4), "isolated")
        to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        self.tokenizer = Tokenizer(models.BPE())
        self.tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
        letters = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size, initial_alphabet=letters, show_progress=False
        )
        self.tokenizer.train_from_iterator([text], trainer)

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text).ids
        return ids


def tokenizers() -> dict[str, Callable[[], Any]]:
    """The constructors, by name; Rust's only where it is installed."""
    load = reference()
    made = {"BasicTokenizer": load("basic"), "RegexTokenizer": load("regex")}
    return made | ({"tokenizers (Rust)": Rust} if "tokenizers" in versions() else {})


def measure(
    made: Mapping[str, Callable[[], Any]], texts: Sequence[str], merges: int, rounds: int
) -> Timings:
    """The least seconds of each tokenizer for each text. They take turns, so that whatever else
    the machine does meets all of them alike.
    """
    seconds: Timings = {
        name: {task: [math.inf] * len(texts) for task in ("train", "encode")} for name in made
    }
    for _ in range(rounds):
        for i, text in enumerate(texts):
            for name, make in made.items():
                tokenizer = make()
                for task, argument in (("train", (text, 256 + merges)), ("encode", (text,))):
                    start = time.perf_counter()
                    getattr(tokenizer, task)(*argument)
                    taken = time.perf_counter() - start
                    seconds[name][task][i] = min(seconds[name][task][i], taken)
    return seconds


def summary(seconds: Timings, sizes: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Seconds and exponent of each task, and its ratio to the Rust library's for the whole text."""
    rows: dict[str, dict[str, Any]] = {}
    for name, tasks in seconds.items():
        rows[name] = {}
        for task, taken in tasks.items():
            row = {"seconds": [round(s, 4) for s in taken], "exponent": slope(sizes, taken)}
            rust = seconds.get("tokenizers (Rust)")
            if rust and name == "RegexTokenizer":
                row["times_rust"] = round(taken[-1] / rust[task][-1], 2)
            rows[name][task] = row
    return rows


def slope(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The exponent of growth, by least squares on the logarithms."""
    xs, ys = [math.log(n) for n in sizes], [math.log(s) for s in seconds]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return round(over / sum((a - x) ** 2 for a in xs), 2)


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("zth", "regex", "tokenizers"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


# --- what merges gain ---------------------------------------------------------------------------


def gained(text: str, merges: int) -> list[dict[str, float]]:
    """Bytes per token and the share of whole words after some numbers of merges."""
    tokenizer = reference()("regex")()
    tokenizer.train(text, 256 + merges)
    listed = [Merge(*pair, id) for pair, id in tokenizer.merges.items()]
    found, _ = scale.measured(oracle.split(text, GPT4), listed, at=scale.POINTS)
    return [
        {
            "merges": n,
            "bytes_per_token": round(row.bytes_per_token, 3),
            "whole": round(row.whole, 4),
        }
        for n, row in found.items()
    ]


def show(record: Mapping[str, Any]) -> None:
    heads = "".join(f"{size:>12,}" for size in record["bytes"])
    print(f"{'seconds for bytes:':<28}{heads}    exponent")
    for name, tasks in record["tokenizers"].items():
        for task, row in tasks.items():
            figures = "".join(f"{s:>12.3f}" for s in row["seconds"])
            ratio = f"   {row['times_rust']} × Rust" if "times_rust" in row else ""
            print(f"{name:<20}{task:<8}{figures}{row['exponent']:>12.2f}{ratio}")
    print(f"\n{'merges':>7}{'bytes per token':>18}{'words whole':>14}")
    for row in record["bytes_per_token"]:
        print(f"{row['merges']:>7,}{row['bytes_per_token']:>18.2f}{row['whole']:>14.1%}")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- the curve ----------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 340, 48, 600, 40, 290
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 14px; font-weight: 600; fill: #24292f }
.grid { stroke: #8c959f; stroke-opacity: .25 }
.line { fill: none; stroke: #0969da; stroke-width: 2 }
.dot, .figure { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .title { fill: #f0f6fc }
  .line { stroke: #58a6ff } .dot, .figure { fill: #58a6ff }
}
"""


def curve(rows: Sequence[Mapping[str, float]]) -> str:
    """Bytes per token over the number of merges, which grows from mark to mark by about three."""
    top = math.ceil(max(row["bytes_per_token"] for row in rows))
    marks = []
    for i, row in enumerate(rows):
        x = LEFT + i / (len(rows) - 1) * (RIGHT - LEFT)
        y = BOTTOM - row["bytes_per_token"] / top * (BOTTOM - TOP)
        marks.append((round(x, 1), round(y, 1), row))
    parts = [f'<text class="title" x="{LEFT}" y="20">Bytes per token on tiny Shakespeare</text>']
    for level in range(top + 1):
        y = round(BOTTOM - level / top * (BOTTOM - TOP), 1)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{level}</text>')
    for (x, y, _), (after, below, _) in pairwise(marks):
        parts.append(f'<path class="line" d="M{x} {y}L{after} {below}"/>')
    for x, y, row in marks:
        parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="3"/>')
        parts.append(
            f'<text class="figure" x="{x}" y="{y - 9}" text-anchor="middle">'
            f"{row['bytes_per_token']:.2f}</text>"
        )
        name = f"{row['merges']:,.0f}"
        parts.append(f'<text x="{x}" y="{BOTTOM + 18}" text-anchor="middle">{name}</text>')
    middle = (LEFT + RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">merges</text>')
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>\n"])


if __name__ == "__main__":
    main()
