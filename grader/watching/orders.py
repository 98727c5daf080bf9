"""What the one who watches tells the one who grades, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.kit import Check
from zth.records import Breach, LessonReport, Result


@dataclass(frozen=True)
class Order:
    """Checks to judge, in the lesson's order; `first` are those of them that come first, and then
    those of the components `sooner`.

    `known` are the results that stand, `kept` the breaches that do. `look` is what the files were
    when this was ordered (see `grader.watching.sources`): what is found holds for no other. With
    `anew` nothing is remembered of what failed before.
    """

    number: int
    checks: tuple[Check, ...]
    first: tuple[Check, ...] = ()
    sooner: frozenset[str] = frozenset()
    known: tuple[Result, ...] = ()
    kept: tuple[Breach, ...] = ()
    look: Mapping[str, str] = field(default_factory=dict)
    anew: bool = False


@dataclass(frozen=True)
class Judged:
    """A check's result. Not `final`: it is wrong, and a smaller case is being looked for."""

    number: int
    result: Result
    final: bool = True


@dataclass(frozen=True)
class Ended:
    """All that was ordered is judged; `warning` says why it could not be recorded."""

    number: int
    report: LessonReport
    sources: Mapping[str, str]
    warning: str = ""


@dataclass(frozen=True)
class Broken:
    """The grading cannot go on."""

    error: BaseException


@dataclass(frozen=True)
class Saved:
    """Some file may have changed."""


@dataclass(frozen=True)
class Key:
    """A key was pressed."""

    name: str


Event = Judged | Ended | Broken | Saved | Key
