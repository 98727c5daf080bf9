"""The report as Markdown, for the summary of a CI job ($GITHUB_STEP_SUMMARY)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zth.language import tr
from zth.records import LessonReport, Report, Result, Verdict
from zth.render.escape import plain
from zth.render.failure import MARKS
from zth.render.terminal import told
from zth.render.words import said, withheld

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$@:-])")


def render(report: Report) -> str:
    """The report: a table for each lesson, and each failure, folded."""
    parts = [f"## {_sum(report.earned, report.points)}"]
    if report.exit_code == 3:
        parts.append(f"**{escaped(withheld())}**")
    for lesson in report.lessons:
        parts += _lesson(lesson)
    facts = f"{plain(report.tree, 1)}, {report.sandbox}, {report.seconds:.1f} s"
    return "\n\n".join([*parts, escaped(facts)]) + "\n"


def escaped(text: str) -> str:
    """The text in one line, with all that Markdown or HTML would read as theirs taken literally."""
    return _SIGNS.sub(r"\\\1", " ".join(plain(text).split()))


def fenced(text: str) -> str:
    """The text as a block of code that nothing in it ends."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _lesson(lesson: LessonReport) -> Iterator[str]:
    sum = _sum(lesson.earned, lesson.points)
    yield f"### {escaped(lesson.lesson)} {escaped(tr(lesson.title))}: {sum}"
    for breach in lesson.breaches:
        yield f"- **{escaped(tr('forbidden'))}** {escaped(said(breach))}"
    head = f"| | {tr('component')} | {tr('check')} | {tr('points')} |\n|---|---|---|---:|"
    yield "\n".join([head, *map(_row, lesson.results)])
    for r in lesson.results:
        if r.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
            title = f"{MARKS[r.verdict][0]} {escaped(r.component)}: {_html(tr(r.title))}"
            body = fenced(told(r, lesson.reading))
            yield f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _row(r: Result) -> str:
    text = escaped(tr(r.title))
    if r.verdict not in (Verdict.PASSED, Verdict.FAILED):
        text += f" ({escaped(tr(r.verdict.value))})"
    elif r.detail:
        text += f": {escaped(r.detail.splitlines()[0])}"
    worth = escaped(tr("advice")) if r.advisory else f"{r.earned}/{r.points}"
    return f"| {MARKS[r.verdict][0]} | {escaped(r.component)} | {text} | {worth} |"


def _html(text: str) -> str:
    from html import escape

    return escape(plain(text, 1))


def _sum(earned: int, points: int) -> str:
    return tr("{earned} of {points} points", earned=earned, points=points)
