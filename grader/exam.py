"""The grader's own exam: wrong implementations that it must reject, right ones it must accept.

A mutant (`grader.mutations`) must not pass the check that it names. A variant is a tree under
`grader/variants/`, right but written differently; it must earn full marks for every component that
it defines.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from grader import chapters, grading
from grader.diagnosis import address
from grader.mechanical import changes
from grader.mutations import Mutant, mutants, plant
from zth import trees
from zth.host import Nursery
from zth.language import tr
from zth.records import Lesson, LessonReport, Result, Tree, Verdict, ZthError

HERE = Path(__file__).parent
PROJECTS = ("micrograd",)
# A mutant of which its check says one of these has not been rejected.
ALIVE = {Verdict.PASSED, Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED, Verdict.GRADER_ERROR}


def verdict(
    mutant: Mutant, lesson: Lesson, folder: Path, nursery: Nursery, seed: int = 0
) -> Result:
    """What the check that the mutant names says of it."""
    selection = grading.Selection(checks=(mutant.fails,))
    tree = plant(mutant, lesson, folder)
    report = grading.grade(lesson, tree, nursery, seed=seed, selection=selection, smallest=False)
    if not report.results:
        raise ZthError(
            tr(
                "the mutant {mutant} names {check}, which is no check",
                mutant=mutant.name,
                check=mutant.fails,
            )
        )
    return report.results[0]


def variants(lesson: Lesson) -> Iterator[tuple[Tree, tuple[str, ...]]]:
    """Each variant of the lesson, with the ids of the components that it defines."""
    for folder in sorted((HERE / "variants").glob(f"*/{lesson.folder}")):
        tree = Tree(folder.parent.name, folder.parent)
        defined = [c.id for c in lesson.components if trees.defines(trees.part(tree, c))]
        yield tree, tuple(defined)


def packages(lessons: Iterable[Lesson]) -> list[str]:
    """What the nursery of an exam imports: for the lessons, and the projects that are variants."""
    used = dict.fromkeys(package for lesson in lessons for package in lesson.packages)
    return [*used, *(project for project in PROJECTS if find_spec(project))]


def accept(
    lesson: Lesson,
    tree: Tree,
    components: tuple[str, ...],
    nursery: Nursery,
    seed: int = 0,
    milestone: str = "quick",
) -> LessonReport:
    """The report of a variant on what it defines, with the policy lifted.

    Advisory checks are left out: nothing can be lost there.
    """
    wanted = grading.Selection(components=components, milestone=milestone)
    checks = [c.id for c in grading.checks_of(lesson) if c.points and wanted.wants(c)]
    selection = grading.Selection(components=components, checks=checks)
    return grading.grade(lesson, tree, nursery, seed=seed, selection=selection, lift_policy=True)


@dataclass(frozen=True)
class Fault:
    """What the exam of a lesson found: of what kind, of whom, and what is wrong."""

    kind: str
    name: str
    problem: str


@dataclass(frozen=True)
class Kill:
    """What became of one mutant: its check's verdict under each seed."""

    mutant: Mutant
    verdicts: tuple[Verdict, ...]

    @property
    def dead(self) -> bool:
        return not ALIVE & set(self.verdicts)


class Examination:
    """The exam of one lesson: stubs, reference, variants, mutants, and what the text says."""

    def __init__(self, lesson: Lesson, nursery: Nursery, seeds: Sequence[int]) -> None:
        self.lesson, self.nursery, self.seeds = lesson, nursery, seeds
        self.checks = grading.checks_of(lesson)

    def text(self) -> Iterator[Fault]:
        """Hints; the chapter, its figures and its sections."""
        for check in self.checks:
            if not check.hint and not check.advisory:
                yield Fault("text", check.id, tr("has no hint"))
            for problem in chapters.stale_bounds(check) if check.milestone else ():
                yield Fault("text", check.id, problem)
        chapter = trees.shipped(trees.REFERENCE).parent / self.lesson.chapter
        if trees.in_clone() and not (self.lesson.chapter and chapter.is_file()):
            yield Fault("text", self.lesson.id, tr("has no chapter"))
        elif trees.in_clone():
            text = chapter.read_text(encoding="utf-8")
            yield from self._drift(text)
            yield from self._addresses(chapters.sections(text))

    def _drift(self, chapter: str) -> Iterator[Fault]:
        """Where the chapter says something else than the code does."""
        if f"zth grade {self.lesson.id}" not in chapter:
            problem = tr("never says: {command}", command=f"zth grade {self.lesson.id}")
            yield Fault("text", self.lesson.chapter, problem)
        points = sum(check.points for check in self.checks)
        for said in re.findall(r"\b(\d+) points", chapter):
            if int(said) != points:
                problem = tr("speaks of {said} points of {points}", said=said, points=points)
                yield Fault("text", self.lesson.chapter, problem)
        for problem in chapters.stale_figures(chapter, self.lesson):
            yield Fault("text", self.lesson.chapter, problem)

    def _addresses(self, sections: Mapping[str, str]) -> Iterator[Fault]:
        """Checks and mutants that lead to no section, or to one that is silent of their pitfall."""
        for check in self.checks:
            if check.section and check.section not in sections:
                yield Fault("text", check.id, _nowhere(check.section))
        for mutant in mutants(self.lesson):
            section = address(mutant, self.lesson, self.checks).partition("#")[2]
            if mutant.section and section not in sections:
                yield Fault("text", mutant.name, _nowhere(section))
            elif mutant.pitfall not in sections.get(section, mutant.pitfall):
                problem = tr(
                    "quotes what #{section} does not say: {quoted}",
                    section=section,
                    quoted=mutant.pitfall,
                )
                yield Fault("text", mutant.name, problem)

    def stubs(self) -> Iterator[Fault]:
        """Each component of the stubs is not implemented, and earns nothing."""
        tree = Tree("stubs", trees.shipped(trees.STUBS))
        report = grading.grade(self.lesson, tree, self.nursery)
        expected = (Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)
        for r in report.results:
            if r.earned or r.verdict not in expected:
                said = tr(r.verdict.value)
                problem = tr("is {verdict}, with {points} points", verdict=said, points=r.earned)
                yield Fault("stub", r.id, problem)

    def reference(self) -> Iterator[Fault]:
        """The reference passes every check, without a breach."""
        tree = Tree("reference", trees.shipped(trees.REFERENCE))
        for seed in self.seeds:
            report = grading.grade(self.lesson, tree, self.nursery, seed=seed)
            yield from _unearned("reference", "reference", report, seed)
            for breach in report.breaches:
                yield Fault("reference", breach.component, tr("uses {name}", name=breach.name))

    def variants(self) -> Iterator[Fault]:
        """Every variant gets full marks for what it defines."""
        for tree, components in variants(self.lesson):
            for seed in self.seeds:
                report = accept(
                    self.lesson, tree, components, self.nursery, seed=seed, milestone="none"
                )
                yield from _unearned("variant", tree.name, report, seed)

    def mutants(self) -> Iterator[Kill]:
        """What becomes of each mutant."""
        for mutant in mutants(self.lesson):
            with tempfile.TemporaryDirectory(prefix="zth-") as folder:
                verdicts = [
                    verdict(mutant, self.lesson, Path(folder), self.nursery, seed).verdict
                    for seed in self.seeds
                ]
            yield Kill(mutant, tuple(verdicts))

    def survivors(self, told: Callable[[str], None]) -> Iterator[str]:
        """Small changes of the reference, made by machine, that get full marks all the same.

        `told` hears of each change before it is graded.
        """
        reference = trees.shipped(trees.REFERENCE)
        for file in sorted({component.file for component in self.lesson.components}):
            there = tuple(c.id for c in self.lesson.components if c.file == file)
            for change in changes((reference / file).read_text(encoding="utf-8")):
                told(f"{file}, {change}")
                if self._survives(file, change.text, there):
                    yield f"{file}, {change}"

    def _survives(self, file: str, text: str, components: tuple[str, ...]) -> bool:
        with tempfile.TemporaryDirectory(prefix="zth-") as folder:
            source = trees.shipped(trees.REFERENCE) / self.lesson.folder
            shutil.copytree(source, Path(folder) / self.lesson.folder)
            (Path(folder) / file).write_text(text, encoding="utf-8")
            report = grading.grade(
                self.lesson,
                Tree("changed", Path(folder)),
                self.nursery,
                selection=grading.Selection(components=components, milestone="none"),
                until_wrong=True,
                smallest=False,
            )
        return report.earned == report.points


def _nowhere(section: str) -> str:
    return tr("leads to #{section}, which is no section", section=section)


def _unearned(kind: str, name: str, report: LessonReport, seed: int) -> Iterator[Fault]:
    for r in report.results:
        if r.earned != r.points or (kind == "reference" and r.verdict is not Verdict.PASSED):
            problem = tr(
                "{check} is {verdict} with seed {seed}",
                check=r.id,
                verdict=tr(r.verdict.value),
                seed=seed,
            )
            why = tr(": {text}", text=r.finding.message) if r.finding else ""
            yield Fault(kind, name, problem + why)
