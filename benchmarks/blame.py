"""How often `zth blame` names the right part, and whether it leaves right ones alone.

    python benchmarks/blame.py [--each 5] [--most 24] [--among 6] [--notes FILE] [--output FILE]

Of each slot of shakespeare-tiny, `--each` mutants of lessons 3 to 5 are drawn. A mutant hurts
training where the model with it is worse than the all-reference model over six seeds that blame
does not use, by the same measure: it fails, or its loss is worse by MATTERS nats and more, at a
chance of GATE. Up to `--most` of those, taken in turn from the slots, are searched as `zth blame`
does it, in a model of which all parts are a learner's: right is the mutant's slot and no other.

The other parts are the reference's code in another folder, whose trials are those of the reference.
Of `--among` mutants that hurt, one a slot, the search is done again among other parts that are
written differently (variants), so that each part alone changes the numbers. Then come right trees,
put together from variants: right is nobody. (Left out are `row_by_row` and `vmapped`, for their
time.)

A learner who is at lesson 4 has no loop yet: clipping, schedule and batches are trained in zth's.
`--notes` keeps trials between calls. Needs tiny Shakespeare (`zth data fetch tinyshakespeare`).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import record

from grader.blame import prepared
from grader.mutations import Mutant, mutants, plant
from zth import blame, trees
from zth.blame import Difference, search
from zth.cli.parts import assembled, configuration, corpus_of
from zth.plugins import Plugins
from zth.records import Lesson, Tree
from zth.trial import Notebook, Trials

ROOT = Path(__file__).resolve().parents[1]
RECIPE = "shakespeare-tiny"
LESSONS = ("lesson3", "lesson4", "lesson5")
SLOT_OF = {"base": "optimizer"}  # what a component is used by, where it fills no slot itself
LOOP = ("clipping", "schedule", "batches")  # no places beside a learner's loop
OTHERS = range(101, 107)  # seeds that tell which mutants hurt
AMONG = ("single_precision", "each_its_own", "single_precision")
RIGHT = (
    ("reference", "reference", "reference"),
    AMONG,
    ("einsum_style", "by_number", "nano_style"),
    ("upcast", "in_numpy", "sequential"),
    ("einsum_style", "running_means", "plain_loop"),
    ("torch_fused", "torch_base", "library_parts"),
    ("nano_style", "many_at_once", "spelled_out"),
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
    """What the trials of all models have in common; each is played once."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.plugins, self.folder = options, Plugins.load(), folder
        self.lessons = self.plugins.lessons()
        self.recipe = self.plugins.recipes()[RECIPE]
        self.vocabulary = corpus_of(self.recipe, self.plugins).vocabulary
        self.notes = Notebook(options.notes or folder / "notes.jsonl")
        self.kept = self.notes.read()

    def trials(
        self, tree: Tree, seeds: range, slot: str = "", mutant: Tree | None = None
    ) -> Trials:
        """Trials of a model of the tree's parts, with the mutant in its slot."""
        wishes = [f"all={tree.root}"]
        if slot in LOOP:
            every = (self.recipe.model, *self.recipe.slots, *self.recipe.loop)
            wishes = [f"{c.id}={tree.root}" for c in every if c.id not in ("training", slot)]
        if mutant is not None:
            wishes.append(f"{slot}={mutant.root}")
        parts = assembled(self.recipe, tuple(wishes), self.plugins)
        run = configuration(self.recipe, parts, self.vocabulary)
        config, reference, corpus = prepared(run, self.plugins, self.options.steps)
        lanes, keep = self.options.lanes, self.notes.add
        return Trials(config, reference, corpus, seeds, lanes=lanes, kept=self.kept, keep=keep)

    def hurts(self, tree: Tree, slot: str, mutant: Mutant) -> Difference:
        with self.trials(tree, OTHERS, slot, self.planted(mutant)) as trials:
            everything, nothing = frozenset(trials.suspects), frozenset[str]()
            for count in (2, len(OTHERS)):
                found = Difference.of(trials.play(everything, count), trials.play(nothing, count))
                if not any(found.each) and not found.fails:
                    break  # the same numbers: it is not used here
            return found

    def blamed(self, tree: Tree, slot: str = "", mutant: Mutant | None = None) -> dict[str, Any]:
        seeds = self.options.seeds
        planted = self.planted(mutant) if mutant else None
        with self.trials(tree, range(1, blame.most(seeds) + 1), slot, planted) as trials:
            found = search(trials.suspects, trials.play, seeds)
        return {
            "blamed": list(found.guilty),
            "worse_by": rounded(found.whole),
            "alone": {s: rounded(d) for s, d in found.alone.items()},
            "strangers": list(found.strangers),
            "mended": found.mended,
            "seeds": found.seeds,
        }

    def planted(self, mutant: Mutant) -> Tree:
        """The reference's lesson, with the mutant's mistake."""
        folder = self.folder / mutant.lesson / mutant.name
        return plant(mutant, self.lessons[mutant.lesson], folder)

    def tree(self, names: tuple[str, ...]) -> Tree:
        """A right tree: a variant's lesson over the reference's, for each lesson."""
        root = self.folder / "-".join(names)
        if not root.exists():
            together(names, self.lessons, root)
        return Tree("right", root)


def together(names: tuple[str, ...], lessons: dict[str, Lesson], root: Path) -> None:
    for name, lesson in zip(names, (lessons[x] for x in LESSONS), strict=True):
        shutil.copytree(trees.shipped(trees.REFERENCE) / lesson.folder, root / lesson.folder)
        if name != "reference":
            source = ROOT / "grader" / "variants" / name / lesson.folder
            shutil.copytree(source, root / lesson.folder, dirs_exist_ok=True)


def rounded(difference: Difference) -> dict[str, Any]:
    each = [round(x, 5) for x in difference.each]
    return {"each": each, "fails": difference.fails, "chance": float(f"{difference.chance:.2g}")}


class Record:
    """The figures so far, written after each."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.file = options.output
        self.made = record.made("torch")
        self.rows: dict[str, list[dict[str, Any]]] = {"mutants": [], "among": [], "right": []}
        self.head = {
            "recipe": RECIPE,
            "steps": options.steps,
            "seeds": options.seeds,
            "matters": blame.MATTERS,
            "gate": blame.GATE,
            "share": blame.SHARE,
            "lanes": options.lanes,
        }

    def add(self, kind: str, row: dict[str, Any]) -> dict[str, Any]:
        self.rows[kind].append(row)
        print(json.dumps(row), flush=True)
        record.write(self.file, {**self.made, **self.head, **self.sums(), **self.rows})
        return row

    def sums(self) -> dict[str, int]:
        hurt = [row for row in self.rows["mutants"] if row["hurts"]]
        return {
            "mutants_tried": len(self.rows["mutants"]),
            "mutants_that_hurt": len(hurt),
            "named_right": sum(row["right"] for row in hurt),
            "among_variants": len(self.rows["among"]),
            "named_right_among_variants": sum(row["right"] for row in self.rows["among"]),
            "right_trees": len(self.rows["right"]),
            "right_trees_blamed": sum(bool(row["blamed"]) for row in self.rows["right"]),
        }


def measure(here: Measuring, kept: Record) -> None:
    """Mutants, mutants among variants, right trees."""
    options, recipe = here.options, here.recipe
    slots = [c.id for c in (*recipe.slots, recipe.model, *recipe.loop)]
    right, among = here.tree(RIGHT[0]), here.tree(AMONG)
    again: dict[str, Mutant] = {}
    searched = 0
    for slot, mutant in in_turn(drawn(here.lessons, slots, options.each)):
        if searched >= options.most:
            break
        difference = here.hurts(right, slot, mutant)
        row = {"slot": slot, "mutant": mutant.name, "hurts": difference.counts(blame.GATE)}
        row["by"] = rounded(difference)
        if row["hurts"]:
            searched += 1
            row |= here.blamed(right, slot, mutant)
            row["right"] = row["blamed"] == [slot]
            again.setdefault(slot, mutant)
        kept.add("mutants", row)
    for slot, mutant in list(again.items())[: options.among]:
        row = {"slot": slot, "mutant": mutant.name, **here.blamed(among, slot, mutant)}
        kept.add("among", {**row, "right": row["blamed"] == [slot]})
    for names in RIGHT:
        kept.add("right", {"tree": list(names), **here.blamed(here.tree(names))})


def main() -> None:
    parser = argparse.ArgumentParser(description="How often zth blame names the right part.")
    parser.add_argument("--each", type=int, default=5, help="mutants drawn of each slot")
    parser.add_argument("--most", type=int, default=24, help="mutants that are searched")
    parser.add_argument("--among", type=int, default=6, help="of them, again among variants")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--lanes", type=int, default=0, help="trials at a time; 0: one a core")
    parser.add_argument("--notes", type=Path, help="a file of trials, to be read and added to")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks/results/blame.json")
    options = parser.parse_args()
    kept = Record(options)
    with tempfile.TemporaryDirectory(prefix="zth-") as folder:
        measure(Measuring(options, Path(folder)), kept)
    print(json.dumps(kept.sums(), indent=1))


if __name__ == "__main__":
    main()
