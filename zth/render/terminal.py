"""The report for a terminal: calm, and at most three failures in full."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from zth.records import Finding, LessonReport, Report, Result, Verdict
from zth.render.escape import plain

SHOWN = 3
LIKELY = "These are the answers of a known mistake:"
MARKS = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "red"),
    Verdict.NOT_IMPLEMENTED: ("·", "yellow"),
    Verdict.CRASHED: ("✗", "red"),
    Verdict.TIMED_OUT: ("✗", "red"),
    Verdict.FLAKY: ("~", "magenta"),
    Verdict.SKIPPED: ("-", "bright_black"),
    Verdict.GRADER_ERROR: ("!", "red"),
}
QUIET = (Verdict.PASSED, Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)


def render(report: Report) -> str:
    """The report as plain text, 100 columns wide."""
    console = Console(file=io.StringIO(), width=100, color_system=None, legacy_windows=False)
    show(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def show(report: Report, console: Console) -> None:
    """Prints the report on a console of any width and colour."""
    for lesson in report.lessons:
        console.print(_lesson(lesson, report))
    console.print(_last_line(report))


def _lesson(lesson: LessonReport, report: Report) -> RenderableType:
    title = Text.assemble(
        (lesson.lesson, "bold"), f"  {lesson.title}  ", (plain(report.tree), "bright_black")
    )
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), expand=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for _, results in groupby(lesson.results, lambda r: r.component):
        for row in _component(list(results)):
            table.add_row(*row)
    return Group(
        title, Text(""), Padding(table, (0, 0, 0, 2)), *_details(lesson, report.tree), Text("")
    )


def _component(results: list[Result]) -> Iterator[tuple[Text, Text]]:
    """The rows of one component; one row where nothing of it is written yet."""
    counted = [r for r in results if not r.advisory]
    earned, points = sum(r.earned for r in results), sum(r.points for r in results)
    style = "green" if earned == points else "bold"
    untouched = _untouched(counted)
    note = ("  not implemented yet", "yellow") if untouched else ""
    yield Text.assemble((results[0].component, style), note), Text(f"{earned}/{points}", style)
    if not untouched:
        for r in results:
            yield _check(r)


def _untouched(counted: Iterable[Result]) -> bool:
    """Whether nothing of this is written yet, or all of it waits for what is not."""
    verdicts = {r.verdict for r in counted}
    waiting = {Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED}
    return Verdict.NOT_IMPLEMENTED in verdicts and verdicts <= waiting


def _check(r: Result) -> tuple[Text, Text]:
    mark, colour = MARKS[r.verdict]
    dim = r.verdict in (Verdict.PASSED, Verdict.SKIPPED) or r.advisory
    line = Text.assemble("  ", (mark, colour), f" {r.title}")
    first, *more = plain(r.detail).split("\n")
    if first:
        line.append(f": {first}", "bright_black")
    if r.verdict not in (Verdict.PASSED, Verdict.FAILED):
        line.append(f"  {r.verdict.value}", colour)
    if r.verdict is Verdict.SKIPPED and r.finding:
        line.append(f": {plain(r.finding.message)}", "bright_black")
    for row in more:  # a table, or a drawing
        line.append(f"\n    {row}", "bright_black")
    worth = "advice" if r.advisory else f"{r.earned}/{r.points}"
    return line, Text(worth, "bright_black" if dim else "")


def _details(lesson: LessonReport, tree: str) -> Iterator[RenderableType]:
    for breach in lesson.breaches:
        yield Text.assemble(
            ("\n  forbidden  ", "red"),
            f"{plain(breach.name)} is used at {plain(breach.where)}: "
            f"{breach.component} earns no points until it is gone",
        )
    loud = [r for r in lesson.results if r.verdict not in QUIET]
    told = [r for r in lesson.results if r.verdict is Verdict.NOT_IMPLEMENTED and _unusual(r)]
    for r in _one_each(told):
        assert r.finding is not None
        yield Text.assemble("\n  ", (r.component, "yellow"), f"  {plain(r.finding.message)}")
    first = list(_one_each(loud))
    for r in first[:SHOWN]:
        yield Text("")
        yield Padding(failure(r, lesson.chapter), (0, 0, 0, 2))
    if first and tree == "student":
        yield Text(f"\n  stuck? another hint: zth hint {lesson.lesson}", "dim")
    if not loud and (waiting := [r for r in lesson.results if r.verdict is QUIET[1]]):
        place = lesson.parts.get(waiting[0].component, "")
        where = f" in {plain(_nearby(place))}" if place else ""
        yield Text(f"\n  next: {waiting[0].component}{where}")
    more = len(loud) - len(first[:SHOWN])
    if more > 0:
        yield Text(
            f"\n  … and {more} more; zth grade {lesson.lesson} --component NAME shows one", "dim"
        )


def _nearby(path: str) -> str:
    """The path from here, where that is shorter."""
    near = os.path.relpath(path)
    return near if len(near) < len(path) else path


def _unusual(r: Result) -> bool:
    return r.finding is not None and r.finding.message != "not implemented yet"


def _one_each(results: Iterable[Result]) -> Iterator[Result]:
    """The first result of each component."""
    seen: set[str] = set()
    for r in results:
        if r.component not in seen:
            seen.add(r.component)
            yield r


def failure(r: Result, chapter: str) -> RenderableType:
    """One failure in full: what, with what, expected, actual, hint, where to read."""
    mark, colour = MARKS[r.verdict]
    found = r.finding or Finding("")
    head = Text.assemble((f"{mark} {r.title}", f"bold {colour}"), (f"  {r.id}", "bright_black"))
    rows: list[RenderableType] = [head, Text(plain(found.message, 6), "bold")]
    rows += [
        Text.assemble((f"  {plain(f.file)}:{f.line}  ", "cyan"), plain(f.source))
        for f in found.trace[-6:]
    ]
    if found.snippet:
        code = Syntax(
            plain(found.snippet, 16),
            "python",
            theme="ansi_light",
            background_color="default",
            word_wrap=True,
        )
        rows.append(Padding(code, (1, 0, 1, 2)))
    for name, text in (("expected", found.expected), ("got", found.actual)):
        if text:
            rows.append(_labelled(name, plain(text, 8)))
    if found.output:
        name = "traceback" if r.verdict is Verdict.GRADER_ERROR else "printed"
        rows.append(_labelled(name, plain(found.output.rstrip(), 20 if name == "traceback" else 4)))
    if found.diagnosis:
        rows.append(_labelled("likely", f"{LIKELY} {plain(found.diagnosis)}"))
    if r.hint:
        rows.append(_labelled("hint", r.hint))
    if chapter:
        rows.append(_labelled("chapter", chapter))
    return Group(*rows)


def _labelled(name: str, text: str) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=9, style="bright_black", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(name, Text(text))
    return grid


def _last_line(report: Report) -> Text:
    style = {0: "bold green", 1: "bold", 3: "bold red"}[report.exit_code]
    line = Text(f"{report.earned} of {report.points} points", style)
    line.append(f"  in {report.seconds:.1f} s, sandbox {report.sandbox}, seed {report.seed}", "dim")
    if report.exit_code == 3:
        line.append(
            "\nThe grader itself failed, so this grade does not count; please report it.", "red"
        )
    return line
