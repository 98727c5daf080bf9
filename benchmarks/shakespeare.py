"""Shakespeare on a CPU: the fast recipes beside the classic ones, and what each ingredient gives.

    python benchmarks/shakespeare.py [--quick] [--seeds 3] [--ablations] [--output FILE]

"classic" is nanoGPT's recipe for a CPU (2,000 steps of 12 rows of 64 tokens, 4 layers of 128
channels, AdamW at 1e-3 along a cosine) in our own code; `shakespeare-tiny` is the same model at a
higher rate and in fewer steps. The recipes take turns, seed by seed, each trained as `zth train`
does it, from outside a sandbox: seconds are those of the steps alone, the loss is that of the whole
validation split. FLOPs are counted from the sizes: 6 for each weight that multiplies and each
token, 12 T C a layer for the scores of attention, and what Muon's products take at each step.

With --ablations, `shakespeare-sprint` is trained with one ingredient off at a time instead, and
what that costs is compared seed by seed; the record is ablations.json.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import mean, stdev
from typing import Any

import record

from grader.figures.runs import trained
from grader.recipes import RECIPES
from zth import trees
from zth.records import Recipe

NAMED = {recipe.name: recipe for recipe in RECIPES}
TINY, FAST, SPRINT = (NAMED[f"shakespeare-{name}"] for name in ("tiny", "fast", "sprint"))
CLASSIC = replace(TINY, name="classic", steps=2000, batch=12, learning_rate=1e-3)
EACH = (CLASSIC, TINY, SPRINT, FAST)
NEWTON_SCHULZ = 5  # steps of Muon's iteration
ADAMW = 4e-3  # the best peak of the rates tried for AdamW alone
LEVEL = f"{trees.shipped(trees.REFERENCE)}/shakespeare_fast/schedule.py:warmup_stable_decay"
V = 65  # characters of the corpus

Changed = tuple[Recipe, tuple[str, ...]]


def off(recipe: Recipe) -> dict[str, Changed]:
    """The recipe with one ingredient off at a time: by a switch of the model, or another part."""
    plain: Changed = recipe, ()

    def with_(*wishes: str, **changes: Any) -> Changed:
        return replace(recipe, **changes), wishes

    def switch(**switches: bool) -> Changed:
        return replace(recipe, config={**recipe.config, **switches}), ()

    trees = {slot: tree for slot, tree in recipe.trees.items() if slot != "optimizer"}
    return {
        "the whole recipe": plain,
        "rotary positions: learned ones": switch(rotary=False),
        "QK norm: none": switch(qk_norm=False),
        "RMSNorm: layer normalization with a gain": with_("norm=reference"),
        "squared ReLU: GELU": with_("mlp=reference"),
        "Muon: AdamW for all": with_(trees=trees, learning_rate=ADAMW, rate=0.0),
        "falls in a straight line: along a cosine": with_("schedule=reference"),
        "falls from the start: level for six tenths": with_(f"schedule={LEVEL}"),
        "falls to 0: to a tenth": with_(floor=0.1),
        "every window in turn: at random": with_(in_turn=False),
        "no clipping: clipped at 1": with_(clip=1.0),
        "bfloat16: float32": with_(mixed_precision=False),
    }


def flops(recipe: Recipe) -> float:
    """Floating-point operations of a run of one of EACH."""
    size = recipe.config
    T, C, L = int(size["block_size"]), int(size["n_embd"]), int(size["n_layer"])
    tokens = recipe.steps * recipe.batch * T
    passes = (6 * (12 * C * C * L + C * V) + 12 * T * C * L) * tokens
    return passes + recipe.steps * (muon(C, L) if "optimizer" in recipe.trees else 0)


def muon(C: int, L: int) -> float:
    """What a step of Muon takes: four matrices (C, C) a layer, and two (C, 4 C)."""
    return NEWTON_SCHULZ * L * sum(n * (4 * C * C * k + 2 * C**3) for n, k in ((4, C), (2, 4 * C)))


def told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def played(recipe: Recipe, seed: int, wishes: tuple[str, ...] = ()) -> dict[str, Any]:
    told(f"{recipe.name} {' '.join(wishes)}")
    return trained(recipe, seed, told, wishes)


def side_by_side(seeds: Sequence[int], each: Sequence[Recipe]) -> dict[str, Any]:
    """All recipes with each seed in turn."""
    runs: dict[str, list[dict[str, Any]]] = {recipe.name: [] for recipe in each}
    for seed in seeds:
        for recipe in each:
            runs[recipe.name].append(played(recipe, seed))
    return {
        recipe.name: {
            "flops": flops(recipe),
            "tokens": runs[recipe.name][0]["tokens"],
            "parameters": runs[recipe.name][0]["parameters"],
            "loss": spread([run["loss"] for run in runs[recipe.name]]),
            "seconds": spread([run["seconds"] for run in runs[recipe.name]]),
            "runs": runs[recipe.name],
        }
        for recipe in each
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "mean": round(mean(values), 4),
        "deviation": round(stdev(values), 4) if len(values) > 1 else 0.0,
        "least": min(values),
        "most": max(values),
    }


def rows(found: Mapping[str, Any]) -> dict[str, record.Row]:
    """The fast recipes against the classic one."""
    seconds = {name: [run["seconds"] for run in one["runs"]] for name, one in found.items()}
    losses = {name: [run["loss"] for run in one["runs"]] for name, one in found.items()}
    against = "nanoGPT's CPU recipe in our code"
    lines = {}
    for name in (SPRINT.name, FAST.name):
        peers = seconds[CLASSIC.name], losses[CLASSIC.name]
        lines |= {
            f"{name}_seconds": record.Row.of(
                f"{name}: training", "s", seconds[name], peers[0], against
            ),
            f"{name}_loss": record.Row.of(
                f"{name}: loss", "nats", losses[name], peers[1], against
            ),
            f"{name}_flops": record.Row.of(
                f"{name}: operations", "TFLOP", [found[name]["flops"] / 1e12],
                [found[CLASSIC.name]["flops"] / 1e12], against,
            ),
        }  # fmt: skip
    return lines


def ablations(seeds: Sequence[int], recipe: Recipe) -> list[dict[str, Any]]:
    """What the loss and the time become with an ingredient off; all ingredients, seed by seed."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in off(recipe)}
    for seed in seeds:
        for name, (changed, wishes) in off(recipe).items():
            runs[name].append(played(changed, seed, wishes))
    whole = next(iter(runs.values()))
    return [
        {
            "off": name,
            "loss": spread([run["loss"] for run in theirs]),
            "worse_by": spread(
                [round(a["loss"] - b["loss"], 4) for a, b in zip(theirs, whole, strict=True)]
            ),
            "seconds": spread([run["seconds"] for run in theirs]),
        }
        for name, theirs in runs.items()
    ]


def main() -> None:
    parser = record.parser("shakespeare", __doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ablations", action="store_true")
    options = parser.parse_args()
    seeds = range(1 if options.quick else options.seeds)
    made = {**record.made("torch", "numpy"), "seeds": list(seeds)}
    if options.ablations:
        found = ablations(seeds, SPRINT)
        heads = (f"{SPRINT.name} without", "nats", "worse by", "±", "s")
        record.show("", heads, [
            (one["off"], one["loss"]["mean"], one["worse_by"]["mean"],
             one["worse_by"]["deviation"], one["seconds"]["mean"]) for one in found
        ])  # fmt: skip
        record.write(options.output.with_name("ablations.json"), {**made, "ablations": found})
        return
    each = tuple(replace(r, steps=r.steps // 20) for r in EACH) if options.quick else EACH
    found = side_by_side(seeds, each)
    heads = ("recipe", "nats", "±", "s", "tokens", "TFLOP")
    record.show("", heads, [
        (name, one["loss"]["mean"], one["loss"]["deviation"], one["seconds"]["mean"],
         f"{one['tokens']:,}", one["flops"] / 1e12) for name, one in found.items()
    ])  # fmt: skip
    record.show_rows("beside the classic recipe", rows(found))
    record.write(options.output, {**made, "recipes": found}, rows(found))


if __name__ == "__main__":
    main()
