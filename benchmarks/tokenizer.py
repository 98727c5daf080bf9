"""How fast the reference tokenizers of lesson 2 are, and how that grows.

    python benchmarks/tokenizer.py [--rounds 3] [--merges 10000] [--output FILE]

Trains and encodes with both tokenizers on the first parts of tiny Shakespeare (`zth data fetch
tinyshakespeare`), the least of some rounds each. The exponent is the slope of log(seconds) over
log(bytes): 1 is linear growth. Where the Rust library `tokenizers` is installed, the same is timed
with it, and each time of the RegexTokenizer is also given as a multiple of its. Prints a table, and
writes benchmarks/results/tokenizer.json. What merges gain is drawn by `zth docs figures`.
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
from pathlib import Path
from typing import Any

from grader.lessons.lesson2_tokenizer import LESSON
from grader.lessons.lesson2_tokenizer.cases import GPT4
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
    }
    show(record)
    write(options.output, json.dumps(record, indent=2) + "\n")


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


def show(record: Mapping[str, Any]) -> None:
    heads = "".join(f"{size:>12,}" for size in record["bytes"])
    print(f"{'seconds for bytes:':<28}{heads}    exponent")
    for name, tasks in record["tokenizers"].items():
        for task, row in tasks.items():
            figures = "".join(f"{s:>12.3f}" for s in row["seconds"])
            ratio = f"   {row['times_rust']} × Rust" if "times_rust" in row else ""
            print(f"{name:<20}{task:<8}{figures}{row['exponent']:>12.2f}{ratio}")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
