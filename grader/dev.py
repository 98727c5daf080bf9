"""`zth dev check` and `zth dev mutate`: the grader's own exam."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from grader.exam import Examination, Fault, Kill
    from zth.records import Lesson


@click.command()
@click.argument("lessons", nargs=-1, metavar="[LESSON]…")
@click.option("--quick", is_flag=True, help="One seed, and one run of each mutant.")
@click.option("--table", is_flag=True, help="Every mutant in the kill table, not the living alone.")
@click.option("--sandbox", default="auto", metavar="TIER", help="As in zth grade.")
def check(lessons: tuple[str, ...], quick: bool, table: bool, sandbox: str) -> int:
    """Examine the grader: of LESSONs, or of all of them.

    Stubs must be not implemented, reference and variants must get full marks, every mutant must be
    rejected by the check that it names; checks have hints, and the text agrees with the points.
    Exit status: 0 all is well, 1 something is not.
    """
    from rich.console import Console

    from grader.exam import Examination
    from zth.host import Nursery
    from zth.plugins import Plugins, nearest

    known = Plugins.load().lessons()
    for name in lessons:
        if name not in known:
            raise nearest(name, known, "lesson")
    chosen = [known[name] for name in dict.fromkeys(lessons)] or list(known.values())
    packages = dict.fromkeys(p for lesson in chosen for p in lesson.packages)
    console = Console(highlight=False)
    with Nursery(list(packages), sandbox) as nursery:
        seeds = (0,) if quick else (0, 1, 2)
        fine = [_examined(x, Examination(x, nursery, seeds), table, console) for x in chosen]
    return 0 if all(fine) else 1


def _examined(lesson: Lesson, exam: Examination, table: bool, console: Console) -> bool:
    """Prints the outcome of one lesson's exam; whether all is well."""
    console.print(f"[bold]{lesson.id}[/]  {lesson.title}")
    fine = [
        _told(name, faults, console)
        for name, faults in (
            ("text", exam.text()),
            ("stubs", exam.stubs()),
            ("reference", exam.reference()),
            ("variants", exam.variants()),
        )
    ]
    with console.status("mutants"):
        kills = list(exam.mutants())
    alive = [kill for kill in kills if not kill.dead]
    fine.append(not alive)
    console.print(f"  {_mark(not alive)} mutants: {len(kills) - len(alive)} of {len(kills)} dead")
    if table or alive:
        console.print(_kill_table(kills if table else alive))
    console.print(_per_check(kills), markup=False)
    return all(fine)


def _mark(fine: bool) -> str:
    return "[green]✓[/]" if fine else "[red]✗[/]"


def _told(name: str, faults: Iterable[Fault], console: Console) -> bool:
    with console.status(name):
        found = list(faults)
    console.print(f"  {_mark(not found)} {name}")
    for fault in found:
        console.print(f"      {fault.name} {fault.problem}", markup=False)
    return not found


def _kill_table(kills: list[Kill]) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table("mutant", "the check it names", "verdicts", "mistake", box=None, pad_edge=False)
    for kill in kills:
        words = ", ".join(dict.fromkeys(v.value for v in kill.verdicts))
        style = "" if kill.dead else "bold red"
        table.add_row(
            Text(kill.mutant.name, style),
            Text(kill.mutant.fails),
            Text(words, style),
            Text(kill.mutant.mistake),
        )
    return table


def _per_check(kills: list[Kill]) -> str:
    """How many mutants name each check."""
    counts = Counter(kill.mutant.fails for kill in kills)
    return "    " + ", ".join(f"{check} {count}" for check, count in counts.most_common())


@click.command()
@click.argument("lesson")
def mutate(lesson: str) -> int:
    """Make every small change of LESSON's reference, one at a time, and list those that pass.

    Each survivor is either as right as the reference, or a hole in the checks. Takes minutes: a
    grading for each change. Exit status: 0 none survived, 1 some did.
    """
    from rich.console import Console

    from grader.exam import Examination
    from zth.host import Nursery
    from zth.plugins import Plugins, nearest

    known = Plugins.load().lessons()
    if lesson not in known:
        raise nearest(lesson, known, "lesson")
    console = Console(highlight=False, markup=False)
    made = alive = 0
    with Nursery(list(known[lesson].packages)) as nursery, console.status("") as status:

        def told(change: str) -> None:
            nonlocal made
            made += 1
            status.update(f"{made}  {change}")

        for change in Examination(known[lesson], nursery, (0,)).survivors(told):
            alive += 1
            console.print(change, soft_wrap=True)
    console.print(f"{alive} of {made} changes survived")
    return 1 if alive else 0
