"""`zth data`: the corpora, where they are, and how to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zth.cli.arguments import DATASET
from zth.language import tr

if TYPE_CHECKING:
    from pathlib import Path

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
        where = (
            str(file) if file else tr("not here; get it: zth data fetch {name}", name=dataset.name)
        )
        described = tr(dataset.description)
        click.echo(f"{dataset.name}: {described} ({dataset.licence})\n  {where}")


@data.command()
@click.argument("name", type=DATASET)
def fetch(name: str) -> None:
    """Download the dataset NAME, unless it is here already."""
    from zth.plugins import nearest

    known = _known()
    if name not in known:
        raise nearest(name, known, "dataset")
    click.echo(tr("{name} is at {path}", name=name, path=located(known[name])))


def located(dataset: Dataset) -> Path:
    """The dataset's file; downloads it, with a bar on a terminal, where it is not here."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from zth.data import find

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(dataset.name, total=None, visible=False)
        return find(
            dataset,
            lambda done, total: bar.update(task, completed=done, total=total or None, visible=True),
        )


def _known() -> dict[str, Dataset]:
    from zth.plugins import Plugins

    return Plugins.load().datasets()
