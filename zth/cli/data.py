"""`zth data`: the corpora, where they are, and how to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zth.records import Dataset


@click.group()
def data() -> None:
    """List the datasets, or fetch one."""


@data.command("list")
def list_() -> None:
    """List the datasets and where they lie."""
    from zth.data import locate

    for dataset in _known().values():
        file = locate(dataset)
        where = str(file) if file else f"not here; get it: zth data fetch {dataset.name}"
        click.echo(f"{dataset.name}: {dataset.description} ({dataset.licence})\n  {where}")


@data.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download the dataset NAME, unless it is here already."""
    from rich.console import Console
    from rich.progress import Progress

    from zth.data import find
    from zth.plugins import nearest

    known = _known()
    if name not in known:
        raise nearest(name, known, "dataset")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        file = find(known[name], lambda done, total: bar.update(task, completed=done, total=total))
    click.echo(f"{name} is at {file}")


def _known() -> dict[str, Dataset]:
    from zth.plugins import Plugins

    return Plugins.load().datasets()
