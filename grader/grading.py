"""Grades a tree on a lesson: which checks run, in which order, and what their results earn."""

from __future__ import annotations

import importlib
import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from grader import policy
from grader.bench import FRAME, SHRINKING, Bench, RemoteCalls
from grader.diagnosis import Diagnoses, Diagnosis
from grader.engine import Diagnose, Memory, Past, derive, judge, result
from grader.kept import Kept
from grader.kit import Check
from grader.lanes import Lanes
from grader.playing import IMPORT, Outcome, play_import
from zth import trees
from zth.host import Limits, Nursery
from zth.language import tr
from zth.plugins import nearest
from zth.progress import Entry
from zth.records import (
    Breach,
    Finding,
    Lesson,
    LessonReport,
    Part,
    Result,
    Tree,
    Verdict,
)

GLANCE = 6  # examples, for a first look: nearly all known mistakes show by then
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
    seconds: float = math.inf,
    kept: Kept | None = None,
    lanes: int = 1,
    progress: Callable[[Check], None] = lambda _: None,
) -> LessonReport:
    """The results of one lesson for one tree; `diagnose` names known mistakes in failures.

    `until_wrong` stops at the first check that does not earn its points; without `smallest`, the
    first case that fails is good enough. What is not done within `seconds` is SKIPPED. Cases that
    are `kept` for the lesson are not drawn again; those that are not yet are drawn with the seed
    that is theirs, and kept. Components in different `lanes` are judged at the same time.
    """
    driver = importlib.import_module(lesson.driver)
    with (
        Diagnoses(lesson, checks_of(lesson), driver, nursery) as diagnoses,
        opened(
            lesson,
            tree,
            nursery,
            seed=seed,
            lift_policy=lift_policy,
            diagnose=diagnoses.diagnose if diagnose else None,
            smallest=smallest,
            seconds=seconds,
            kept=kept,
            lanes=lanes,
        ) as run,
    ):
        checks = list(filter(selection.wants, checks_of(lesson)))

        def judge(check: Check) -> Result:
            progress(check)
            return run.judge(check)

        if until_wrong:
            return run.report(list(_until_wrong(map(judge, checks))))
        run.lanes.each(checks, judge)
        return run.report([run.done[check.id] for check in checks])


def _until_wrong(results: Iterable[Result]) -> Iterator[Result]:
    for got in results:
        yield got
        if got.points > got.earned:
            return


@contextmanager
def opened(
    lesson: Lesson,
    tree: Tree,
    nursery: Nursery,
    *,
    seed: int = 0,
    lift_policy: bool = False,
    diagnose: Diagnose | None = None,
    smallest: bool = True,
    memory: Memory | None = None,
    known: Iterable[Result] = (),
    seconds: float = math.inf,
    kept: Kept | None = None,
    lanes: int = 1,
) -> Iterator[Run]:
    """A run over checks of the lesson, with workers at hand as long as the context lasts.

    `known` are results that stand: what other checks need may be among them.
    """
    parts = {c.id: trees.part(tree, c) for c in lesson.components}
    bench = Bench(
        nursery,
        importlib.import_module(lesson.driver),
        list(parts.values()),
        policy=not lift_policy,
        limits=Limits(scratch=lesson.scratch, frame=FRAME),
        shrinking=SHRINKING if smallest else 0.0,
        until=time.monotonic() + seconds,
    )
    try:
        with Lanes(bench, checks_of(lesson), lanes) as found:
            yield Run(lesson, parts, found, seed, diagnose, memory, Past(kept), known)
    finally:
        if kept:
            kept.save()


class Run:
    """One pass over a lesson's checks, with what is known so far of each component."""

    def __init__(
        self,
        lesson: Lesson,
        parts: dict[str, Part],
        lanes: Lanes,
        seed: int,
        diagnose: Diagnose | None,
        memory: Memory | None,
        past: Past,
        known: Iterable[Result],
    ) -> None:
        self.lesson, self.parts, self.lanes, self.seed = lesson, parts, lanes, seed
        self.diagnose, self.memory, self.past = diagnose, memory, past
        self.known = {result.id: result for result in known}
        self.bench = lanes.benches[0]  # what it notes is noted of all
        self.bench.passed |= {id for id, r in self.known.items() if r.verdict is Verdict.PASSED}
        self.done: dict[str, Result] = {}
        self.closed: dict[str, Outcome] = {}
        self.loaded: set[str] = set()
        self.endless: dict[str, Outcome] = {}
        self.timeouts = {c.id: 0 for c in lesson.components}
        there = [part for part in parts.values() if not trees.missing(part)]
        self.scanned = policy.scan(there) if self.bench.policy else []
        self._diagnosing = threading.Lock()

    def judge(self, check: Check) -> Result:
        """The check's result."""
        outcome = self._before(check)
        return self._note(check, result(check, outcome) if outcome else self._judged(check))

    def glance(self, check: Check) -> Result | None:
        """The check's result where its first examples show it; None where only `judge` can tell.

        The search is the same, only shorter: what it finds is what `judge` would find.
        """
        if check.case is None or check.examples <= GLANCE:
            return None
        if outcome := self._before(check):
            return self._note(check, result(check, outcome))
        got = self._judged(check, GLANCE)
        return None if got.verdict is Verdict.PASSED else self._note(check, got)

    def diagnosed(self, check: Check, diagnose: Diagnose) -> Result:
        """The result of a check that failed, with what the failure probably is."""
        got = self.done[check.id]
        if self.memory and got.finding and check.id in self.memory.cases:
            remote = RemoteCalls(self.lanes.bench(check.component), check.component, check.limit)
            case = self.memory.cases[check.id]
            said = diagnose(check, remote, case, derive(self._seed(check), check.id))
            got = self.done[check.id] = replace(got, finding=said.added_to(got.finding))
        return got

    def settled(self, checks: Iterable[Check]) -> list[Result]:
        """The results of checks that were judged in another order than theirs, in their order.

        What was judged before something that it needs, and which did not pass, is SKIPPED.
        """
        before = dict(self.known)
        for check in checks:
            got = self.done[check.id]
            unmet = check.component.id not in self.closed and _unmet(check, before)
            before[check.id] = result(check, _waiting(unmet)) if unmet else got
        return [before[check.id] for check in checks]

    def report(self, results: Sequence[Result]) -> LessonReport:
        """The results, each charged with its component's breaches so far."""
        breaches = _merge(self.scanned, self.bench.breaches, self.parts)
        return LessonReport(
            lesson=self.lesson.id,
            title=self.lesson.title,
            chapter=self.lesson.chapter,
            results=tuple(_charge(results, breaches)),
            breaches=tuple(breaches),
            parts={id: str(part.root / part.file) for id, part in self.parts.items()},
        )

    def _judged(self, check: Check, only: int = 0) -> Result:
        """The check's result; a component's first failure is diagnosed."""
        failed = [r.component for r in list(self.done.values()) if r.verdict is Verdict.FAILED]
        first = check.component.id not in failed
        diagnose = self._in_turn if self.diagnose and first else None
        bench = self.lanes.bench(check.component)
        return judge(check, bench, self._seed(check), diagnose, self.memory, self.past, only)

    def _seed(self, check: Check) -> int:
        """What the check draws with: cases with the seed of those that are kept."""
        kept = None if check.milestone else self.past.kept
        return kept.seed if kept else self.seed

    def _in_turn(self, check: Check, remote: RemoteCalls, case: Any, seed: int) -> Diagnosis:
        """What `diagnose` says: to one lane at a time."""
        assert self.diagnose is not None
        with self._diagnosing:
            return self.diagnose(check, remote, case, seed)

    def _note(self, check: Check, got: Result) -> Result:
        self.done[check.id] = got
        if got.verdict is Verdict.PASSED:
            self.bench.passed.add(check.id)
        self._after(check, got)
        return got

    def _before(self, check: Check) -> Outcome | None:
        """Why the check need not run, if there is a reason."""
        id, bench = check.component.id, self.lanes.bench(check.component)
        if id in self.closed:
            return self.closed[id]
        if bench.late:
            return _skipped(tr("the time for the whole lesson is used up"))
        if not bench.patient:
            return _skipped(tr("calls before this one ran over their time limit; mend those first"))
        if unmet := _unmet(check, self.known | self.done):
            return _waiting(unmet)
        if id not in self.loaded:
            return self._load(check)
        return None

    def _load(self, check: Check) -> Outcome | None:
        """Imports the component's file; what fails there closes the component."""
        id = check.component.id
        self.loaded.add(id)
        file = self.parts[id].file
        problem = trees.missing(self.parts[id])
        if problem:
            outcome = Outcome(Verdict.NOT_IMPLEMENTED, Finding(problem))
        elif file in self.endless:
            outcome = self.endless[file]
        else:
            bench = self.lanes.bench(check.component)
            outcome = play_import(RemoteCalls(bench, check.component, check.limit))
        if outcome.verdict is Verdict.TIMED_OUT:
            self.endless[file] = outcome
        if outcome.verdict is Verdict.PASSED:
            return None
        if outcome.kind == "died" or outcome.verdict is Verdict.TIMED_OUT:
            outcome = _on_import(outcome, file)
        again = _skipped(
            tr("its file could not be imported; see the first check of this component")
        )
        self.closed[id] = outcome if outcome.verdict is Verdict.NOT_IMPLEMENTED else again
        return replace(outcome, kind=IMPORT)

    def _after(self, check: Check, got: Result) -> None:
        id = check.component.id
        if got.verdict is Verdict.TIMED_OUT and not check.milestone and id not in self.closed:
            self.timeouts[id] += 1
            if self.timeouts[id] >= TIMEOUTS:
                self.closed[id] = _skipped(
                    tr("two checks of this component timed out; mend those first")
                )


def _unmet(check: Check, done: Mapping[str, Result]) -> str:
    """What the check needs and did not pass; empty where nothing is known that did not."""
    needs: Sequence[str] = check.needs
    if check.milestone and not needs:
        mine = [r for r in done.values() if r.component == check.component.id]
        needs = [r.id for r in mine if r.points and not r.milestone]
    failed = (id for id in needs if id in done and done[id].verdict is not Verdict.PASSED)
    return next(failed, "")


def _waiting(unmet: str) -> Outcome:
    return _skipped(tr("it needs {check} to pass first", check=unmet))


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


def _charge(results: Iterable[Result], breaches: list[Breach]) -> list[Result]:
    """A component with a breach earns nothing, right or wrong."""
    guilty = {breach.component for breach in breaches}
    return [replace(r, earned=0) if r.component in guilty else r for r in results]


def check_milestone(name: str, lessons: Sequence[Lesson]) -> None:
    """Raises ZthError unless the name is one of a lesson's milestones, or all, none, quick."""
    known = {c.id.partition(".")[2] for x in lessons for c in checks_of(x) if c.milestone}
    if name not in known | {"all", "none", "quick"}:
        raise nearest(name, known | {"all", "none"}, "milestone")
