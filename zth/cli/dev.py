"""`zth dev`: for those who look after zth and the machines that it runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zth.probing import Answer, Row
    from zth.records import Tier

SAID = 15  # columns for what a worker heard; longer is only how it ended


@click.group()
def dev() -> None:
    """Look after zth itself."""


@dev.command()
def sandbox() -> int:
    """Show what each sandbox keeps a learner's code from, on this machine.

    Every line is tried, harmlessly, in a real worker of each tier. Exit status: 0, or 1 if a tier
    that should hold strangers' code leaves something open.
    """
    from rich.console import Console

    from zth.plugins import Plugins
    from zth.probing import cost, table

    tiers = sorted(Plugins.load().sandboxes().values(), key=lambda tier: -tier.rank)
    console = Console(highlight=False)
    with console.status(tr("starting")) as status:
        rows = list(table(tiers, lambda text: status.update(tr(text))))
        costs = {tier.name: cost(tier) for tier in tiers if not tier.why_not()}
    console.print(_table(tiers, rows, costs))
    for tier in tiers:
        reason = tier.why_not()
        state = tr(tier.description)
        if reason:
            state = tr("does not run here: {reason}", reason=reason)
        console.print(tr("{name}: {state}", name=tier.name, state=state), markup=False)
    strong = {tier.name for tier in tiers if tier.isolates}
    answers = [answer for row in rows for name, answer in row.answers.items() if name in strong]
    return 0 if all(answer.blocked for answer in answers) else 1


def _table(tiers: Sequence[Tier], rows: Sequence[Row], costs: dict[str, float]) -> object:
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False)
    made.add_column(tr("a worker tries to"), overflow="fold")
    for tier in tiers:
        made.add_column(tier.name, no_wrap=True)
    for row in rows:
        cells = [_cell(row.answers.get(tier.name)) for tier in tiers]
        made.add_row(tr(row.probe.title), *(Text(words, style) for words, style in cells))
    times = [f"{costs[t.name] * 1000:.0f} ms" if t.name in costs else "—" for t in tiers]
    made.add_row(Text(tr("a worker, from start to end"), "dim"), *(Text(x, "dim") for x in times))
    return made


def _cell(answer: Answer | None) -> tuple[str, str]:
    from rich.cells import cell_len

    if answer is None:
        return "—", "dim"
    said = answer.said if cell_len(answer.said) < SAID else tr("ended")
    word, style = (tr("blocked"), "green") if answer.blocked else (tr("open"), "yellow")
    return f"{word}  {said}", style
