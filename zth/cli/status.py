"""`zth status`, and `zth` alone: where you are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType
    from rich.text import Text

    from zth.plugins import Plugins
    from zth.progress import Entry, Progress
    from zth.records import Component, Lesson, Route

BAR = 10


@dataclass(frozen=True)
class Place:
    """A lesson on the map: what is known of it, what has changed since, what is wrong with it.

    `lost` is the command that brings back a file that is gone, and which that is.
    """

    lesson: Lesson
    progress: Progress | None
    changed: Sequence[str] = ()
    problem: str = ""
    lost: tuple[str, str] | None = None

    @property
    def complete(self) -> bool:
        return self.progress is not None and self.progress.complete


@click.command()
def status() -> None:
    """Show where you are, and what comes next."""
    from rich.console import Console
    from rich.text import Text

    from zth import trees
    from zth.plugins import Plugins

    plugins = Plugins.load()
    mine = trees.own_workspace()
    route = route_of(mine, plugins)
    places = places_of(mine, plugins)
    console = Console(highlight=False)
    for part in _map(mine, tr(route.title) if route else "", places):
        console.print(part, soft_wrap=isinstance(part, Text))
    console.print(_next(places, list(plugins.recipes())), soft_wrap=True)


def route_of(mine: Path, plugins: Plugins) -> Route | None:
    """The path that the workspace names; None where it names none. Raises ZthError."""
    from zth import trees, workspace
    from zth.plugins import nearest
    from zth.records import ZthError

    routes, name = plugins.routes(), workspace.path_of(mine)
    if name and name not in routes:
        raise ZthError(f"{mine / trees.MARKER}: {nearest(name, routes, 'path')}")
    return routes.get(name)


def places_of(mine: Path, plugins: Plugins) -> list[Place]:
    """All lessons, in the workspace's order, and how far the learner is in each."""
    from zth import workspace

    lessons = workspace.in_order(plugins.lessons(), route_of(mine, plugins))
    return [_place(mine, lesson) for lesson in lessons]


def _place(mine: Path, lesson: Lesson) -> Place:
    from zth import progress, workspace
    from zth.records import ZthError

    lost = workspace.lost(mine, lesson)
    try:
        known = progress.read(mine, lesson.id)
    except ZthError as error:
        return Place(lesson, None, problem=str(error), lost=lost)
    changed = progress.changed(mine, known, lesson.components) if known else []
    return Place(lesson, known, changed, lost=lost)


def _map(mine: Path, order: str, places: Sequence[Place]) -> Iterator[RenderableType]:
    """The title; then each lesson's row, and the lines beneath it."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    yield Text.assemble(
        (_short(mine), "bold"), (tr("  in {order}", order=order) if order else "", "dim"), "\n"
    )
    current = here(places)
    widths = [max(map(cell_len, texts)) for texts in zip(*map(_names, places), strict=True)]
    for place in places:
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_row(*_row(place, widths, place is current))
        yield row
        for line in _beneath(place):
            yield Text.assemble("    ", line)


def here(places: Sequence[Place]) -> Place | None:
    """The first lesson that was begun and is not complete; else the first that is not."""
    ahead = [x for x in places if not x.complete]
    begun = [x for x in ahead if x.progress and x.progress.earned]
    return next(iter([*begun, *ahead]), None)


def _names(place: Place) -> tuple[str, str]:
    return place.lesson.id, tr(place.lesson.title)


def _row(place: Place, widths: Sequence[int], here: bool) -> Iterator[Text]:
    """The mark and the lesson's id, its title, a bar, the points."""
    from rich.cells import set_cell_size
    from rich.text import Text

    known = place.progress
    mark, style = ("✓", "green") if place.complete else ("▸", "bold") if here else ("·", "")
    id, title = (
        set_cell_size(name, width) for name, width in zip(_names(place), widths, strict=True)
    )
    yield Text(f"{mark} {id}", style)
    yield Text(title, style)
    if known is None:
        yield Text(tr("not graded yet") if not place.problem else "", "dim")
        return
    full = BAR * known.earned // max(known.points, 1)
    yield Text.assemble(("█" * full, "green"), ("░" * (BAR - full), "dim"))
    yield Text(f"{known.earned:>3}/{known.points}", style)


def _beneath(place: Place) -> Iterator[Text]:
    """What there is to say of a lesson that was begun."""
    from rich.text import Text

    from zth.render.escape import plain

    if place.problem:
        yield Text(plain(place.problem), "yellow")
    if place.progress is None:
        return
    if not place.complete and place.progress.earned:
        yield Text.assemble(*_components(place.lesson.components, place.progress))
    for breach in place.progress.breaches:
        said = tr(
            "{name} is forbidden: {component} earns no points",
            name=plain(breach.name),
            component=breach.component,
        )
        yield Text(said, "red")
    for file in place.changed:
        yield Text(tr("{file} changed since it was graded", file=file), "yellow")
    for stone in place.progress.milestones:
        if stone.passed or place.complete:
            yield _milestone(place.lesson, stone)


def _milestone(lesson: Lesson, stone: Entry) -> Text:
    """What was reached, or how to reach it."""
    from rich.text import Text

    from zth.records import Verdict
    from zth.render.escape import plain

    found = stone.result
    if found and stone.passed:
        reached = plain(found.detail, 1).split("\n")[0]
        return Text.assemble(("★ ", "yellow"), f"{tr(stone.title)}  ", (reached, "dim"))
    said = _reaching(lesson, stone)
    if found and found.verdict is Verdict.SKIPPED and found.finding:
        said += f"  ({plain(found.finding.message, 1)})"
    return Text.assemble("☆ ", f"{tr(stone.title)}  ", (said, "dim"))


def _components(components: Sequence[Component], progress: Progress) -> Iterator[Text]:
    from rich.text import Text

    for component in components:
        part = progress.of(component.id)
        points = f"{part.earned}/{part.points}"
        done = part.complete
        yield Text(f"{component.id} {'✓' if done else points}  ", "green" if done else "")


def _reaching(lesson: Lesson, stone: Entry) -> str:
    return f"zth grade {lesson.id} --milestone {stone.name}"


def _next(places: Sequence[Place], recipes: Sequence[str]) -> Text:
    """The sum, and the one command that comes next."""
    from rich.text import Text

    earned = sum(x.progress.earned for x in places if x.progress)
    command, why = _step(places, recipes)
    so_far = tr("1 point so far") if earned == 1 else tr("{n} points so far", n=earned)
    return Text.assemble(f"\n{so_far}\n{tr('next: ')}", (command, "bold"), (f"  ({why})", "dim"))


def _step(places: Sequence[Place], recipes: Sequence[str]) -> tuple[str, str]:
    """The next command, and why it is that one."""
    current = here(places)
    if current is not None:
        return _within(current)
    for place in places:
        for stone in place.progress.milestones if place.progress else []:
            if stone.result is None:
                return _reaching(place.lesson, stone), tr("a milestone")
    if recipes:
        return f"zth train {recipes[0]} --with all=student", tr("train all that you wrote")
    return "zth grade " + " ".join(x.lesson.id for x in places), tr("all is done")


def _within(place: Place) -> tuple[str, str]:
    from zth.records import Verdict

    if place.lost:
        return place.lost
    grade = f"zth grade {place.lesson.id}"
    first = place.lesson.components[0]
    known = place.progress
    if known is None:
        return grade, tr("begin with {component}, in {file}", component=first.id, file=first.file)
    if place.changed:
        return grade, tr("{file} changed", file=place.changed[0])
    entry = known.first
    if entry is None:
        breach = known.breaches[0]
        return grade, tr("{component} without {name}", component=breach.component, name=breach.name)
    files = {c.id: c.file for c in place.lesson.components}
    file = files.get(entry.component, place.lesson.folder)
    where = tr("{component}, in {file}", component=entry.component, file=file)
    if entry.result is None or entry.result.verdict is Verdict.NOT_IMPLEMENTED:
        return grade, tr("after you wrote {where}", where=where)
    return f"zth hint {place.lesson.id}", tr("{where}: {title}", where=where, title=tr(entry.title))


def _short(path: Path) -> str:
    """The path as people write it, from their home."""
    try:
        home = Path.home()
    except RuntimeError:  # whoever runs this has none, as in some containers
        return str(path)
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
