"""`zth reset`: back to the stub, with what was there kept aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zth.cli.arguments import LESSON
from zth.language import listed, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zth.cli.lessons import Pair
    from zth.records import Lesson


@click.command()
@click.argument("lesson", type=LESSON)
@click.option("--component", default="", metavar="NAME", help="Only this component's definition.")
def reset(lesson: str, component: str) -> None:
    """Begin LESSON anew; a copy of yours is kept.

    Its files become the stubs again. The last line is the command that brings yours back.
    """
    from zth import stubs, trees
    from zth.cli.lessons import named, pairs
    from zth.records import ZthError

    mine, chosen = trees.own_workspace(), named(lesson)
    found = pairs(chosen, component, lambda file: stubs.stub(file, mine))
    changed = [pair for pair in found if pair.own != pair.course]
    if not changed:
        click.echo(
            tr(
                "{what} is as the course gave it: there is nothing to reset.",
                what=component or lesson,
            )
        )
        return
    texts = [_restored(chosen, component, pair, mine) for pair in changed]
    try:
        kept = _keep(mine, [pair.file for pair in changed])
        for pair, text in zip(changed, texts, strict=True):
            (mine / pair.file).parent.mkdir(parents=True, exist_ok=True)
            (mine / pair.file).write_bytes(text.encode())
    except OSError as error:
        raise ZthError(
            tr(
                "cannot write to {place}: {reason}",
                place=error.filename or mine,
                reason=error.strerror,
            )
        ) from None
    files = listed(pair.file for pair in changed)
    click.echo(
        tr("reset: {component} in {files}", component=component, files=files)
        if component
        else tr("reset: {files}", files=files)
    )
    if others := _sharing(chosen, component):
        click.echo(
            tr("{others} shares that definition, and is reset with it", others=listed(others))
        )
    if kept is not None:
        click.echo(tr("to get yours back: {command}", command=_command(kept, mine)))


def _restored(lesson: Lesson, component: str, pair: Pair, mine: Path) -> str:
    """The whole file as it shall be."""
    from zth import definitions, stubs
    from zth.cli.lessons import component_of

    if not component or not (mine / pair.file).exists():
        return stubs.stub(pair.file, mine)
    name = component_of(lesson, component).name
    return definitions.replaced(stubs.read(mine / pair.file, ""), name, pair.course)


def _sharing(lesson: Lesson, component: str) -> list[str]:
    """Other components that are the same definition."""
    from zth.cli.lessons import component_of

    if not component:
        return []
    place = component_of(lesson, component)
    return [
        c.id
        for c in lesson.components
        if (c.file, c.name) == (place.file, place.name) and c.id != component
    ]


def _keep(mine: Path, files: Sequence[str]) -> Path | None:
    """Copies the files that are there into a folder of its own, and gives that. Raises OSError."""
    import datetime as dt
    import shutil

    from zth import progress

    there = [file for file in files if (mine / file).exists()]
    if not there:
        return None
    moment = dt.datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
    kept = mine / progress.FOLDER / "backups" / moment
    progress.private(kept)
    for file in there:
        (kept / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(mine / file, kept / file)
    return kept


def _command(kept: Path, mine: Path) -> str:
    """The command that brings the files back, from where the learner is."""
    import os
    import shlex

    return f"cp -R {shlex.quote(os.path.relpath(kept) + '/.')} {shlex.quote(os.path.relpath(mine))}"
