"""`zth diff`: what a learner changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zth.cli.lessons import Pair

STYLES = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@click.argument("lesson", default="", metavar="[LESSON]")
@click.option("--component", default="", metavar="NAME", help="Only this component.")
def diff(lesson: str, component: str) -> None:
    """Show what you changed.

    In LESSON, or in all of them, against the stubs as the course gave them.
    """
    from rich.console import Console
    from rich.text import Text

    from zth import stubs, trees
    from zth.cli.lessons import named, pairs
    from zth.plugins import Plugins
    from zth.records import ZthError

    if component and not lesson:
        raise ZthError(tr("of which lesson? zth diff LESSON --component NAME"))
    mine = trees.own_workspace()
    both = mine, trees.shipped(trees.STUBS)
    known = Plugins.load().lessons().values()
    there = [x for x in known if all((root / x.folder).is_dir() for root in both)]
    console = Console(highlight=False, soft_wrap=True)
    equal = True
    for chosen in [named(lesson)] if lesson else there:
        for pair in pairs(chosen, component, lambda file: stubs.stub(file, mine)):
            for line in _difference(pair):
                equal = False
                console.print(Text(line, STYLES.get(line[:1], "")))
    if equal:
        click.echo(
            tr("{what} is as the course gave it.", what=component or lesson)
            if lesson
            else tr("Everything is as the course gave it.")
        )


def _difference(pair: Pair) -> Iterator[str]:
    import difflib

    names = f"stub/{pair.file}", f"yours/{pair.file}"
    given, own = pair.course.splitlines(), pair.own.splitlines()
    return difflib.unified_diff(given, own, *names, lineterm="")
