"""Submissions that attack, graded beside honest ones: `python -m tests.security.gauntlet`.

Each file of `attacks/` is a submission: the stubs of a lesson, which earn nothing, with the file's
code at the end. `strike(*arguments)` is called wherever a stub is; `after(space)` gets the module's
globals at the end of its import. A file says what the report SAYS of it (a pattern), and may say on
which LESSONS it works, that it takes an ISOLATING tier to stop it, the names of EXTRA modules that
lie beside it and exit on import, and the MILESTONE that it is after. `plant(folder, file, clone)`
runs here, before the grading, and puts what it likes into the submission. In an attack's source
CLONE, BESIDE and TREE stand for folders, SOLUTION for the text of the reference's file.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

from grader import grading
from grader.lessons.lesson5_gpt import milestones
from grader.mutations import mutants, plant
from grader.scoring import Budget
from zth import trees
from zth.host import Nursery
from zth.host.sandbox import TIERS
from zth.plugins import Plugins
from zth.records import Lesson, LessonReport, Report, Tier, Tree
from zth.training import Corpus
from zth.worker import scratch

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "attacks"
LESSONS = ("lesson1", "lesson3", "lesson5")
MARK = "zth-attack"
GOT = f"{MARK}: got"
PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/", str(ROOT))
CAP = 1 << 20  # bytes of a file that are looked at
LIMIT = 1.0  # seconds for a call
SMALL = Budget(steps=20, batch=16, T=31, seconds=4)
TEXT = Corpus.of("to be or not to be, that is the question\n" * 50)


@dataclass(frozen=True)
class Attack:
    """One file of `attacks/`, and what it says of itself."""

    name: str
    title: str
    source: str
    says: str
    lessons: tuple[str, ...] = LESSONS
    isolating: bool = False
    extra: tuple[str, ...] = ()
    milestone: str = ""
    plant: Callable[[Path, Path, Path], None] = lambda *_: None

    def on(self, lesson: str, tier: Tier) -> bool:
        """Whether the tier claims to stop it, where it can be tried at all."""
        return lesson in self.lessons and (tier.isolates or not self.isolating)


def attacks() -> list[Attack]:
    return [_read(path) for path in sorted(FOLDER.glob("*.py"))]


def _read(path: Path) -> Attack:
    source = path.read_text("utf-8")
    module = ast.parse(source)
    told: dict[str, Any] = {}
    space: dict[str, Any] = {}
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == "plant":
            exec(compile(ast.Module([node], []), str(path), "exec"), space)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("LESSONS", "ISOLATING", "SAYS", "EXTRA", "MILESTONE"):
                told[name] = eval(compile(ast.Expression(node.value), str(path), "eval"))
    return Attack(
        path.stem,
        str(ast.get_docstring(module)),
        source,
        told["SAYS"],
        told.get("LESSONS", LESSONS),
        told.get("ISOLATING", False),
        tuple(told.get("EXTRA", "").split()),
        told.get("MILESTONE", ""),
        space.get("plant", Attack.plant),
    )


@dataclass(frozen=True)
class Outcome:
    """How it went: points, and all that the report says; what else was found to be wrong."""

    earned: int
    points: int
    said: str
    wrong: tuple[str, ...] = ()


class Batch:
    """One lesson under one tier: a folder of submissions, a nursery for all of them."""

    def __init__(self, lesson: Lesson, nursery: Nursery, folder: Path) -> None:
        self.lesson, self.nursery, self.folder = lesson, nursery, folder
        self.component = lesson.components[0]
        reference = trees.shipped(trees.REFERENCE)
        shutil.copytree(reference / lesson.folder, folder / "honest" / lesson.folder)
        (folder / "secret").write_text("the class's secret")

    def grade(self, tree: Tree, milestone: str = "") -> LessonReport:
        """The first checks of the lesson, or one milestone, with a budget of some seconds."""
        every = grading.checks_of(self.lesson)
        if milestone:
            checks = [c for c in every if c.id.endswith(f".{milestone}")]
        else:
            checks = [replace(c, limit=LIMIT) for c in every[:3]]
        selection = grading.Selection(milestone=milestone or "none")
        with (
            mock.patch.object(grading, "checks_of", return_value=checks),
            mock.patch.object(milestones, "FLOOR_BUDGET", SMALL),
            mock.patch.object(milestones, "_shakespeare", return_value=TEXT),
        ):
            return grading.grade(self.lesson, tree, self.nursery, selection=selection)

    def honest(self) -> Outcome:
        return _outcome(self.grade(Tree("honest", self.folder / "honest")))

    def mistaken(self) -> Outcome:
        """A submission with an ordinary mistake."""
        judged = {check.id for check in grading.checks_of(self.lesson)[:3]}
        mistake = next(m for m in mutants(self.lesson) if m.fails in judged)
        return _outcome(self.grade(plant(mistake, self.lesson, self.folder / "mistaken")))

    def attacked(self, attack: Attack) -> Outcome:
        """Grades the attack; what it changed or left behind is in `wrong`."""
        tree = self._planted(attack)
        before = _contents(self.folder)
        trees.digest(tree.root, [self.lesson.folder])
        outcome = _outcome(self.grade(tree, attack.milestone))
        wrong = [f"changed: {name}" for name in _changed(before, _contents(self.folder))]
        wrong += [f"left behind: {path}" for path in _left()]
        wrong += [f"still running: {pid}" for pid in _running()]
        if GOT in outcome.said:
            wrong.append(outcome.said[outcome.said.index(GOT) :][:200])
        scratch.remove(str(tree.root))
        return replace(outcome, wrong=tuple(wrong))

    def report(self, attack: Attack) -> Report:
        """The whole report on the attack, as it would be shown."""
        tree = self._planted(attack)
        lessons = (self.grade(tree),)
        return Report(attack.name, str(tree.root), "", self.nursery.tier.name, 0, lessons, {}, 0.0)

    def _planted(self, attack: Attack) -> Tree:
        root = self.folder / attack.name
        target = root / self.lesson.folder
        shutil.copytree(trees.shipped(trees.STUBS) / self.lesson.folder, target)
        source = attack.source
        for word, place in (("CLONE", ROOT), ("BESIDE", self.folder), ("TREE", root)):
            source = re.sub(rf"\b{word}\b", str(place), source)
        for file in {c.file for c in self.lesson.components}:
            solved = (trees.shipped(trees.REFERENCE) / file).read_text("utf-8")
            mine = re.sub(r"\bSOLUTION\b", lambda _, text=solved: repr(text), source)
            text = (root / file).read_text("utf-8")
            if "def strike" in source:
                text = text.replace(
                    "raise NotImplementedError", "return strike(*locals().values())"
                )
            end = "\nafter(globals())\n" if "def after" in source else ""
            (root / file).write_text(f"{text}\n{mine}{end}", "utf-8")
        for name in attack.extra:
            (target / f"{name}.py").write_text("raise SystemExit(0)\n", "utf-8")
        attack.plant(target, root / self.component.file, ROOT)
        return Tree(attack.name, root)


def _outcome(report: LessonReport) -> Outcome:
    said = [str(breach) for breach in report.breaches]
    for result in report.results:
        said.append(result.verdict.value)
        if result.finding:
            found = result.finding
            said += [found.message, found.expected, found.actual, found.where, found.output]
    return Outcome(report.earned, report.points, "\n".join(said))


def _contents(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Mode, time and content of every file beneath the folder."""
    found: dict[str, tuple[int, int, bytes]] = {}
    waiting = [folder]
    while waiting:
        for path in waiting.pop().iterdir():
            at = path.lstat()
            if stat.S_ISDIR(at.st_mode):
                waiting.append(path)
            body = path.read_bytes() if stat.S_ISREG(at.st_mode) and at.st_size < CAP else b""
            found[str(path)] = at.st_mode, at.st_mtime_ns, body
    return found


def _changed(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [name for name in before.keys() | now.keys() if before.get(name) != now.get(name)]


def _left() -> list[Path]:
    return [path for place in PLACES for path in Path(place).glob(f"*{MARK}*")]


def _running() -> list[int]:
    """Processes that an attack has named after itself."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if path.read_text().startswith(MARK):
                found.append(int(path.parent.name))
    return found


@contextmanager
def batch(lesson: str, tier: Tier) -> Iterator[Batch]:
    known = Plugins.load().lessons()[lesson]
    with (
        tempfile.TemporaryDirectory(prefix="zth-", ignore_cleanup_errors=True) as folder,
        ExitStack() as stack,
    ):
        # rm, since Python's own removal does not get down to the bottom of very deep folders
        stack.callback(subprocess.run, ["rm", "-rf", f"{folder}/"], check=False)
        nursery = stack.enter_context(Nursery(known.packages, tier))
        yield Batch(known, nursery, Path(folder))


def main() -> None:
    """Prints attack × tier: whether each attack was stopped where the tier claims to stop it."""
    from rich.console import Console
    from rich.table import Table

    parser = argparse.ArgumentParser(prog="python -m tests.security.gauntlet", description=__doc__)
    parser.add_argument("lessons", nargs="*", default=LESSONS, help=f"of {', '.join(LESSONS)}")
    lessons = parser.parse_args().lessons
    if unknown := set(lessons) - set(LESSONS):
        parser.error(f"there are no attacks for {', '.join(sorted(unknown))}")
    tiers = [tier for tier in TIERS if not tier.why_not()]
    cells: dict[tuple[str, str], list[str]] = {}
    for tier in tiers:
        for lesson in lessons:
            with batch(lesson, tier) as there:
                for attack in (a for a in attacks() if a.on(lesson, tier)):
                    cell = cells.setdefault((attack.name, tier.name), [])
                    cell.append(verdict(attack, there.attacked(attack)))
                    print(f"{tier.name} {lesson} {attack.name}: {cell[-1]}", file=sys.stderr)
    table = Table("attack", *(tier.name for tier in tiers), box=None, pad_edge=False)
    for attack in attacks():
        told = [cells.get((attack.name, tier.name), ["not claimed"]) for tier in tiers]
        table.add_row(attack.title, *("; ".join(dict.fromkeys(words)) for words in told))
    Console(width=int(os.environ.get("COLUMNS", "120"))).print(table)


def verdict(attack: Attack, outcome: Outcome) -> str:
    """ "stopped", or what went wrong."""
    wrong = list(outcome.wrong)
    if outcome.earned:
        wrong.append(f"earned {outcome.earned}")
    if not re.search(attack.says, outcome.said):
        wrong.append(f"the report says nothing of it: {outcome.said[:300]!r}")
    return "; ".join(wrong) or "stopped"


if __name__ == "__main__":
    main()
