"""Grades a tree on a lesson: which checks run, in which order, and what their results earn."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from grader import policy
from grader.bench import FRAME, SHRINKING, Bench, RemoteCalls
from grader.diagnosis import Diagnoses
from grader.engine import Diagnose, Outcome, judge, play_import, result
from grader.kit import Check
from zth import trees
from zth.host import Limits, Nursery
from zth.language import tr
from zth.plugins import nearest
from zth.progress import Entry
from zth.records import (
    Breach,
    Component,
    Finding,
    Lesson,
    LessonReport,
    Part,
    Result,
    Tree,
    Verdict,
)

TIMEOUTS = 2  # after so many in one component, its remaining checks are skipped


@dataclass(frozen=True)
class Selection:
    """What to run: ids of components and of checks (empty: all); a milestone, "all" or "none"."""

    components: Collection[str] = ()
    checks: Collection[str] = ()
    milestone: str = "quick"

    def wants(self, check: Check) -> bool:
        if self.components and check.component.id not in self.components:
            return False
        if self.checks:
            return check.id in self.checks
        if check.milestone:
            name = check.id.partition(".")[2]
            return self.milestone in ("all", name) or (self.milestone == "quick" and check.quick)
        return True


def checks_of(lesson: Lesson) -> list[Check]:
    """The lesson's checks and milestones, in the order in which its module defines them."""
    module = importlib.import_module(lesson.checks)
    return [value for value in vars(module).values() if isinstance(value, Check)]


def outline(lesson: Lesson) -> list[Entry]:
    """What there is to pass in a lesson, without results."""
    return [
        Entry(c.id, c.title, c.component.id, c.points, c.advisory, c.milestone)
        for c in checks_of(lesson)
    ]


def grade(
    lesson: Lesson,
    tree: Tree,
    nursery: Nursery,
    *,
    seed: int = 0,
    selection: Selection = Selection(),
    lift_policy: bool = False,
    diagnose: bool = False,
    until_wrong: bool = False,
    smallest: bool = True,
    progress: Callable[[Check], None] = lambda _: None,
) -> LessonReport:
    """The results of one lesson for one tree; `diagnose` names known mistakes in failures.

    `until_wrong` stops at the first check that does not earn its points; without `smallest`, the
    first case that fails is good enough.
    """
    parts = {c.id: trees.part(tree, c) for c in lesson.components}
    driver = importlib.import_module(lesson.driver)
    chosen = [check for check in checks_of(lesson) if selection.wants(check)]
    there = [part for part in parts.values() if not trees.missing(part)]
    breaches = [] if lift_policy else policy.scan(there)
    with (
        Bench(
            nursery,
            driver,
            list(parts.values()),
            policy=not lift_policy,
            limits=Limits(scratch=lesson.scratch, frame=FRAME),
            shrinking=SHRINKING if smallest else 0.0,
        ) as bench,
        Diagnoses(lesson, checks_of(lesson), driver, nursery) as diagnoses,
    ):
        run = _Run(lesson.components, parts, bench, seed, diagnoses.diagnose if diagnose else None)
        results = []
        for check in chosen:
            progress(check)
            results.append(run.judge(check))
            if until_wrong and results[-1].points > results[-1].earned:
                break
        breaches = _merge(breaches, bench.breaches, parts)
    return LessonReport(
        lesson=lesson.id,
        title=lesson.title,
        chapter=lesson.chapter,
        results=tuple(_charge(results, breaches)),
        breaches=tuple(breaches),
        parts={id: str(part.root / part.file) for id, part in parts.items()},
    )


class _Run:
    """One pass over a lesson's checks, with what is known so far of each component."""

    def __init__(
        self,
        components: Sequence[Component],
        parts: dict[str, Part],
        bench: Bench,
        seed: int,
        diagnose: Diagnose | None,
    ) -> None:
        self.parts, self.bench, self.seed, self.diagnose = parts, bench, seed, diagnose
        self.done: dict[str, Result] = {}
        self.closed: dict[str, Outcome] = {}
        self.loaded: set[str] = set()
        self.timeouts = {c.id: 0 for c in components}

    def judge(self, check: Check) -> Result:
        outcome = self._before(check)
        got = result(check, outcome) if outcome else self._judged(check)
        self.done[check.id] = got
        self._after(check, got)
        return got

    def _judged(self, check: Check) -> Result:
        """The check's result; a component's first failure is diagnosed."""
        failed = (r.component for r in self.done.values() if r.verdict is Verdict.FAILED)
        first = check.component.id not in failed
        return judge(check, self.bench, self.seed, self.diagnose if first else None)

    def _before(self, check: Check) -> Outcome | None:
        """Why the check need not run, if there is a reason."""
        id = check.component.id
        if id in self.closed:
            return self.closed[id]
        if not self.bench.patient:
            return _skipped(tr("calls before this one ran over their time limit; mend those first"))
        if unmet := self._unmet(check):
            return _skipped(tr("it needs {check} to pass first", check=unmet[0]))
        if id not in self.loaded:
            return self._load(check)
        return None

    def _load(self, check: Check) -> Outcome | None:
        """Imports the component's file; what fails there closes the component."""
        id = check.component.id
        self.loaded.add(id)
        problem = trees.missing(self.parts[id])
        if problem:
            outcome = Outcome(Verdict.NOT_IMPLEMENTED, Finding(problem))
        else:
            outcome = play_import(RemoteCalls(self.bench, check.component, check.limit))
        if outcome.verdict is Verdict.PASSED:
            return None
        if outcome.kind == "died" or outcome.verdict is Verdict.TIMED_OUT:
            outcome = _on_import(outcome, self.parts[id].file)
        again = _skipped(
            tr("its file could not be imported; see the first check of this component")
        )
        self.closed[id] = outcome if outcome.verdict is Verdict.NOT_IMPLEMENTED else again
        return outcome

    def _unmet(self, check: Check) -> list[str]:
        needs: Sequence[str] = check.needs
        if check.milestone and not needs:
            mine = [r for r in self.done.values() if r.component == check.component.id]
            needs = [r.id for r in mine if r.points and not r.milestone]
        known = [id for id in needs if id in self.done]
        return [id for id in known if self.done[id].verdict is not Verdict.PASSED]

    def _after(self, check: Check, got: Result) -> None:
        id = check.component.id
        if got.verdict is Verdict.TIMED_OUT and id not in self.closed:
            self.timeouts[id] += 1
            if self.timeouts[id] >= TIMEOUTS:
                self.closed[id] = _skipped(
                    tr("two checks of this component timed out; mend those first")
                )


def _on_import(outcome: Outcome, file: str) -> Outcome:
    """The outcome, with its message saying that this was on import."""
    found = outcome.finding or Finding("")
    return replace(
        outcome,
        finding=replace(
            found, message=tr("importing {file}: {message}", file=file, message=found.message)
        ),
    )


def _skipped(why: str) -> Outcome:
    return Outcome(Verdict.SKIPPED, Finding(why))


def _merge(
    scanned: list[Breach], noted: dict[str, set[str]], parts: dict[str, Part]
) -> list[Breach]:
    """Both kinds of breach, each component and name once; the scan knows the line."""
    known = {(b.component, b.name) for b in scanned}
    late = [
        Breach(id, name, tr("{file}, at run time", file=parts[id].file))
        for id, names in sorted(noted.items())
        for name in sorted(names)
        if (id, name) not in known
    ]
    return scanned + late


def _charge(results: list[Result], breaches: list[Breach]) -> list[Result]:
    """A component with a breach earns nothing, right or wrong."""
    guilty = {breach.component for breach in breaches}
    return [replace(r, earned=0) if r.component in guilty else r for r in results]


def check_milestone(name: str, lessons: Sequence[Lesson]) -> None:
    """Raises ZthError unless the name is one of a lesson's milestones, or all, none, quick."""
    known = {c.id.partition(".")[2] for x in lessons for c in checks_of(x) if c.milestone}
    if name not in known | {"all", "none", "quick"}:
        raise nearest(name, known | {"all", "none"}, "milestone")
