"""`zth dev check` and `zth dev mutate`: the grader's own exam."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from zth.language import listed, tr

if TYPE_CHECKING:
    from rich.console import Console

    from grader.exam import Examination, Fault, Kill

PARTS = ("text", "stubs", "reference", "variants", "mutants")


@click.command()
@click.argument("lessons", nargs=-1, metavar="[LESSON]…")
@click.option("--quick", is_flag=True, help="The same as --seeds 1.")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar="N",
    help="With how many each is played.",
)
@click.option("--part", type=click.Choice(PARTS), multiple=True, help="Only this; repeatable.")
@click.option("--table", is_flag=True, help="Every mutant in the kill table, not the living alone.")
@click.option("--sandbox", default="auto", metavar="TIER", help="As in zth grade.")
def check(
    lessons: tuple[str, ...],
    quick: bool,
    seeds: int,
    part: tuple[str, ...],
    table: bool,
    sandbox: str,
) -> int:
    """Examine the grader: of LESSONs, or of all of them.

    Stubs must be not implemented, reference and variants must get full marks, every mutant must be
    rejected by the check that it names; checks have hints, and points, figures, sections and
    pitfalls in the text are those of the code.
    Exit status: 0 all is well, 1 something is not.
    """
    from rich.console import Console

    from grader.exam import Examination, packages
    from zth.host import Nursery
    from zth.plugins import Plugins, nearest

    known = Plugins.load().lessons()
    for name in lessons:
        if name not in known:
            raise nearest(name, known, "lesson")
    chosen = [known[name] for name in dict.fromkeys(lessons)] or list(known.values())
    console = Console(highlight=False)
    fine = True
    with Nursery(packages(chosen), sandbox) as nursery:
        for lesson in chosen:
            exam = Examination(lesson, nursery, range(1 if quick else seeds))
            console.print(f"[bold]{lesson.id}[/]  {tr(lesson.title)}")
            for name in part or PARTS:
                with console.status(name):
                    passed = _mutants(exam, table) if name == "mutants" else _faults(exam, name)
                fine &= passed.show(name, console)
    return 0 if fine else 1


@dataclass(frozen=True)
class Outcome:
    """How one part of the exam went: whether all is well, what to say beside its name, the rest."""

    fine: bool
    said: str = ""
    more: tuple[object, ...] = ()

    def show(self, name: str, console: Console) -> bool:
        mark = "[green]✓[/]" if self.fine else "[red]✗[/]"
        console.print(f"  {mark} {name}{self.said}")
        for thing in self.more:
            console.print(thing, markup=False)
        return self.fine


def _faults(exam: Examination, name: str) -> Outcome:
    found: list[Fault] = list(getattr(exam, name)())
    return Outcome(not found, more=tuple(f"      {f.name} {f.problem}" for f in found))


def _mutants(exam: Examination, table: bool) -> Outcome:
    kills = list(exam.mutants())
    alive = [kill for kill in kills if not kill.dead]
    shown = (_kill_table(kills if table else alive),) if table or alive else ()
    said = tr(": {dead} of {all} dead", dead=len(kills) - len(alive), all=len(kills))
    return Outcome(not alive, said, (*shown, _per_check(kills)))


def _kill_table(kills: list[Kill]) -> object:
    from rich.table import Table
    from rich.text import Text

    from zth.render.prose import Prose

    heads = (tr("mutant"), tr("the check it names"), tr("verdicts"), tr("mistake"))
    table = Table(*heads, box=None, pad_edge=False)
    for kill in kills:
        words = listed(dict.fromkeys(tr(v.value) for v in kill.verdicts))
        style = "" if kill.dead else "bold red"
        table.add_row(
            Text(kill.mutant.name, style),
            Text(kill.mutant.fails),
            Text(words, style),
            Prose(tr(kill.mutant.mistake)),
        )
    return table


def _per_check(kills: list[Kill]) -> str:
    """How many mutants name each check."""
    counts = Counter(kill.mutant.fails for kill in kills)
    return "    " + listed(f"{check} {count}" for check, count in counts.most_common())


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
    console.print(tr("{alive} of {made} changes survived", alive=alive, made=made))
    return 1 if alive else 0
