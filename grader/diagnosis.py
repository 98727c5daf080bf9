"""What a mistake probably is: a known one that gives the same wrong answers, where just one does.

The case that failed, and a few more of the check, are played by the known mistakes of the component
(`grader.mutations`), half of them in one worker and half in another. A mistake is named where it
answers every call as the learner's code does, and no other idea does. Where more than one does, or
none, nothing is said.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase

from grader.bench import Bench, RemoteCalls
from grader.kit import Check, Failed, Remote
from grader.mutations import Mutant, mutants, plant
from zth import trees
from zth.host import CallFailed, Limits, Nursery, Raised, Session
from zth.records import Component, Finding, Lesson, Part, Tree

P = ParamSpec("P")
R = TypeVar("R")

CASES = 5  # beside the one that failed
PATIENCE = 2.0  # seconds in all, for one diagnosis
CALL = 0.5  # seconds for one call of a known mistake
SAME = {"float64": 1e-7, "float32": 1e-4, "float16": 1e-2}  # of the largest number in an answer


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake, in a sentence, and where the chapter speaks of it; empty: nothing known."""

    mistake: str = ""
    address: str = ""

    def added_to(self, finding: Finding) -> Finding:
        """The finding, with this diagnosis."""
        return replace(finding, diagnosis=self.mistake, address=self.address)


class _Unclear(Exception):
    """There is nothing to compare."""


@dataclass
class Recording:
    """Calls that go to `remote`, and what they gave, in order."""

    remote: RemoteCalls
    answers: list[Any] = field(default_factory=list)

    def __call__(
        self, function: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        try:
            answer = self.remote(function, *args, **kwargs)
        except Raised as error:
            self.answers.append(error.text if error.bad_answer else f"raised {error.name}")
            raise
        self.answers.append(answer)
        return answer

    def of(self, component: Component) -> Recording:
        suffix = self.remote.component.id.partition("@")[2]
        there = replace(component, id=f"{component.id}@{suffix}") if suffix else component
        return Recording(self.remote.of(there), self.answers)

    def fit(self, *, gpu: bool = False) -> Session:  # noqa: ARG002 (the protocol's)
        raise _Unclear

    def whole(self, driver: ModuleType) -> Session:  # noqa: ARG002
        raise _Unclear

    def size(self) -> int:
        raise _Unclear

    def peaks(self, function: Callable[..., Any], *calls: tuple[Any, ...]) -> list[int]:  # noqa: ARG002
        raise _Unclear


class Diagnoses:
    """Tells what failures of one lesson's components probably are."""

    def __init__(
        self, lesson: Lesson, checks: Sequence[Check], driver: ModuleType, nursery: Nursery
    ) -> None:
        self.lesson, self.checks, self.driver, self.nursery = lesson, checks, driver, nursery
        self._open = ExitStack()
        self._places: dict[str, Path] = {}
        self._known = mutants(lesson)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def diagnose(self, check: Check, remote: RemoteCalls, case: Any, seed: int) -> Diagnosis:
        """The known mistake that answers as the learner's code does; empty where it is unclear.

        A mistake whose own check the learner has passed is not theirs.
        """
        known = [
            mutant
            for mutant in self._known
            if mutant.fails.partition(".")[0] == check.component.id
            and mutant.fails not in remote.bench.passed
        ]
        if not known or check.case is None:
            return Diagnosis()
        until = time.monotonic() + PATIENCE
        try:
            cases = [case, *_more(check, seed)]
            learners = [_answers(check, remote, c) for c in cases]
            agreeing = self._in_halves(known, check, cases, learners, until)
        except Exception:  # a diagnosis is a courtesy: whatever becomes of it, the grade stands
            return Diagnosis()
        if len({m.idea for m in agreeing}) != 1:
            return Diagnosis()
        return Diagnosis(agreeing[0].mistake, address(agreeing[0], self.lesson, self.checks))

    def _in_halves(
        self,
        known: list[Mutant],
        check: Check,
        cases: list[Any],
        learners: list[list[Any]],
        until: float,
    ) -> list[Mutant]:
        """The mistakes that answer every case as the learner's code does."""
        for mutant in known:
            self._planted(mutant)

        def of(some: list[Mutant]) -> list[Mutant]:
            with self._mistakes(some, check) as played:
                return _agreeing(some, played, check, cases, learners, until)

        halves = [half for half in (known[::2], known[1::2]) if half]
        with ThreadPoolExecutor(len(halves)) as pool:
            found = [mutant for agreeing in pool.map(of, halves) for mutant in agreeing]
        return sorted(found, key=known.index)

    @contextmanager
    def _mistakes(self, known: list[Mutant], check: Check) -> Iterator[dict[str, RemoteCalls]]:
        """Calls to each known mistake, all in one worker."""
        parts: list[Part] = []
        for mutant in known:
            tree = Tree(mutant.name, self._planted(mutant))
            for component in self.lesson.components:
                part = trees.part(tree, component)
                parts.append(replace(part, component=f"{component.id}@{mutant.name}"))
        limits = Limits(scratch=self.lesson.scratch)
        with Bench(self.nursery, self.driver, parts, policy=False, limits=limits) as bench:
            component = check.component
            yield {
                m.name: RemoteCalls(bench, replace(component, id=f"{component.id}@{m.name}"), CALL)
                for m in known
            }

    def _planted(self, mutant: Mutant) -> Path:
        if not self._places:
            self._room = Path(self._open.enter_context(self.nursery.room()))
        if mutant.name not in self._places:
            place = self._room / mutant.name
            self._places[mutant.name] = plant(mutant, self.lesson, place).root
        return self._places[mutant.name]


def address(mutant: Mutant, lesson: Lesson, checks: Iterable[Check]) -> str:
    """Where the chapter speaks of the mistake, "docs/lesson3_attention.md#mask"."""
    named = next((check.section for check in checks if check.id == mutant.fails), "")
    section = mutant.section or named
    return f"{lesson.chapter}#{section}" if lesson.chapter and section else lesson.chapter


def _agreeing(
    known: list[Mutant],
    played: dict[str, RemoteCalls],
    check: Check,
    cases: list[Any],
    learners: list[list[Any]],
    until: float,
) -> list[Mutant]:
    """The mistakes that answer every case as the learner's code does. _Unclear if time is up."""
    found = []
    for mutant in known:
        if time.monotonic() > until:
            raise _Unclear
        try:
            if all(
                same(_answers(check, played[mutant.name], case), theirs)
                for case, theirs in zip(cases, learners, strict=True)
            ):
                found.append(mutant)
        except (CallFailed, _Unclear):
            continue
    return found


def _answers(check: Check, remote: RemoteCalls, case: Any) -> list[Any]:
    """What the calls of one example gave, or raised; CallFailed where a call never ended well."""
    recording = Recording(remote)
    speaking: Remote = recording
    with contextlib.suppress(Failed, Raised):
        check.function(speaking, case)
    return recording.answers


def _more(check: Check, seed: int) -> list[Any]:
    """A few more cases of the check, drawn as the engine draws them."""
    cases: list[Any] = []

    def collect(case: Any) -> None:
        cases.append(case)

    settings = hypothesis.settings(
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        max_examples=CASES,
    )
    assert check.case is not None
    hypothesis.seed(seed)(settings(hypothesis.given(check.case)(collect)))()
    return cases


def same(a: Any, b: Any) -> bool:
    """Whether two answers are the same, but for rounding."""
    if dataclasses.is_dataclass(a) and type(a) is type(b):
        names = [f.name for f in dataclasses.fields(a)]
        return all(same(getattr(a, n), getattr(b, n)) for n in names)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if type(a).__module__ == "numpy" and type(b).__module__ == "numpy":
        return _same_arrays(a, b)
    return type(a) is type(b) and bool(a == b)


def _same_arrays(a: Any, b: Any) -> bool:
    import numpy as np

    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind != "f" or not a.size:
        return bool(np.array_equal(a, b))
    finite = np.isfinite(a)
    if not np.array_equal(finite, np.isfinite(b)):
        return False
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    size = float(np.abs(a[finite]).max(initial=0.0))
    return bool((np.abs(a[finite] - b[finite]) <= SAME.get(str(a.dtype), 1e-2) * size).all())
