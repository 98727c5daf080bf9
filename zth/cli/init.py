"""`zth init`: a workspace with the stubs."""

from __future__ import annotations

from pathlib import Path

import click

from zth.language import listed, tr


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".", metavar="[DIR]")
@click.option(
    "--path",
    "route",
    default="",
    metavar="NAME",
    help="In which order to take the lessons: zero-to-hero is the videos' order.",
)
def init(folder: Path, route: str) -> None:
    """Make a workspace with the exercises.

    In DIR, or here. Adds what is missing, and never overwrites a file.
    """
    import shlex

    from zth import trees, workspace
    from zth.plugins import Plugins, nearest
    from zth.records import ZthError

    plugins = Plugins.load()
    routes = plugins.routes()
    if route and route not in routes:
        raise nearest(route, routes, "path")
    if folder.resolve() == trees.shipped(trees.STUBS):
        raise ZthError(
            tr(
                "{folder} is the clone's own workspace already; grade: zth grade lesson1",
                folder=folder,
            )
        )
    try:
        written = workspace.create(folder, route)
    except OSError as error:
        raise ZthError(
            tr(
                "cannot write to {folder}: {reason}",
                folder=error.filename or folder,
                reason=error.strerror,
            )
        ) from None
    exercises = sum(file.suffix == ".py" for file in written)
    others = [str(file) for file in written if file.suffix != ".py"]
    counted = tr("1 exercise file") if exercises == 1 else tr("{n} exercise files", n=exercises)
    said = listed([counted] * (exercises > 0) + others)
    click.echo(
        tr("written to {folder}: {files}", folder=folder, files=said)
        if said
        else tr("nothing to add to {folder}", folder=folder)
    )
    if route and workspace.path_of(folder) != route:
        click.echo(
            tr(
                "{file} was there already and stays; for this order of lessons, write into it: "
                'path = "{route}"',
                file=folder / trees.MARKER,
                route=route,
            )
        )
    first = workspace.in_order(plugins.lessons(), routes.get(workspace.path_of(folder)))[0].id
    there = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    click.echo(tr("to read first: {there}zth play {first}", there=there, first=first))
    click.echo(tr("next: {there}zth grade {first}", there=there, first=first))
