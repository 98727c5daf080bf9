"""The report on a class as one HTML page: nothing is loaded, nothing runs, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from statistics import median

from grader.classroom.fingerprints import Lines
from grader.classroom.gradebook import Gradebook, Status
from grader.classroom.markup import bar, folded, row, section, share, table, text, when
from grader.classroom.similar import Pair, Similar
from grader.classroom.statistics import CheckCount, LessonCount
from zth import language
from zth.language import listed, tr
from zth.records import Verdict
from zth.render.escape import plain
from zth.render.failure import MARKS
from zth.render.html import POLICY, STYLE

OWN_STYLE = Path(__file__).with_name("report.css")
BARS = {Verdict.PASSED: "right", Verdict.NOT_IMPLEMENTED: "open", Verdict.SKIPPED: "open"}
ORDER = (
    Verdict.PASSED,
    Verdict.FAILED,
    Verdict.FLAKY,
    Verdict.CRASHED,
    Verdict.TIMED_OUT,
    Verdict.NOT_IMPLEMENTED,
    Verdict.SKIPPED,
)


@dataclass(frozen=True)
class ClassReport:
    """All that is told of a class; `titles` are those of its lessons."""

    book: Gradebook
    lessons: Sequence[LessonCount]
    similar: Sequence[Similar]
    titles: Mapping[str, str]
    made: datetime


def render(report: ClassReport) -> str:
    """The report as an HTML document, in the language that is spoken."""
    title = text(report.book.settings.title)
    warning = text(tr("This page names students: it is for those who teach."))
    parts = (
        *(part for lesson in report.lessons for part in _lesson(report, lesson)),
        *_missing(report.book),
        *_refused(report.book),
        *_faults(report.book),
        *_strangers(report.book),
        *_similar(report),
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language.chosen()}">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            f"<title>{title}</title>",
            f"<style>\n{STYLE.read_text('utf-8')}{OWN_STYLE.read_text('utf-8')}</style>",
            f"<header><h1>{title}</h1>{_facts(report)}",
            f'<p class="alarm">{warning}</p>',
            f"{_contents(report)}</header>",
            "<main>",
            *_overview(report),
            *parts,
            "</main>",
            "</html>\n",
        ]
    )


# --- the class ------------------------------------------------------------------------------------


def _facts(report: ClassReport) -> str:
    book = report.book
    facts = {
        tr("students on the roster"): len(book.roster.students),
        tr("submissions"): book.submissions,
        tr("refused"): len(book.refusals),
        tr("not graded"): len(book.faults),
        tr("made"): when(report.made),
    }
    rows = (f"<div><dt>{text(k)}</dt><dd>{text(str(v))}</dd></div>" for k, v in facts.items())
    return f'<dl class="facts">{"".join(rows)}</dl>'


def _contents(report: ClassReport) -> str:
    """Links to the sections."""
    places = [(lesson.lesson, _name(report, lesson.lesson)) for lesson in report.lessons]
    places += [
        ("missing", text(tr("Nothing handed in"))),
        ("refused", text(tr("Refused"))),
        ("faults", text(tr("Not graded"))),
        ("similar", text(tr("Much in common"))),
    ]
    links = (f'<li><a href="#{escape(id)}">{name}</a></li>' for id, name in places)
    return f'<nav aria-label="{text(tr("contents"))}"><ul>{"".join(links)}</ul></nav>'


def _name(report: ClassReport, lesson: str) -> str:
    return text(f"{lesson} {tr(report.titles.get(lesson, ''))}".strip())


def _overview(report: ClassReport) -> Iterator[str]:
    yield section("overview", text(tr("The lessons")))
    heads = (
        tr("lesson"),
        "#" + tr("graded"),
        "#" + tr("median"),
        "#" + tr("all points"),
        "#" + tr("late"),
    )
    rows = (
        row(
            f'<a href="#{escape(found.lesson)}">{_name(report, found.lesson)}</a>',
            found.graded,
            _middle(found),
            sum(share == 1 for share in found.shares),
            found.late,
            numbers=True,
        )
        for found in report.lessons
    )
    caption = tr("What counts of each student; points are those before what being late costs.")
    yield from table(caption, heads, rows)
    yield "</section>"


def _middle(found: LessonCount) -> str:
    return tr("{percent:.0f} %", percent=100 * median(found.shares)) if found.graded else "–"


# --- a lesson -------------------------------------------------------------------------------------


def _lesson(report: ClassReport, found: LessonCount) -> Iterator[str]:
    graded = tr("{n} students", n=found.graded)
    name = f"{_name(report, found.lesson)} <small>{text(graded)}</small>"
    yield section(escape(found.lesson), name)
    yield from counts(found)
    yield "</section>"


def counts(found: LessonCount) -> Iterator[str]:
    """What is counted of a lesson, as HTML: points, checks, misconceptions."""
    if found.graded:
        yield from _histogram(found)
        yield from _checks(found)
        yield from _mistakes(found)
        yield from _forbidden(found)
    else:
        yield f"<p>{text(tr('Nobody has a grade here yet.'))}</p>"
    if found.unreadable:
        told = tr(
            "{n} reports are of another version of zth and cannot be read; only their points count "
            "here. To mend it: zth class grade SUBMISSIONS --regrade REASON",
            n=found.unreadable,
        )
        yield f'<p class="alarm">{text(told)}</p>'


def _histogram(found: LessonCount) -> Iterator[str]:
    bins = found.histogram()
    most = max((b.students for b in bins), default=0) or 1
    rows = (
        f'<tr><th scope="row" class="name">{_range(b.least, b.most)}</th>'
        f'<td class="number">{b.students}</td>'
        f'<td class="wide">{bar(("all", b.students / most))}</td></tr>'
        for b in bins
    )
    yield f"<h3>{text(tr('Points'))}</h3>"
    caption = tr("How many students have how many of the {points} points", points=found.points)
    heads = (
        f'<th scope="col">{text(tr("points"))}</th>'
        f'<th scope="col" class="number">{text(tr("students"))}</th><td></td>'
    )
    yield f'<table class="list"><caption>{text(caption)}</caption><thead><tr>{heads}</tr></thead>'
    yield f"<tbody>{''.join(rows)}</tbody></table>"


def _range(least: int, most: int) -> str:
    return f"{least}" if least == most else f"{least}–{most}"


def _checks(found: LessonCount) -> Iterator[str]:
    yield f"<h3>{text(tr('Which idea is not understood?'))}</h3>"
    caption = tr("The checks, those first in which most students who tried were wrong")
    heads = ("#" + tr("wrong"), tr("check"))
    yield from folded(caption, heads, list(map(_check, found.hardest())))


def _check(check: CheckCount) -> str:
    title = text(tr(check.title)) + (
        f" <small>{text(tr('advice'))}</small>" if check.advisory else ""
    )
    counts = [(v, check.verdicts[v]) for v in ORDER if check.verdicts[v]]
    whole = check.students
    drawn = bar(*((BARS.get(v, "wrong"), n / whole) for v, n in counts))
    words = (
        f'<li><b class="{BARS.get(v, "wrong")}">{MARKS[v][0]}</b> {text(tr(v.value))} {n}'
        f" ({text(share(n, whole))})</li>"
        for v, n in counts
    )
    return (
        f'<tr><td class="number">{check.wrong}</td>'
        f'<th scope="row">{title}<br><code>{text(check.id)}</code>{drawn}'
        f'<ul class="counts">{"".join(words)}</ul></th></tr>'
    )


def _mistakes(found: LessonCount) -> Iterator[str]:
    if not found.mistakes:
        return
    yield f"<h3>{text(tr('Likely misconceptions'))}</h3>"
    caption = tr("Answers of known mistakes: how many students gave them, and where to read")
    heads = ("#" + tr("students"), tr("mistake"))
    rows = [
        f'<tr><td class="number">{n}</td><th scope="row">{text(tr(mistake.diagnosis))}'
        f"{_address(mistake.address)}</th></tr>"
        for mistake, n in found.mistakes.most_common()
    ]
    yield from folded(caption, heads, rows)


def _address(address: str) -> str:
    return f"<br><code>{text(address)}</code>" if address else ""


def _forbidden(found: LessonCount) -> Iterator[str]:
    if not found.forbidden:
        return
    yield f"<h3>{text(tr('Forbidden, and used'))}</h3>"
    caption = tr("A component that uses these earns nothing, though its checks may pass")
    heads = ("#" + tr("students"), tr("forbidden"))
    rows = (
        f'<tr><td class="number">{n}</td><th scope="row"><code>{text(name)}</code></th></tr>'
        for name, n in found.forbidden.most_common()
    )
    yield from table(caption, heads, rows)


# --- who needs attention --------------------------------------------------------------------------


def _people(
    id: str, title: str, caption: str, heads: Iterable[str], rows: list[str]
) -> Iterator[str]:
    """A section of those of whom something is to be told, or of nobody."""
    yield section(id, f"{text(title)} <small>{len(rows)}</small>")
    if rows:
        yield from table(caption, heads, rows)
    else:
        yield f"<p>{text(tr('Nobody.'))}</p>"
    yield "</section>"


def _missing(book: Gradebook) -> Iterator[str]:
    rows = []
    for one in book.rows():
        lacking = [name for name, e in one.entries.items() if e.status is Status.MISSING]
        if lacking and one.on_roster:
            said = tr("all") if len(lacking) == len(one.entries) else listed(lacking)
            rows.append(row(text(one.student.id), text(one.student.name), text(said)))
    caption = tr("Students of the roster with a lesson of which nothing was handed in")
    heads = (tr("student"), tr("name"), tr("lessons"))
    yield from _people("missing", tr("Nothing handed in"), caption, heads, rows)


def _refused(book: Gradebook) -> Iterator[str]:
    rows = [
        row(
            text(one.submission.student or "?"),
            text(Path(one.submission.source).name),
            text(one.submission.problem),
            text(tr("yes") if one.mended else tr("no")),
        )
        for one in sorted(book.refusals, key=lambda one: one.mended)
    ]
    caption = tr("What could not be taken, and whether the student handed in again since")
    heads = (tr("student"), tr("file"), tr("why"), tr("again"))
    yield from _people("refused", tr("Refused"), caption, heads, rows)


def _faults(book: Gradebook) -> Iterator[str]:
    rows = [
        row(text(g.submission.student), text(g.outcome.lesson), text(g.outcome.fault))
        for g in book.faults
    ]
    caption = tr("Faults of the grader, not of the students: these grades are withheld")
    heads = (tr("student"), tr("lesson"), tr("what went wrong"))
    yield from _people("faults", tr("Not graded"), caption, heads, rows)


def _strangers(book: Gradebook) -> Iterator[str]:
    if book.roster.students and book.strangers:
        yield section("strangers", text(tr("Not on the roster")))
        told = tr("They handed in, and count above; add them to roster.csv, or take them out.")
        items = (f"<li>{text(id)}</li>" for id in book.strangers)
        yield f"<p>{text(told)}</p><ul>{''.join(items)}</ul></section>"


# --- what is similar ------------------------------------------------------------------------------


def _similar(report: ClassReport) -> Iterator[str]:
    pairs = sum(found.found for found in report.similar)
    yield section("similar", f"{text(tr('Much in common'))} <small>{pairs}</small>")
    told = tr(
        "A hint for a human, never a verdict: two students may have learned from one source, "
        "worked together where they may, or found the one short way to write it. Read both before "
        "you speak to anybody. Tokens are compared, not names; what the stub gave does not count, "
        "nor what more than a tenth of the class has written."
    )
    yield f"<p>{escape(told)}</p>"
    for found in report.similar:
        if found.found or found.skipped:
            yield f"<h3>{_name(report, found.lesson)}</h3>"
            yield from _found(found)
    yield "</section>"


def _found(found: Similar) -> Iterator[str]:
    if found.skipped:
        told = tr(
            "not compared, as their snapshots are gone or were changed: {students}",
            students=listed(found.skipped),
        )
        yield f'<p class="alarm">{text(told)}</p>'
    if found.pairs:
        caption = tr(
            "{shown} of {n} pairs, of {compared} students: what the two have in common of what the "
            "one wrote who wrote less",
            shown=len(found.pairs),
            n=found.found,
            compared=found.compared,
        )
        yield from table(caption, ("#" + tr("in common"), tr("students")), map(_pair, found.pairs))
    for pair in found.pairs:
        if pair.passages:
            yield from _passages(pair)


def _pair(pair: Pair) -> str:
    same = f" <small>{text(tr('the same files, byte for byte'))}</small>" if pair.same else ""
    return (
        f'<tr><td class="number">{text(tr("{percent:.0f} %", percent=100 * pair.share))}</td>'
        f'<th scope="row">{_both(pair)}{same}</th></tr>'
    )


def _both(pair: Pair) -> str:
    return text(listed((pair.first.student, pair.second.student)))


def _passages(pair: Pair) -> Iterator[str]:
    yield f'<details class="pair"><summary>{text(tr("lines of both:"))} {_both(pair)}</summary>'
    for passage in pair.passages:
        sides = (
            _side(pair.first.student, passage.first),
            _side(pair.second.student, passage.second),
        )
        yield f'<div class="sides">{"".join(sides)}</div>'
    yield "</details>"


def _side(student: str, lines: Lines) -> str:
    place = f"{student} · {lines.file}:{_range(lines.start, lines.start + lines.count - 1)}"
    return (
        f"<figure><figcaption>{text(place)}</figcaption>"
        f"<pre><code>{escape(plain(lines.text, 60))}</code></pre></figure>"
    )
