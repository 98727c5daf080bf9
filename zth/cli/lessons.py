"""What several commands ask of lessons: one by its name, its component, its files side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from zth.records import Component, Lesson


@dataclass(frozen=True)
class Pair:
    """One file of a lesson, or one definition in it: the course's text and the learner's."""

    file: str
    course: str
    own: str


def named(name: str) -> Lesson:
    """The lesson of this name. Raises ZthError, with the nearest that there is."""
    from zth.plugins import Plugins, nearest

    known = Plugins.load().lessons()
    if name not in known:
        raise nearest(name, known, "lesson")
    return known[name]


def component_of(lesson: Lesson, name: str) -> Component:
    """The lesson's component of this name. Raises ZthError, with the nearest that there is."""
    from zth.plugins import nearest

    known = {component.id: component for component in lesson.components}
    if name not in known:
        raise nearest(name, known, "component")
    return known[name]


def pairs(lesson: Lesson, component: str, course: Callable[[str], str]) -> list[Pair]:
    """The lesson's files, or one component's definition, as `course` has them and as the learner.

    What the learner lacks is empty. Raises ZthError.
    """
    from zth import definitions, stubs, trees
    from zth.records import ZthError

    mine = trees.own_workspace()

    def own(file: str) -> str:
        return stubs.read(mine / file, "") if (mine / file).exists() else ""

    if not component:
        return [Pair(file, course(file), own(file)) for file in stubs.files(lesson)]
    chosen = component_of(lesson, component)
    given, written = course(chosen.file), own(chosen.file)
    try:
        parts = [definitions.cut(text, chosen.name) for text in (given, written)]
    except SyntaxError as error:
        raise ZthError(
            tr(
                "{file}, line {line}: {reason}; until that is mended, no component can be found "
                "in it",
                file=chosen.file,
                line=error.lineno or 1,
                reason=error.msg,
            )
        ) from None
    return [Pair(chosen.file, *parts)]
