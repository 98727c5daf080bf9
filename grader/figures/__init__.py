"""The figures of the course text: what is measured, and how it is drawn; a module a figure.

A module of this package is named like its figure and holds a `FIGURE`. `zth docs figures` calls its
`measure`, and writes the data with all that made them to docs/assets/figures/NAME.json, and the
drawing of these data beside it. Drawing measures nothing: the same data give the same drawing.

A page shows the drawing by `--8<-- "docs/assets/figures/NAME.svg"` within a `<figure>`, and the
Chinese one NAME.zh.svg where there is one: where its words differ. A number that a page quotes is
followed by where it is, as in `4.02<!-- figures.NAME.rows.7.bytes_per_token -->` (see
`grader.chapters`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAMES: tuple[str, ...] = (
    "ablations",
    "attention_cost",
    "attention_map",
    "autograd_graph",
    "bigram_losses",
    "bpe_merges",
    "bytes_per_token",
    "depth_that_trains",
    "entropy_floor",
    "layer_diagnostics",
    "names_by_context",
    "optimizer_steps",
    "rate_sweep",
    "shakespeare_fast",
    "shakespeare_gpu",
    "shakespeare_tiny",
    "speed",
    "training_by_hand",
)

Data = dict[str, Any]  # what JSON can hold, and gives back as it was: no tuples, no number as a key
Told = Callable[[str], None]  # is told in a few words what is measured now; nothing need be


@dataclass(frozen=True)
class Figure:
    """How one figure is made.

    `measure(seed, told)` gives the data: the same for the same seed, but for what is timed.
    `draw(data)` gives one whole `<svg>`, with the words of a reader's language by `tr`; where
    `suffix` is "md", a table of Markdown, which a page includes in the same way. `needs` are the
    files and folders of the clone that decide the data, beside the module itself
    ("solutions/lesson2_tokenizer").
    """

    title: str  # for `zth docs figures --list`
    measure: Callable[[int, Told], Data]
    draw: Callable[[Data], str]
    seconds: float = 1.0  # about how long it takes to measure on two cores
    needs: tuple[str, ...] = ()
    suffix: str = "svg"


def load(name: str) -> Figure:
    """The figure of one of NAMES."""
    figure: Figure = importlib.import_module(f"{__name__}.{name}").FIGURE
    return figure
