"""The report for a terminal: calm, and at most three failures in full."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zth.language import listed, tr
from zth.records import LessonReport, Report, Result, Verdict
from zth.render.escape import plain, spelled
from zth.render.failure import MARKS, Failure
from zth.render.prose import Prose
from zth.render.words import said, withheld

SHOWN = 3
ROWS = 3  # of checks in a row that wait for the same; more than that take one together
QUIET = (Verdict.PASSED, Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)


def render(report: Report, width: int = 100, *, ascii: bool = False) -> str:
    """The report as text without colour; `ascii` spells out marks and blocks, too."""
    text = drawn(width, *_parts(report))
    return spelled(text) if ascii else text


def told(result: Result, reading: str, width: int = 80) -> str:
    """One failure in full, however long, as text without colour: for files of other formats."""
    return drawn(width, Failure(result, reading, height=None)).rstrip()


def drawn(width: int, *parts: RenderableType) -> str:
    """What rich makes of the parts, without colour, and without spaces at the ends of lines."""
    console = Console(
        file=io.StringIO(), width=width, color_system=None, legacy_windows=False, highlight=False
    )
    console.print(*parts, sep="\n")
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def show(report: Report, console: Console) -> None:
    """Prints the report on a console of any width and colour."""
    for part in _parts(report):
        console.print(part)


def failure(result: Result, reading: str) -> RenderableType:
    """One failure: what, with what, expected beside got, hint, where to read.

    At 80 columns and more it takes 25 lines at most.
    """
    return Failure(result, reading)


def _parts(report: Report) -> Iterator[RenderableType]:
    for lesson in report.lessons:
        yield _lesson(lesson, report)
    yield _last_line(report)


def _lesson(lesson: LessonReport, report: Report) -> RenderableType:
    title = Text.assemble(
        (lesson.lesson, "bold"), f"  {tr(lesson.title)}  ", (plain(report.tree), "bright_black")
    )
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), expand=False)
    parts = groupby(lesson.results, lambda r: r.component)
    rows = [row for _, results in parts for row in _component(list(results))]
    worded = any(verdict for _, verdict, _ in rows)
    table.add_column(overflow="fold")
    if worded:
        table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for what, verdict, points in rows:
        table.add_row(*([what, verdict, points] if worded else [what, points]))
    return Group(
        title, Text(""), Padding(table, (0, 0, 0, 2)), *_details(lesson, report.tree), Text("")
    )


Row = tuple[RenderableType, Text, Text]  # what, the verdict in words, points


def _component(results: list[Result]) -> Iterator[Row]:
    """The rows of one component; one row where nothing of it is written yet."""
    earned, points = sum(r.earned for r in results), sum(r.points for r in results)
    style = "green" if earned == points else "bold"
    untouched = _untouched(results)
    note = ""
    if untouched:
        note = tr("missing") if any(map(_unusual, results)) else tr("not implemented yet")
    name, worth = Text(results[0].component, style), Text(f"{earned}/{points}", style)
    yield name, Text(note, "yellow"), worth
    if not untouched:
        for _, alike in groupby(results, _waits_for):
            yield from _alike(list(alike))


def _waits_for(r: Result) -> str:
    """What a skipped check waits for; else its own id, so that it is like no other."""
    return r.finding.message if r.verdict is Verdict.SKIPPED and r.finding else r.id


def _alike(results: list[Result]) -> Iterator[Row]:
    """A row for each check; one for all, where several in a row wait for the same."""
    counted = sum(r.points for r in results)
    if len(results) <= ROWS:
        yield from map(_check, results)
    else:
        title = tr("{n} checks", n=len(results))
        yield _check(replace(results[0], title=title, points=counted, advisory=not counted))


def _untouched(results: Iterable[Result]) -> bool:
    """Whether nothing of this is written yet, or all of it waits for what is not."""
    verdicts = {r.verdict for r in results if not r.advisory}
    waiting = {Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED}
    return Verdict.NOT_IMPLEMENTED in verdicts and verdicts <= waiting


def _check(r: Result) -> Row:
    mark, colour = MARKS[r.verdict]
    dim = r.verdict in (Verdict.PASSED, Verdict.SKIPPED) or r.advisory
    first, *more = plain(r.detail).split("\n")
    line = Prose(tr(r.title))
    if first:
        line.append(tr(": {text}", text=first), "bright_black")
    if r.verdict is Verdict.SKIPPED and r.finding:
        line.append(f"\n{plain(r.finding.message)}", "bright_black")
    for row in more:  # a table, or a drawing
        line.append(f"\n{row}", "bright_black")
    verdict = "" if r.verdict in (Verdict.PASSED, Verdict.FAILED) else tr(r.verdict.value)
    worth = tr("advice") if r.advisory else f"{r.earned}/{r.points}"
    marked = Table.grid(padding=(0, 1, 0, 0))
    marked.add_column(width=3, justify="right")
    marked.add_column(overflow="fold")
    marked.add_row(Text(mark, colour), line)
    return marked, Text(verdict, colour), Text(worth, "bright_black" if dim else "")


def _details(lesson: LessonReport, tree: str) -> Iterator[RenderableType]:
    """What is forbidden, what is not there, failures, and what helps."""
    for breach in lesson.breaches:
        text = Prose.assemble((f"{tr('forbidden')}  ", "red"), said(breach))
        yield Padding(text, (1, 0, 0, 2))
    waiting = [r for r in lesson.results if r.verdict is Verdict.NOT_IMPLEMENTED]
    astray = list(_one_each(filter(_unusual, waiting)))
    for message, names in _together(astray):
        text = Prose.assemble((names, "yellow"), f"  {plain(message)}")
        yield Padding(text, (1, 0, 0, 2))
    loud = [r for r in lesson.results if r.verdict not in QUIET]
    first = list(_one_each(loud))
    for r in first[:SHOWN]:
        yield Text("")
        yield Padding(failure(r, lesson.reading), (0, 0, 0, 2))
    more = len(loud) - len(first[:SHOWN])
    if more > 0:
        command = f"zth grade {lesson.lesson} --format html -o report.html"
        yield _line(tr("… and {n} more; all of them: {command}", n=more, command=command), "dim")
    theirs = tree == "student"
    if theirs and astray:
        yield _line(_again(lesson.lesson, astray[0].component))
    elif theirs and any(r.verdict is not Verdict.GRADER_ERROR for r in first):
        yield _line("\n".join(_help(lesson.lesson, first, len(lesson.results))), "dim")
    if waiting and all(r.advisory for r in first) and not (theirs and astray):
        yield _line(_next(waiting[0].component, lesson.parts))


def _line(text: str, style: str = "") -> RenderableType:
    return Padding(Prose(text, style), (1, 0, 0, 2))


def _help(lesson: str, failures: list[Result], judged: int) -> Iterator[str]:
    """What a learner can do about failures, of so many checks that were judged."""
    first = next((r for r in failures if not r.advisory), failures[0])
    hint = f"zth hint {lesson}" + (f" {first.id}" if first.advisory else "")
    yield tr("stuck? another hint: {hint}", hint=hint)
    if judged > 1:
        command = f"zth grade {lesson} --check {first.id}"
        yield tr("that check alone: {command}", command=command)


def _next(component: str, parts: Mapping[str, str]) -> str:
    if component not in parts:
        return tr("next: {component}", component=component)
    file = plain(_nearby(parts[component]))
    return tr("next: {component} in {file}", component=component, file=file)


def _again(lesson: str, component: str) -> str:
    """How to get back what is not there."""
    return tr(
        "next: {command}  (it brings the stub; if yours only has another name, rename it)",
        command=f"zth reset {lesson} --component {component}",
    )


def _together(results: Iterable[Result]) -> Iterator[tuple[str, str]]:
    """What is said, and of which components, those together of which it is the same."""
    said: dict[str, list[str]] = {}
    for r in results:
        said.setdefault(r.finding.message if r.finding else "", []).append(r.component)
    for message, names in said.items():
        yield message, listed(names)


def _nearby(path: str) -> str:
    """The path from here, where that is shorter."""
    near = os.path.relpath(path)
    return near if len(near) < len(path) else path


def _unusual(r: Result) -> bool:
    """Whether it is not even a stub."""
    said = r.finding.message if r.finding and r.verdict is Verdict.NOT_IMPLEMENTED else ""
    return said not in ("", tr("not implemented yet"))


def _one_each(results: Iterable[Result]) -> Iterator[Result]:
    """The first result of each component, but none that is the same crash at the same line."""
    seen: set[object] = set()
    for r in results:
        crash = (r.finding.message, r.finding.trace[-1]) if r.finding and r.finding.trace else r.id
        if not seen & {r.component, crash}:
            yield r
        seen |= {r.component, crash}


def _last_line(report: Report) -> Text:
    style = {0: "bold green", 1: "bold", 3: "bold red"}[report.exit_code]
    sum = tr("{earned} of {points} points", earned=report.earned, points=report.points)
    circumstances = tr(
        "in {seconds:.1f} s, sandbox {sandbox}, seed {seed}",
        seconds=report.seconds,
        sandbox=report.sandbox,
        seed=report.seed,
    )
    line = Text.assemble((sum, style), (f"  {circumstances}", "dim"))
    if report.exit_code == 3:
        line.append("\n" + withheld(), "red")
    return line
