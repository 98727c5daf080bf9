"""What there is to see: the lesson's state, and what the learner's keys brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from grader.watching import words
from grader.watching.state import Standing, State
from zth.records import Lesson


@dataclass
class Scene:
    """A state, the hints that were taken in it by check, a line for the learner, what follows."""

    state: State
    has_keys: bool
    taken: dict[str, Sequence[str]] = field(default_factory=dict)
    notice: str = ""
    following: Lesson | None = None

    def hints(self, standing: Standing | None) -> list[tuple[str, str]]:
        """The hints taken for this check, each with a label."""
        if standing is None or standing.entry.id not in self.taken:
            return []
        check = self.state.check(standing.entry.id)
        return [*words.hint_lines(check, self.taken[check.id], standing.wrong)]


class Display(Protocol):
    """Shows scenes, one after the other."""

    def show(self, scene: Scene) -> None: ...

    def enter(self) -> None:
        """Begins again after `leave`, which leaves the terminal to others."""
        ...

    def leave(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
