"""`zth solution`: the reference, beside what the learner wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zth.cli.arguments import LESSON
from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import RenderableType

    from zth.cli.lessons import Pair
    from zth.records import Lesson


@click.command()
@click.argument("lesson", type=LESSON)
@click.option("--component", default="", metavar="NAME", help="Only this component's definition.")
@click.option("--spoil", is_flag=True, help="Show it before you have full marks.")
def solution(lesson: str, component: str, spoil: bool) -> None:
    """Show the reference beside your own code.

    Once all checks of LESSON pass, or those of the component; before that with --spoil.
    """
    from rich.console import Console

    from zth import stubs, trees
    from zth.cli.lessons import component_of, named, pairs

    mine, chosen = trees.own_workspace(), named(lesson)
    if component:
        component_of(chosen, component)
    if not spoil:
        _check_marks(mine, chosen, component)
    reference = trees.shipped(trees.REFERENCE)

    def course(file: str) -> str:
        return stubs.read(reference / file, tr("there is no reference of {file}", file=file))

    console = Console(highlight=False)
    for pair in pairs(chosen, component, course):
        console.print(_beside(pair))


def _check_marks(mine: Path, lesson: Lesson, component: str) -> None:
    """Raises ZthError where checks with points have not passed."""
    from zth import progress
    from zth.records import ZthError

    known = progress.read(mine, lesson.id)
    part = known.of(component) if known and component else known
    if part is not None and part.entries and part.complete:
        return
    command = f"zth solution {lesson.id}" + (f" --component {component}" if component else "")
    if part is None or not part.entries:
        state = tr("was not graded yet")
    elif part.open:
        state = tr(
            "does not pass all checks yet ({first} is the first of {count})",
            first=part.open[0].id,
            count=len(part.open),
        )
    else:
        state = tr("uses {name}, which is forbidden", name=part.breaches[0].name)
    raise ZthError(
        tr(
            "{what} {state}; the reference is shown after full marks, or now: {command} --spoil",
            what=component or lesson.id,
            state=state,
            command=command,
        )
    )


def _beside(pair: Pair) -> RenderableType:
    """Two columns, aligned; lines that both have are dim, the others marked between them."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column(tr("yours: {file}", file=pair.file), ratio=1, overflow="fold")
    table.add_column("")
    table.add_column(tr("the reference"), ratio=1, overflow="fold")
    for own, course, same in _rows(pair.own.splitlines(), pair.course.splitlines()):
        style = "dim" if same else ""
        left, right = (Text(line.expandtabs(4), style) for line in (own, course))
        table.add_row(left, "" if same else "|", right)
    return table


def _rows(own: list[str], course: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Lines of both, the equal ones side by side, and whether they are equal."""
    import difflib
    from itertools import zip_longest

    matcher = difflib.SequenceMatcher(None, own, course, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        for left, right in zip_longest(own[a:b], course[c:d], fillvalue=""):
            yield left, right, kind == "equal"
