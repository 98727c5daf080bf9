"""`zth docs figures`: remakes the plots and the numbers of the course text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from zth.language import listed, tr

if TYPE_CHECKING:
    from rich.console import Console

    from grader.figures import Told


@click.group()
def docs() -> None:
    """Look after the course text."""


@docs.command("figures")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--list", "listing", is_flag=True, help="Say what there is, and measure nothing.")
@click.option("--check", is_flag=True, help="Say which were made by other code than there is now.")
@click.option("--draw", is_flag=True, help="Draw the data that are there anew; measure nothing.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Of the first run; the others have the next ones.",
)
def figures_(names: tuple[str, ...], listing: bool, check: bool, draw: bool, seed: int) -> int:
    """Measure the figures called NAME anew, or all, and draw them: docs/assets/figures/.

    \b
    zth docs figures --list
    zth docs figures bytes_per_token

    Each file of data holds its command, its seed, versions and commit. All together takes about a
    quarter of an hour. Exit status: 0, or 1 if --check finds one that is not of today's code.
    """
    from rich.console import Console

    from grader import figures
    from grader.figures import record
    from zth.plugins import nearest
    from zth.records import ZthError

    record.root()
    for name in names:
        if name not in figures.NAMES:
            raise nearest(name, figures.NAMES, "figure")
    chosen = names or figures.NAMES
    if sum((listing, check, draw)) > 1:
        raise ZthError(tr("--list, --check and --draw: one at a time"))
    if listing:
        _list(chosen)
        return 0
    if check:
        return _check(chosen)
    console = Console(highlight=False, soft_wrap=True)
    for name in chosen:
        kept = record.read(name) if draw else _measured(name, seed, console)
        if not kept:
            raise ZthError(tr("{name} was never made: zth docs figures {name}", name=name))
        record.write(name, kept)
        console.print(tr("{path} and its drawing are new", path=record.file(name)), markup=False)
    return 0


def _measured(name: str, seed: int, console: Console) -> dict[str, object]:
    from grader.figures import record

    with _telling(name, console) as told:
        return record.make(name, seed, told)


@contextmanager
def _telling(name: str, console: Console) -> Iterator[Told]:
    """Says what is measured: in one line that changes on a terminal, in plain lines elsewhere."""
    if not console.is_terminal:
        yield lambda words: console.print(f"{name}: {words}", markup=False)
        return
    with console.status(name) as status:
        yield lambda words: status.update(f"{name}: {words}")


def _list(names: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    from grader import figures

    table = Table(box=None, pad_edge=False)
    for head in (tr("figure"), tr("takes"), tr("made"), ""):
        table.add_column(head, overflow="fold")
    for name in names:
        figure = figures.load(name)
        table.add_row(name, _time(figure.seconds), _made(name), tr(figure.title))
    Console(highlight=False, markup=False).print(table)


def _time(seconds: float) -> str:
    if seconds < 90:
        return tr("{seconds:.0f} s", seconds=max(1, seconds))
    return tr("{minutes:.0f} min", minutes=seconds / 60)


def _made(name: str) -> str:
    """When, and whether by today's code."""
    from grader.figures import record
    from zth.records import ZthError

    try:
        kept = record.read(name)
    except ZthError:
        return tr("unreadable")
    if not kept:
        return tr("never")
    date: str = kept["date"]
    return tr("{date}, stale", date=date) if record.changed(name, kept) else date


def _check(names: Sequence[str]) -> int:
    """Says of each figure that is not of today's code why; exit status 1 where there is one."""
    faults = [fault for name in names if (fault := _fault(name))]
    for fault in faults:
        click.echo(fault)
    if not faults:
        click.echo(tr("{n} figures are of today's code", n=len(names)))
    return 1 if faults else 0


def _fault(name: str) -> str:
    from grader.figures import record

    kept = record.read(name)
    if not kept:
        return tr("{name} was never made: zth docs figures {name}", name=name)
    changed = listed(record.changed(name, kept))
    return changed and tr(
        "{name} is stale: since it was made, {places} changed", name=name, places=changed
    )
