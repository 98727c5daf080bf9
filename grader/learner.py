"""`zth hint`: what helps a learner who is stuck, one step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zth.cli.arguments import LESSON
from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grader.kit import Check
    from zth.progress import Entry, Progress
    from zth.records import Lesson, Result


@click.command()
@click.argument("lesson", type=LESSON)
@click.argument("check", default="", metavar="[CHECK]")
def hint(lesson: str, check: str) -> None:
    """Give a hint; each time one more.

    From the idea to nearly the answer, for what is wrong in LESSON. CHECK is a check or a
    component; without it, the first check that failed. Hints cost no points.
    """
    from grader.grading import checks_of
    from zth import progress, trees, workspace
    from zth.plugins import Plugins, nearest
    from zth.records import ZthError

    known = Plugins.load().lessons()
    if lesson not in known:
        raise nearest(lesson, known, "lesson")
    mine = trees.own_workspace()
    if gone := workspace.lost(mine, known[lesson]):
        command, what = gone
        raise ZthError(tr("{what}; next: {command}", what=what, command=command))
    checks, reached = checks_of(known[lesson]), progress.read(mine, lesson)
    chosen = find(check, checks, reached) if check else first_wrong(checks, reached)
    if chosen is None:
        click.echo(
            tr("All checks of {what} pass: there is nothing to hint at.", what=check or lesson)
        )
        return
    steps = take(mine, lesson, chosen, 1 if _reported(chosen, reached) else 0)
    total = len(hints_of(chosen))
    _show(known[lesson], chosen, _entry(chosen, reached), steps, total)
    changed = progress.changed(mine, reached, known[lesson].components) if reached else []
    if chosen.component.file in changed:
        click.echo(
            tr(
                "{file} changed since; is it right now? zth grade {lesson}",
                file=chosen.component.file,
                lesson=lesson,
            )
        )


def hints_of(check: Check) -> list[str]:
    """All hints that the check has, from the idea to nearly the answer."""
    return [text for text in (check.hint, *check.steps) if text]


def take(workspace: Path, lesson: str, check: Check, shown: int) -> list[str]:
    """The check's hints so far, with one more, which is recorded. Raises ZthError.

    `shown` is how many the learner has seen where none was ever asked for.
    """
    from zth import progress

    hints = hints_of(check)
    before = progress.hints(workspace, lesson).get(check.id, shown)
    count = min(before + 1, len(hints))
    progress.tell_hint(workspace, lesson, check.id, count)
    return hints[:count]


def find(name: str, checks: Sequence[Check], reached: Progress | None) -> Check | None:
    """The check of this name; of a component, the first that is wrong. Raises ZthError."""
    from zth.plugins import nearest

    for check in checks:
        if name in (check.id, check.id.partition(".")[2]):
            return check
    of_component = [check for check in checks if check.component.id == name]
    if of_component:
        return first_wrong(of_component, reached)
    components = {check.component.id for check in checks}
    raise nearest(name, components | {check.id for check in checks}, "check or component")


def first_wrong(checks: Sequence[Check], reached: Progress | None) -> Check | None:
    """The first check that went wrong; else the first with points that has not passed."""
    entries = {e.id: e for e in reached.entries} if reached else {}
    open = [c for c in checks if c.points and not (c.id in entries and entries[c.id].passed)]
    wrong = [c for c in open if c.id in entries and entries[c.id].wrong]
    return next(iter([*wrong, *(c for c in open if not c.milestone)]), None)


def _reported(check: Check, reached: Progress | None) -> bool:
    """Whether the last report gave its first hint, as it does with a component's first failure."""
    first = reached.of(check.component.id).first if reached else None
    return first is not None and first.wrong and first.id == check.id


def _entry(check: Check, reached: Progress | None) -> Entry | None:
    return next((e for e in reached.entries if e.id == check.id), None) if reached else None


def _wrong(result: Result | None) -> Iterator[str]:
    """What the last report says of the check, in a line, and where it crashed."""
    from zth.records import Verdict
    from zth.render.escape import plain

    if result is None or result.finding is None:
        return
    said = plain(result.finding.message, 1).split("\n")[0]
    if result.verdict is Verdict.NOT_IMPLEMENTED:
        yield said
    else:
        yield tr("{verdict}: {said}", verdict=tr(result.verdict.value), said=said)
    for frame in result.finding.trace[-1:]:
        yield f"  {plain(frame.file)}:{frame.line}  {plain(frame.source)}"


def _show(
    lesson: Lesson, check: Check, entry: Entry | None, steps: Sequence[str], total: int
) -> None:
    """What went wrong, in a line, the hints so far, and how to get the next one."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from zth.render.prose import Prose

    console = Console(highlight=False)
    console.print(Prose.assemble((tr(check.title), "bold"), (f"  {check.id}", "bright_black")))
    if entry and not entry.passed:
        for line in _wrong(entry.result):
            console.print(Prose(line, "bright_black"))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column()
    for number, text in enumerate(steps, start=1):
        grid.add_row(Text(str(number), "bold" if number == len(steps) else "dim"), Prose(tr(text)))
    console.print(Text(""), grid, Text(""))
    if not total:
        more = tr("there is no hint for this one; zth explain {check}", check=check.id)
    elif len(steps) < total:
        more = tr(
            "hint {number} of {total}; one more: zth hint {lesson} {check}",
            number=len(steps),
            total=total,
            lesson=lesson.id,
            check=check.id,
        )
    else:
        more = tr(
            "that was the last hint; why it must hold, and where to read: zth explain {check}",
            check=check.id,
        )
    console.print(Prose(more, "dim"))
