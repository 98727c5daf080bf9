"""Grades single checks when they are asked for: what stands behind the plugin for pytest."""

from __future__ import annotations

import ast
import contextlib
import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from grader import grading, starting
from grader.diagnosis import Diagnoses
from grader.kit import Check
from zth import language, progress, trees
from zth.host import Nursery
from zth.host.sandbox import choose
from zth.language import tr
from zth.plugins import Plugins, nearest
from zth.records import Component, Lesson, Result, Tier, Tree, Verdict, ZthError
from zth.render.terminal import told
from zth.render.words import said

NOT_YET = (Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)


@dataclass(frozen=True)
class Place:
    """A component, and where the tree has it."""

    lesson: Lesson
    component: Component
    file: Path

    @cached_property
    def checks(self) -> list[Check]:
        """Its checks, and those milestones that are quick."""
        wants = grading.Selection(components=(self.component.id,)).wants
        return [check for check in grading.checks_of(self.lesson) if wants(check)]

    @cached_property
    def line(self) -> int | None:
        """The line where it is defined, counted from 0; None where that cannot be told."""
        try:
            body = ast.parse(self.file.read_bytes()).body
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        lines = [n.lineno for n in body if getattr(n, "name", "") == self.component.name]
        return lines[-1] - 1 if lines else None


@dataclass(frozen=True)
class Said:
    """What there is to say of a check: nothing where it passed."""

    text: str = ""
    skipped: bool = False
    fault: bool = False


@dataclass
class Desk:
    """One tree, and its checks, graded one by one with one nursery."""

    tree: Tree
    lessons: Sequence[Lesson]
    seed: int
    tier: Tier
    _runs: dict[str, grading.Run] = field(default_factory=dict)
    _sources: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _nursery: Nursery | None = None
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @classmethod
    def opened(cls, names: Iterable[str], impl: str, seed: int | str, sandbox: str) -> Desk:
        """For these lessons, or for all. Raises ZthError for names that nothing has."""
        language.use(language.preferred())
        starting.settle_hypothesis()
        plugins = Plugins.load()
        known = plugins.lessons()
        for name in names:
            if name not in known:
                raise nearest(name, known, "lesson")
        if not str(seed).isdecimal():
            raise ZthError(tr("the seed must be a number, not {seed}", seed=seed))
        tree = trees.resolve(impl, plugins.trees())
        tier = choose(sandbox, plugins.sandboxes().values())
        return cls(tree, [known[name] for name in dict.fromkeys(names or known)], int(seed), tier)

    @cached_property
    def _places(self) -> dict[Path, list[Place]]:
        """The components by the files that have them."""
        found: dict[Path, list[Place]] = {}
        for lesson in self.lessons:
            for component in lesson.components:
                part = trees.part(self.tree, component)
                file = (part.root / part.file).resolve()
                found.setdefault(file, []).append(Place(lesson, component, file))
        return found

    def places(self, file: Path) -> list[Place]:
        """The components that the file has."""
        return self._places.get(file.resolve(), [])

    def holds(self, folder: Path) -> bool:
        """Whether components lie in the folder or beneath it, and in the tree."""
        folder = folder.resolve()
        return folder.is_relative_to(self.tree.root) and any(
            file.is_relative_to(folder) for file in self._places
        )

    def files(self) -> list[str]:
        """All files with components. Raises ZthError where one is not there."""
        for file in self._places:
            if not file.is_file():
                raise ZthError(tr("there is no file {file}", file=file))
        return [str(file) for file in self._places]

    def said(self, lesson: Lesson, check: Check, packages: Sequence[str]) -> Said:
        """Grades a check, and says what the report says of it."""
        run = self._run(lesson, packages)
        report = run.report([run.judge(check)])
        [result] = report.results
        if result.verdict in NOT_YET:
            return Said(result.finding.message if result.finding else "", skipped=True)
        if result.verdict is not Verdict.PASSED:
            fault = result.verdict is Verdict.GRADER_ERROR
            return Said(told(result, lesson.reading), fault=fault)
        breaches = [b for b in report.breaches if b.component == check.component.id]
        return Said("\n".join(map(said, breaches)))

    def close(self, *, record: bool) -> None:
        """Ends all workers; with `record`, what was found joins the learner's progress."""
        if record and self.tree.root == trees.workspace():
            for lesson in self.lessons:
                if lesson.id in self._runs:
                    self._record(lesson, [*self._runs[lesson.id].done.values()])
        self._stack.close()

    def _record(self, lesson: Lesson, results: Sequence[Result]) -> None:
        report = self._runs[lesson.id].report(results)
        with contextlib.suppress(ZthError):  # the verdicts are on the screen; nothing more is lost
            entries = grading.outline(lesson)
            progress.record(self.tree.root, entries, report, self._sources[lesson.id])

    def _run(self, lesson: Lesson, packages: Sequence[str]) -> grading.Run:
        """The lesson's run, begun with its first check."""
        if self._nursery is None:
            shown = [path for x in self.lessons for path in starting.shown(x, self.tree)]
            self._nursery = self._stack.enter_context(Nursery(packages, self.tier, shown))
        if lesson.id not in self._runs:
            self._sources[lesson.id] = progress.fingerprints(self.tree.root, lesson.components)
            checks, driver = grading.checks_of(lesson), importlib.import_module(lesson.driver)
            diagnoses = Diagnoses(lesson, checks, driver, self._nursery)
            run = grading.opened(
                lesson,
                self.tree,
                self._nursery,
                seed=self.seed,
                diagnose=self._stack.enter_context(diagnoses).diagnose,
            )
            self._runs[lesson.id] = self._stack.enter_context(run)
        return self._runs[lesson.id]
