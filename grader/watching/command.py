"""The command `zth watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from zth.plugins import Plugins
    from zth.records import Lesson


@click.command()
@click.argument("lesson", default="", metavar="[LESSON]")
@click.option(
    "--plain", is_flag=True, help="Lines instead of a screen: no colour, ASCII for marks."
)
@click.option(
    "--sandbox",
    default="auto",
    metavar="TIER",
    help="bwrap, landlock, process, a plugin's; without it the strongest that works here.",
)
def watch(lesson: str, plain: bool, sandbox: str) -> None:
    """Grade a LESSON whenever one of its files is saved.

    Without LESSON, the one you are at. Only what a change touches is graded, what failed first; the
    line at the bottom shows the keys. On a pipe, and with --plain, it prints lines.
    """
    import gc

    from grader import starting
    from zth import trees
    from zth.host.sandbox import choose
    from zth.plugins import Plugins

    plugins = Plugins.load()
    workspace = trees.own_workspace()
    chosen = _chosen(lesson, workspace, plugins)
    tier = choose(sandbox, plugins.sandboxes().values())
    starting.settle_hypothesis()

    from grader.watching.inbox import Inbox
    from grader.watching.loop import Quit, Watch, display_for

    gc.freeze()
    try:
        with Inbox() as inbox, display_for(lines=plain, inbox=inbox) as display:
            Watch(workspace, tier, inbox, display).run(chosen)
    except (Quit, KeyboardInterrupt):
        pass


def _chosen(name: str, workspace: Path, plugins: Plugins) -> Lesson:
    """The lesson of this name, or the one that the learner is at. Raises ZthError."""
    from zth.cli.lessons import named
    from zth.cli.status import here, places_of
    from zth.language import tr
    from zth.records import ZthError

    if name:
        return named(name)
    place = here(places_of(workspace, plugins))
    if place is None:
        raise ZthError(tr("all lessons are done; zth watch LESSON watches one of them"))
    return place.lesson
