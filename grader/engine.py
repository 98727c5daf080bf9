"""The search of a check for a case that fails, under hypothesis, and the result of it."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.errors import Flaky, FlakyFailure

from grader.bench import Bench, RemoteCalls
from grader.diagnosis import Diagnosis
from grader.kept import UNKEPT, Kept
from grader.kit import Check
from grader.playing import IMPORT, Outcome, our_fault, play, play_milestone
from grader.snippets import wrapped
from zth import wire
from zth.host.patience import Patience
from zth.language import tr
from zth.records import Finding, Result, Verdict

_SETTINGS = hypothesis.settings(
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    verbosity=Verbosity.quiet,
    print_blob=False,
)


class _Done(BaseException):
    """Leaves hypothesis at once; not an Exception, so that nothing on the way catches it."""


class _Hit(Exception):
    """An example failed: what hypothesis shrinks."""


Diagnose = Callable[[Check, RemoteCalls, Any, int], Diagnosis]


@dataclass
class Memory:
    """The cases that failed when their checks were last judged, by check: each is played first.

    `seen` hears of a failure as soon as there is one, before the search for a smaller case.
    """

    cases: dict[str, Any] = field(default_factory=dict)
    seen: Callable[[Check, Outcome], None] = lambda _check, _outcome: None


@dataclass
class Past:
    """What a run need not do again: cases that are kept, and by check each case that was played.

    Hypothesis draws a check's cases in the same order each time; those that were played keep their
    outcome.
    """

    kept: Kept | None = None
    played: dict[str, list[tuple[bytes, Outcome]]] = field(default_factory=dict)


def judge(
    check: Check,
    bench: Bench,
    seed: int,
    diagnose: Diagnose | None = None,
    memory: Memory | None = None,
    past: Past | None = None,
    only: int = 0,
) -> Result:
    """One check's result: draws its examples, or runs its milestone once.

    `diagnose` is asked what a failure probably is, with the smallest case that fails. With `only`,
    the search ends early where so many examples pass.
    """
    start = time.monotonic()
    remote = RemoteCalls(bench, check.component, check.limit, hurry=not check.milestone)
    detail = ""
    if check.case is None:
        outcome, detail = play_milestone(check, remote, derive(seed, check.id))
        examples = 1
    else:
        search = _Search(check, remote, memory or Memory(), past or Past(), only)
        outcome, examples = search.run(derive(seed, check.id)), search.examples
        if diagnose and search.found and outcome.verdict is Verdict.FAILED and outcome.finding:
            said = diagnose(check, remote, search.found[0], derive(seed, check.id))
            outcome = replace(outcome, finding=said.added_to(outcome.finding))
    return result(check, outcome, detail, examples, time.monotonic() - start)


def result(
    check: Check, outcome: Outcome, detail: str = "", examples: int = 0, seconds: float = 0.0
) -> Result:
    """The record of an outcome. Points are earned by PASSED alone."""
    passed = outcome.verdict is Verdict.PASSED
    return Result(
        id=check.id,
        title=check.title,
        component=check.component.id,
        verdict=outcome.verdict,
        points=check.points,
        earned=check.points if passed else 0,
        advisory=check.advisory,
        milestone=check.milestone,
        hint="" if passed or outcome.kind == IMPORT else check.hint,
        finding=_to_paste(outcome.finding),
        detail=detail,
        examples=examples,
        seconds=round(seconds, 4),
    )


def _to_paste(finding: Finding | None) -> Finding | None:
    """The finding with its snippet in lines that fit a terminal."""
    return finding and replace(finding, snippet=wrapped(finding.snippet))


def derive(seed: int, id: str) -> int:
    """A check's own seed, so that no check's cases depend on which others run."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{id}".encode()).digest()[:8], "big")


class _Search:
    """The search of one check for a failing example, and then for the smallest one."""

    def __init__(
        self, check: Check, remote: RemoteCalls, memory: Memory, past: Past, only: int
    ) -> None:
        self.check, self.remote, self.memory, self.only = check, remote, memory, only
        self.examples = 0
        self.found: tuple[Any, Outcome] | None = None
        self._kept = past.kept
        self._played = past.played.setdefault(check.id, [])
        self._until = math.inf
        limit = check.limit / 2 if remote.bench.lost else check.limit
        self._patience = Patience(limit, remote.bench.session(check.component).pid)

    def run(self, seed: int) -> Outcome:
        if self.check.id in self.memory.cases:
            self._again(self.memory.cases[self.check.id])
        if self.found is None:
            self._search(seed)
        if self.found is None:
            self.memory.cases.pop(self.check.id, None)
            return Outcome(Verdict.PASSED)
        case, outcome = self.found
        if outcome.verdict is not Verdict.GRADER_ERROR:
            self.memory.cases[self.check.id] = case
        return outcome if outcome.final else self._confirmed(case, outcome)

    def _again(self, case: Any) -> None:
        """Plays what failed last time, which is small already."""
        outcome = play(self.check, self.remote, case)
        if outcome.verdict is not Verdict.PASSED:
            self.examples, self.found = 1, (case, outcome)
            self.memory.seen(self.check, outcome)

    def _search(self, seed: int) -> None:
        """Plays the cases that are kept, or draws them.

        Where a kept one is wrong, hypothesis draws them again, and then smaller ones.
        """
        kept = self._kept.cases(self.check) if self._kept else []
        if not kept:
            self._draw(seed)
            return
        try:
            for case in kept:
                self._example(case)
        except _Done:
            pass
        except _Hit:
            if self.remote.bench.shrinking:
                wrong = self.found
                self._draw(seed)
                self.found = self.found or wrong

    def _draw(self, seed: int) -> None:
        """Draws examples until one fails, and then smaller ones."""
        assert self.check.case is not None
        self.examples, self.found, self._until = 0, None, math.inf
        drawn: list[Any] = []

        def example(case: Any) -> None:
            drawn.append(case)
            self._example(case)

        settings = hypothesis.settings(_SETTINGS, max_examples=self.check.examples)
        test = hypothesis.seed(seed)(settings(hypothesis.given(self.check.case)(example)))
        # Without a key it makes one of the test's source, which takes it longer than a case.
        test._hypothesis_internal_database_key = b""  # type: ignore[attr-defined]
        try:
            test()
        except (_Hit, _Done, Flaky, FlakyFailure):
            pass
        except Exception:
            self.found = None, our_fault()
        else:
            if self._kept and self.found is None:
                self._kept.add(self.check, drawn)

    def _example(self, case: Any) -> None:
        enough = self.found is None and 0 < self.only <= self.examples
        if enough or time.monotonic() > self._until:
            raise _Done
        if self.found is None and self._patience.left() <= 0:
            self.found = case, self._too_slow()
            raise _Done
        outcome = self._outcome(case) if self.found is None else play(self.check, self.remote, case)
        self.examples += self.found is None
        if outcome.verdict is Verdict.PASSED:
            return
        first = self.found[1] if self.found else outcome
        if (outcome.verdict, outcome.kind) != (first.verdict, first.kind):
            return  # another failure than the one that is being shrunk
        if self.found is None:
            self._until = time.monotonic() + self.remote.bench.shrinking
        self.found = case, outcome
        if outcome.final:
            raise _Done
        raise _Hit

    def _outcome(self, case: Any) -> Outcome:
        """What becomes of the next example, which is not played twice."""
        data = _data(case)
        known = self._played[self.examples : self.examples + 1]
        if data and known and known[0][0] == data:
            return known[0][1]
        outcome = play(self.check, self.remote, case)
        if outcome.verdict is not Verdict.PASSED:
            self.memory.seen(self.check, outcome)
        self._played[self.examples :] = [(data, outcome)]
        return outcome

    def _too_slow(self) -> Outcome:
        """TIMED_OUT for all examples together: no single one was over its limit."""
        self.remote.bench.lost += self._patience.limit / self.check.limit
        message = tr(
            "{done} of {all} examples took more than {seconds:g} s together, and were right so far",
            done=self.examples,
            all=self.check.examples,
            seconds=self._patience.limit,
        )
        return Outcome(Verdict.TIMED_OUT, Finding(message))

    def _confirmed(self, case: Any, outcome: Outcome) -> Outcome:
        """The outcome, or FLAKY where a fresh worker answers the same case differently."""
        self.remote.bench.renew()
        again = play(self.check, self.remote, case)
        same = (again.verdict, again.kind) == (outcome.verdict, outcome.kind)
        # In the last bits, in what an exception says and in what is printed (a warning, the first
        # time), two runs of honest code may differ.
        if same and (outcome.verdict is not Verdict.FAILED or _quiet(again) == _quiet(outcome)):
            return outcome
        if again.verdict is Verdict.PASSED:
            message = tr(
                "the same call failed once and then passed in a fresh process: "
                "something is kept between calls, or is drawn at random"
            )
        else:
            message = tr("the same call gave different results in two runs")
        first = outcome.finding or Finding("")
        return Outcome(
            Verdict.FLAKY,
            Finding(
                message,
                snippet=first.snippet,
                expected=first.expected,
                actual=tr(
                    "once: {first}\nthen: {then}",
                    first=first.message,
                    then=again.finding.message if again.finding else tr("right"),
                ),
            ),
        )


def _quiet(outcome: Outcome) -> Finding | None:
    """The finding, without what was printed."""
    return outcome.finding and replace(outcome.finding, output="")


def _data(case: Any) -> bytes:
    """The case as bytes, by which it is known again; nothing where it cannot be told so."""
    try:
        return wire.encode(case)
    except UNKEPT:
        return b""
