"""Lesson 2: what merges gain on Shakespeare, and whether every text comes back as it was."""

from __future__ import annotations

from typing import Any

from grader.figures import Data, Figure, Told
from grader.figures.plot import Axis, Line, Panel, linear, svg
from grader.figures.reference import calls, reference
from grader.lessons.lesson2_tokenizer import LESSON, REGEX, driver, oracle, scale
from grader.lessons.lesson2_tokenizer.cases import GPT4
from grader.lessons.lesson2_tokenizer.driver import Course
from zth import data as datasets
from zth.language import tr

MERGES = 10_000
UNSEEN = [  # nothing in Shakespeare is like these
    "",
    " \t\n\r\n  x  ",
    "注意力机制",
    "größere Straße, señor",
    "👩‍👩‍👧‍👦 🇨🇳 ½ ﬁ",
    "e\u0301 and é",
    "def f(x):\n    return x[0] != '\\n'\n",
    "\x00\x7f\u200b\ufeff",
]


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (nothing here is drawn by chance)
    """Rows for some numbers of merges, and the texts that decode to another than was encoded.

    A word is a piece with a letter in it, and counts as often as it comes; it is split where it is
    more than one token. The round trips are those of every line of the corpus, of the whole, and of
    texts that have nothing in common with it.
    """
    text = _shakespeare()
    texts = [text, *text.splitlines(keepends=True), *UNSEEN]
    told("training, encoding and decoding")
    with reference(LESSON) as bench:
        played = calls(bench, REGEX)(driver.play, Course(text, 256 + MERGES), texts)
    told("following the merges")
    rows, tokens = scale.measured(oracle.split(text, GPT4), played.merges, at=scale.POINTS)
    return {
        "bytes": len(text.encode()),
        "tokens": len(tokens),
        "rows": [_row(merges, row) for merges, row in rows.items()],
        "round_trips": {
            "texts": len(texts),
            "errors": sum(a != b for a, b in zip(texts, played.back, strict=True)),
        },
    }


def _shakespeare() -> str:
    dataset = next(d for d in datasets.DATASETS if d.name == "tinyshakespeare")
    return datasets.find(dataset).read_text(encoding="utf-8")


def _row(merges: int, row: scale.Measured) -> dict[str, Any]:
    return {
        "merges": merges,
        "bytes_per_token": round(row.bytes_per_token, 3),
        "whole": round(row.whole, 4),
        "split": round(1 - row.whole, 4),
    }


def draw(data: Data) -> str:
    rows = data["rows"]
    last = rows[-1]
    labels = [(i, f"{row['merges']:,}") for i, row in enumerate(rows)]
    across = Axis(tr("merges"), 0, len(rows) - 1, labels)
    gained = [(i, row["bytes_per_token"]) for i, row in enumerate(rows)]
    split = [(i, 100 * row["split"]) for i, row in enumerate(rows)]
    return svg(
        "bytes-per-token",
        tr("What merges gain on Shakespeare"),
        tr(
            "Two plots over the number of merges, from none to {merges:,}. Bytes per token rise "
            "from {first:.2f} to {last:.2f}; the share of words that are split falls from "
            "{before:.1%} to {after:.1%}.",
            merges=last["merges"],
            first=rows[0]["bytes_per_token"],
            last=last["bytes_per_token"],
            before=rows[0]["split"],
            after=last["split"],
        ),
        [
            Panel(
                tr("Bytes per token"),
                across,
                linear(tr("bytes"), 0, 5),
                [Line("", gained, marked=True)],
            ),
            Panel(
                tr("Words of more than one token"),
                across,
                linear(tr("% of all words"), 0, 100),
                [Line("", split, kind=1, marked=True)],
            ),
        ],
    )


FIGURE = Figure(
    title="What merges gain on Shakespeare",
    measure=measure,
    draw=draw,
    seconds=60,
    needs=(
        "solutions/lesson2_tokenizer",
        "grader/lessons/lesson2_tokenizer/scale.py",
        "grader/lessons/lesson2_tokenizer/oracle.py",
        "zth/data/registry.py",
    ),
)
