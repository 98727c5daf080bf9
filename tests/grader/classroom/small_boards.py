"""The boards, so small that a tree is measured in a second; and trees to be measured."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from grader.classroom.boards.board import Board, Task, boards
from grader.classroom.boards.driver import Sizes
from grader.classroom.boards.losses import ON_CPU, ON_GPU, Floor
from grader.classroom.boards.measured import Measured
from grader.classroom.boards.measuring import measure
from grader.classroom.boards.memory import AttentionMemory
from grader.classroom.boards.speeds import AttentionSpeed, BpeSpeed, TrainingSpeed
from grader.scoring import Budget
from grader.sources import Markov
from zth import trees
from zth.host import Nursery
from zth.records import LessonReport, Result, Tree, Verdict

LOSS = "        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())\n"
TINY = {"n_layer": 1, "n_head": 2, "n_embd": 32, "dropout": 0.0, "bias": False}
SMALL = Budget(steps=20, batch=16, T=15, seconds=20)
TASKS: dict[str, Task] = {
    "entropy": Floor(SMALL),
    "shakespeare-cpu": replace(ON_CPU, size=TINY, budget=SMALL, text=lambda: PUBLIC),
    "shakespeare-gpu": replace(ON_GPU, size=TINY, budget=SMALL, text=lambda: PUBLIC),
    "bpe-speed": BpeSpeed(size=3_000, merges=40, blocks=1, limit=10),
    "attention-speed": AttentionSpeed(Sizes(B=2, T=16, C=12, n_head=3), blocks=1, limit=10),
    "attention-memory": AttentionMemory(T=2048, d=8, block=64, limit=20),
    "tokens-per-second": TrainingSpeed(Budget(steps=4, batch=8, T=16, seconds=20), blocks=1),
}
PUBLIC = "".join(map(chr, 97 + Markov(8, seed=1).windows(1, 6000, np.random.default_rng(9))[0]))
SEED = 2**62 + 12345


def board(name: str) -> Board:
    """A board with a small budget."""
    return replace(boards()[name], task=TASKS[name])


def passing(on: Board) -> LessonReport:
    """The report of a tree that passes what the board needs."""
    check = Result("x.right", "Right", on.component.id, Verdict.PASSED, points=2, earned=2)
    return LessonReport(on.lesson.id, on.lesson.title, "", (check,))


def reference() -> Tree:
    return Tree("reference", trees.shipped(trees.REFERENCE))


def edited(root: Path, on: Board, old: str, new: str) -> Tree:
    """The reference's lesson with one edit, in the file that has the component of the board."""
    shutil.copytree(reference().root / on.lesson.folder, root / on.lesson.folder)
    for file in sorted((root / on.lesson.folder).glob("*.py")):
        text = file.read_text("utf-8")
        if text.count(old) == 1:
            file.write_text(text.replace(old, new), "utf-8")
            return Tree("edited", root)
    raise AssertionError(old)


def measured(name: str, tree: Tree, nursery: Nursery, known: float | None = None) -> Measured:
    on = board(name)
    return measure(on, tree, nursery, SEED, report=passing(on), reference=known)
