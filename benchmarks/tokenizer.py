"""How fast the reference tokenizers of lesson 2 are, and how that grows.

    python benchmarks/tokenizer.py [--quick] [--rounds 3] [--merges 10000] [--output FILE]

Trains and encodes with both tokenizers on the first parts of tiny Shakespeare (`zth data fetch
tinyshakespeare`), the least of some rounds each. The exponent is the slope of log(seconds) over
log(bytes): 1 is linear growth. Where the Rust library `tokenizers` is installed, the same is timed
with it, and each time of the RegexTokenizer is also given as a multiple of its. Prints a table, and
writes benchmarks/results/tokenizer.json. What merges gain is drawn by `zth docs figures`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import record

from grader.lessons.lesson2_tokenizer import LESSON
from grader.lessons.lesson2_tokenizer.cases import GPT4
from zth import data, trees
from zth.worker.loader import Loader

RUST_PACKAGE, RUST = "tokenizers", "tokenizers (Rust)"
PARTS = (1 / 8, 1 / 4, 1 / 2, 1.0)
Timings = dict[str, dict[str, list[list[float]]]]  # tokenizer, task, text, round


def main() -> None:
    parser = record.parser("tokenizer", "How fast the tokenizers are.")
    parser.add_argument("--rounds", type=int, help="the least of so many is kept: 3, or 1")
    parser.add_argument("--merges", type=int, help="10,000, or 1,000 for a short look")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    merges = options.merges or (1_000 if options.quick else 10_000)
    text = shakespeare()
    texts = [text[: round(len(text) * part)] for part in PARTS]
    seconds = measure(tokenizers(), texts, merges, rounds)
    sizes = [len(t.encode()) for t in texts]
    found = {"rounds": rounds, "merges": merges, "bytes": sizes}
    found["tokenizers"] = summary(seconds, sizes)
    rows = compared(seconds, merges)
    show(found)
    record.show_rows("Tiny Shakespeare", rows)
    record.write(options.output, {**record.made("regex", RUST_PACKAGE), **found}, rows)


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
    return made | ({RUST: Rust} if RUST_PACKAGE in record.versions(RUST_PACKAGE) else {})


def measure(
    made: Mapping[str, Callable[[], Any]], texts: Sequence[str], merges: int, rounds: int
) -> Timings:
    """The seconds of each tokenizer for each text, round by round. They take turns, so that
    whatever else the machine does meets all of them alike.
    """
    seconds: Timings = {
        name: {task: [[] for _ in texts] for task in ("train", "encode")} for name in made
    }
    for _ in range(rounds):
        for i, text in enumerate(texts):
            for name, make in made.items():
                tokenizer = make()
                for task, argument in (("train", (text, 256 + merges)), ("encode", (text,))):
                    start = time.perf_counter()
                    getattr(tokenizer, task)(*argument)
                    seconds[name][task][i].append(time.perf_counter() - start)
    return seconds


def summary(seconds: Timings, sizes: Sequence[int]) -> dict[str, dict[str, Any]]:
    """The least seconds of each task, and the exponent of their growth."""
    found: dict[str, dict[str, Any]] = {}
    for name, tasks in seconds.items():
        least = {task: [min(rounds) for rounds in taken] for task, taken in tasks.items()}
        found[name] = {
            task: {
                "seconds": [round(s, 4) for s in taken],
                "exponent": record.exponent(sizes, taken),
            }
            for task, taken in least.items()
        }
    return found


def compared(seconds: Timings, merges: int) -> dict[str, record.Row]:
    """What the RegexTokenizer takes for the whole text, against the Rust library's."""
    ours, rust = seconds["RegexTokenizer"], seconds.get(RUST)
    said = {"train": f"training to {merges:,} merges", "encode": "encoding what it was trained on"}
    return {
        task: record.Row.of(
            f"RegexTokenizer: {what}",
            "s",
            ours[task][-1],
            rust[task][-1] if rust else (),
            RUST if rust else "",
        )
        for task, what in said.items()
    }


def show(found: Mapping[str, Any]) -> None:
    heads = ("seconds for bytes", *(f"{size:,}" for size in found["bytes"]), "exponent")
    record.show(
        "",
        heads,
        [
            (f"{name}: {task}", *row["seconds"], row["exponent"])
            for name, tasks in found["tokenizers"].items()
            for task, row in tasks.items()
        ],
    )


if __name__ == "__main__":
    main()
