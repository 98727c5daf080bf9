"""How often `zth blame` names the right part, and whether it leaves right ones alone.

    python benchmarks/blame.py [--each 6] [--most 24] [--seeds 5] [--steps 150] [--output FILE]

Of each slot of shakespeare-tiny, `--each` mutants of lessons 3 to 5 are drawn. A mutant hurts
training where the all-learner model is worse than the all-reference model over six seeds that
blame does not use, by the same measure (a failure, or a mean of MATTERS nats and more at a chance
of GATE). Of those, up to `--most`, taken in turn from the slots, are searched as `zth blame` does
it: right is the mutant's slot, and no other. Then right trees, put together from variants: right is
nobody. A learner who is at lesson 4 has no loop yet: mutants of places in the loop are trained with
zth's own. Needs tiny Shakespeare (`zth data fetch tinyshakespeare`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.blame import prepared
from grader.mutations import Mutant, mutants, plant
from zth import blame, trees
from zth.blame import LOOKS, Difference, search
from zth.cli.parts import assembled, configuration, corpus_of
from zth.plugins import Plugins
from zth.records import Lesson, Tree
from zth.trial import Trials

ROOT = Path(__file__).resolve().parents[1]
RECIPE = "shakespeare-tiny"
LESSONS = ("lesson3", "lesson4", "lesson5")
SLOT_OF = {"base": "optimizer"}  # what a component is used by, where it fills no slot itself
LOOP = ("clipping", "schedule", "batches")  # no places beside a learner's loop
OTHERS = range(101, 107)  # seeds that tell which mutants hurt
RIGHT = (
    ("reference", "reference", "reference"),
    ("einsum_style", "by_number", "nano_style"),
    ("row_by_row", "in_numpy", "sequential"),
    ("single_precision", "each_its_own", "single_precision"),
    ("upcast", "running_means", "plain_loop"),
    ("torch_fused", "torch_base", "library_parts"),
    ("vmapped", "many_at_once", "spelled_out"),
)


def drawn(lessons: dict[str, Lesson], slots: list[str], each: int) -> dict[str, list[Mutant]]:
    """The mutants of the sample, by slot."""
    found: dict[str, list[Mutant]] = {slot: [] for slot in slots}
    for name in LESSONS:
        for mutant in mutants(lessons[name]):
            component = mutant.fails.partition(".")[0]
            if (slot := SLOT_OF.get(component, component)) in found:
                found[slot].append(mutant)
    draw = random.Random(0)
    return {s: draw.sample(them, min(each, len(them))) for s, them in found.items()}


def in_turn(by_slot: dict[str, list[Any]]) -> Iterator[tuple[str, Any]]:
    """One of each slot, then another of each, until all are through."""
    for i in range(max(map(len, by_slot.values()), default=0)):
        for slot, them in by_slot.items():
            yield from ((slot, x) for x in them[i : i + 1])


class Measuring:
    """What the trials of all models have in common; those of the reference are played once."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.plugins = options, Plugins.load()
        self.lessons = self.plugins.lessons()
        self.kept: dict[Any, Any] = {}
        self.vocabulary = corpus_of(self.plugins.recipes()[RECIPE], self.plugins).vocabulary

    def trials(self, tree: Tree, seeds: Any, *, loop: bool) -> Trials:
        wishes = (f"all={tree.root}",) if loop else self._without_training(tree.root)
        recipe = self.plugins.recipes()[RECIPE]
        run = configuration(recipe, assembled(recipe, wishes, self.plugins), self.vocabulary)
        config, reference, corpus = prepared(run, self.plugins, self.options.steps)
        return Trials(config, reference, corpus, seeds, lanes=self.options.lanes, kept=self.kept)

    def _without_training(self, root: Path) -> tuple[str, ...]:
        recipe = self.plugins.recipes()[RECIPE]
        every = (recipe.model, *recipe.slots, *recipe.loop)
        return tuple(f"{c.id}={root}" for c in every if c.id != "training")

    def hurts(self, slot: str, mutant: Mutant) -> Difference:
        with (
            planted(mutant, self.lessons) as tree,
            self.trials(tree, OTHERS, loop=slot not in LOOP) as trials,
        ):
            suspects = frozenset(trials.suspects)
            return Difference.of(
                trials.play(suspects, len(OTHERS)), trials.play(frozenset(), len(OTHERS))
            )

    def blamed(self, tree: Tree, *, loop: bool) -> dict[str, Any]:
        start = time.monotonic()
        with self.trials(tree, range(1, LOOKS * self.options.seeds + 1), loop=loop) as trials:
            found = search(trials.suspects, trials.play, self.options.seeds)
        return {
            "blamed": list(found.guilty),
            "worse_by": rounded(found.whole),
            "alone": {s: rounded(d) for s, d in found.alone.items()},
            "strangers": list(found.strangers),
            "mended": found.mended,
            "looked_at_seeds": found.seeds,
            "seconds": round(time.monotonic() - start, 1),
        }


class planted:  # noqa: N801 (used as a function)
    """A tree with all three lessons of the reference, and the mutant's mistake in one."""

    def __init__(self, mutant: Mutant, lessons: dict[str, Lesson]) -> None:
        self.mutant, self.lessons = mutant, lessons

    def __enter__(self) -> Tree:
        self.folder = tempfile.TemporaryDirectory(prefix="zth-")
        root = Path(self.folder.name)
        for name in LESSONS:
            folder = self.lessons[name].folder
            shutil.copytree(trees.shipped(trees.REFERENCE) / folder, root / folder)
        plant(self.mutant, self.lessons[self.mutant.lesson], root)
        return Tree("mutant", root)

    def __exit__(self, *_: object) -> None:
        self.folder.cleanup()


def together(names: tuple[str, ...], lessons: dict[str, Lesson], root: Path) -> Tree:
    """A right tree: a variant's lesson over the reference's, for each lesson."""
    for name, lesson in zip(names, (lessons[x] for x in LESSONS), strict=True):
        shutil.copytree(trees.shipped(trees.REFERENCE) / lesson.folder, root / lesson.folder)
        if name != "reference":
            source = ROOT / "grader" / "variants" / name / lesson.folder
            shutil.copytree(source, root / lesson.folder, dirs_exist_ok=True)
    return Tree("right", root)


def rounded(difference: Difference) -> dict[str, Any]:
    each = [round(x, 5) for x in difference.each]
    return {"each": each, "fails": difference.fails, "chance": float(f"{difference.chance:.2g}")}


def main() -> None:
    parser = argparse.ArgumentParser(description="How often zth blame names the right part.")
    parser.add_argument("--each", type=int, default=6, help="mutants drawn of each slot")
    parser.add_argument("--most", type=int, default=24, help="mutants that are searched")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--lanes", type=int, default=0)
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks/results/blame.json")
    options = parser.parse_args()
    here = Measuring(options)
    recipe = here.plugins.recipes()[RECIPE]
    slots = [c.id for c in (*recipe.slots, recipe.model, *recipe.loop)]
    rows: dict[str, list[dict[str, Any]]] = {"mutants": [], "right": []}
    record = {
        "recipe": RECIPE,
        "steps": options.steps,
        "seeds": options.seeds,
        "matters": blame.MATTERS,
        "gate": blame.GATE,
        "share": blame.SHARE,
        "cores": os.cpu_count(),
        **rows,
    }

    def keep(kind: str, row: dict[str, Any]) -> None:
        rows[kind].append(row)
        print(json.dumps(row), flush=True)
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    for names in RIGHT:
        with tempfile.TemporaryDirectory(prefix="zth-") as folder:
            tree = together(names, here.lessons, Path(folder))
            keep("right", {"tree": list(names), **here.blamed(tree, loop=True)})
    searched = 0
    for slot, mutant in in_turn(drawn(here.lessons, slots, options.each)):
        if searched >= options.most:
            break
        difference = here.hurts(slot, mutant)
        row = {"slot": slot, "mutant": mutant.name, "hurts": difference.counts(blame.GATE)}
        row["by"] = rounded(difference)
        if row["hurts"]:
            searched += 1
            with planted(mutant, here.lessons) as tree:
                row |= here.blamed(tree, loop=slot not in LOOP)
            row["right"] = row["blamed"] == [slot]
        keep("mutants", row)
    found = [row for row in rows["mutants"] if row["hurts"]]
    record["rate"] = sum(row["right"] for row in found) / max(1, len(found))
    record["wrongly_blamed"] = sum(bool(row["blamed"]) for row in rows["right"])
    options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"{record['rate']:.0%} of {len(found)}; {record['wrongly_blamed']} right trees blamed")


if __name__ == "__main__":
    main()
