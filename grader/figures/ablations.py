"""What each ingredient of `shakespeare-sprint` gives: the recipe with one off at a time.

The runs are those of benchmarks/shakespeare.py --ablations, whose record this reads.
"""

from __future__ import annotations

from grader.figures import Data, Figure, Told
from grader.figures.shakespeare_fast import read
from zth.language import tr

RECORD = "benchmarks/results/ablations.json"


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (the benchmark has measured)
    """Of each ingredient, by how much the loss is worse without it, and the spread over seeds."""
    told("reading the record of the benchmark")
    kept = read(RECORD)
    return {key: kept[key] for key in ("date", "commit", "machine", "seeds", "ablations")}


def draw(data: Data) -> str:
    """A table of Markdown; first the recipe as it is."""
    heads = (tr("off"), tr("nats a character"), tr("worse by"), tr("seconds"))
    lines = ["|".join(("", *heads, "")), "|---|--:|--:|--:|"]
    for one in data["ablations"]:
        text, worse = one["off"], one["worse_by"]
        said = f"{worse['mean']:+.3f} ± {worse['deviation']:.3f}".replace("-", "−")
        whole = one is data["ablations"][0]
        cells = tr(text), f"{one['loss']['mean']:.3f}", "" if whole else said
        lines.append("|".join(("", *cells, f"{one['seconds']['mean']:.1f}", "")))
    return "\n".join([*lines, ""])


FIGURE = Figure(
    title="What each ingredient of the fast recipe gives",
    measure=measure,
    draw=draw,
    needs=(RECORD,),
    suffix="md",
)
