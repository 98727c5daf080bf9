"""`zth init`: a workspace with the stubs."""

from __future__ import annotations

from pathlib import Path

import click


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
        raise ZthError(f"{folder} is the clone's own workspace already; grade: zth grade lesson1")
    try:
        written = workspace.create(folder, route)
    except OSError as error:
        raise ZthError(f"cannot write to {error.filename or folder}: {error.strerror}") from None
    exercises = sum(file.suffix == ".py" for file in written)
    others = [str(file) for file in written if file.suffix != ".py"]
    noun = "file" if exercises == 1 else "files"
    said = [f"{exercises} exercise {noun}"] * (exercises > 0) + others
    click.echo(f"written to {folder}: {', '.join(said)}" if said else f"nothing to add to {folder}")
    if route and workspace.path_of(folder) != route:
        click.echo(
            f"{folder / trees.MARKER} was there already and stays; "
            f'for this order of lessons, write into it: path = "{route}"'
        )
    first = workspace.in_order(plugins.lessons(), routes.get(workspace.path_of(folder)))[0].id
    there = "" if folder == Path() else f"cd {shlex.quote(str(folder))}, then "
    click.echo(f"next: {there}zth grade {first}")
