"""The report as one HTML page: nothing is loaded, nothing runs, light or dark, good on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from pathlib import Path

from zth import language
from zth.language import tr
from zth.records import (
    Breach,
    Finding,
    Frame,
    LessonReport,
    Number,
    Report,
    Result,
    Verdict,
    Window,
)
from zth.render import tensors
from zth.render.escape import plain
from zth.render.failure import MARKS, likely, section_of
from zth.render.words import said, withheld

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = Path(__file__).with_name("report.css")


def render(report: Report) -> str:
    """The report as an HTML document."""
    title = _sum(report.earned, report.points)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language.chosen()}">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            f"<title>zth: {title}</title>",
            f"<style>\n{STYLE.read_text('utf-8')}</style>",
            f"<header><h1>{title}</h1>{_facts(report)}</header>",
            "<main>",
            *_sections(report),
            "</main>",
            "</html>\n",
        ]
    )


def part(report: Report) -> str:
    """The same without its heading, as a part of a page that brings its own, and this style."""
    return "\n".join([f"<header>{_facts(report)}</header>", *_sections(report)])


def _sections(report: Report) -> Iterator[str]:
    yield f'<p class="alarm">{_text(withheld())}</p>' if report.exit_code == 3 else ""
    for lesson in report.lessons:
        yield from _lesson(lesson)


def _text(text: str, lines: int = 40) -> str:
    """Text of anybody, as HTML."""
    return escape(plain(text, lines))


def _sum(earned: int, points: int) -> str:
    return tr("{earned} of {points} points", earned=earned, points=points)


def _facts(report: Report) -> str:
    facts = {
        tr("tree"): report.tree,
        tr("sandbox"): report.sandbox,
        tr("seed"): str(report.seed),
        tr("digest"): report.digest[:12],
        tr("seconds"): f"{report.seconds:.1f}",
        **report.versions,
    }
    rows = (f"<div><dt>{_text(k, 1)}</dt><dd>{_text(v, 1)}</dd></div>" for k, v in facts.items())
    return f"<dl>{''.join(rows)}</dl>"


def _lesson(lesson: LessonReport) -> Iterator[str]:
    heading = f"{escape(lesson.lesson)} {_text(tr(lesson.title))}"
    yield f"<section><h2>{heading} <small>{_sum(lesson.earned, lesson.points)}</small></h2>"
    yield from map(_breach, lesson.breaches)
    yield from _checks(lesson)
    for r in lesson.results:
        if r.verdict not in (Verdict.PASSED, Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED):
            yield from _failure(r, lesson.reading)
    yield "</section>"


def _breach(breach: Breach) -> str:
    return f'<p class="alarm"><strong>{_text(tr("forbidden"))}</strong> {_text(said(breach))}</p>'


def _checks(lesson: LessonReport) -> Iterator[str]:
    heads = (tr("verdict"), tr("check"), tr("points"))
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    yield f'<table class="checks"><thead><tr>{head}</tr></thead>'
    for component, results in groupby(lesson.results, lambda r: r.component):
        yield f'<tbody><tr><th colspan="3" scope="rowgroup">{_text(component)}</th></tr>'
        yield from map(_row, results)
        yield "</tbody>"
    yield "</table>"


def _row(r: Result) -> str:
    mark, _ = MARKS[r.verdict]
    verdict = f'<td class="{_class(r.verdict)}"><b>{mark}</b> {_text(tr(r.verdict.value))}</td>'
    title = _text(tr(r.title))
    if r.verdict not in (Verdict.PASSED, Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED):
        title = f'<a href="#{escape(r.id)}">{title}</a>'
    if r.detail:
        title += f"<pre>{_text(r.detail)}</pre>"
    elif r.verdict in (Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED) and r.finding:
        title += f"<br><small>{_text(r.finding.message)}</small>"
    worth = _text(tr("advice")) if r.advisory else f"{r.earned}/{r.points}"
    return f'<tr>{verdict}<td>{title}</td><td class="points">{worth}</td></tr>'


def _class(verdict: Verdict) -> str:
    if verdict is Verdict.PASSED:
        return "right"
    return "open" if verdict in (Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED) else "wrong"


def _failure(r: Result, reading: str) -> Iterator[str]:
    found = r.finding or Finding("")
    mark, _ = MARKS[r.verdict]
    heading = f"{mark} {_text(tr(r.title))} <small>{_text(r.id)}</small>"
    yield f'<article id="{escape(r.id)}"><h3>{heading}</h3>'
    yield f"<p><strong>{_text(found.message)}</strong></p>"
    if found.trace:
        yield f"<ol>{''.join(map(_frame, found.trace))}</ol>"
    if found.snippet:
        yield f"<pre><code>{_text(found.snippet, 400)}</code></pre>"
    yield from map(_window, found.windows)
    yield from _labelled(_words(r, found, reading))
    yield "</article>"


def _frame(frame: Frame) -> str:
    return (
        f"<li>{_text(f'{frame.file}:{frame.line}', 1)} <code>{_text(frame.source, 1)}</code></li>"
    )


def _words(r: Result, found: Finding, reading: str) -> Iterator[tuple[str, str]]:
    """What is said of a failure, with the word before it; a value keeps its lines."""
    ours = r.verdict is Verdict.GRADER_ERROR
    for name, text in (
        (tr("expected"), _pre(found.expected)),
        (tr("got"), _pre(found.actual)),
        (tr("traceback") if ours else tr("printed"), _pre(found.output)),
        (tr("likely"), escape(likely(found)) if found.diagnosis else ""),
        (tr("hint"), _text(tr(r.hint)) if r.hint else ""),
        (tr("chapter"), _text(section_of(found, reading))),
    ):
        if text:
            yield name, text


def _pre(text: str) -> str:
    return f"<pre>{_text(text)}</pre>" if text else ""


def _labelled(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    shown = "".join(f"<dt>{_text(name)}</dt><dd>{text}</dd>" for name, text in rows)
    if shown:
        yield f'<dl class="words">{shown}</dl>'


def _window(window: Window) -> str:
    expected, actual = tensors.numbers(window)
    name = _text(tensors.name(window))
    wrong = set(window.wrong)
    tables = (
        _tensor(window, tr("expected {name}", name=name), window.expected, expected, set()),
        _tensor(window, tr("got"), window.actual, actual, wrong),
    )
    return f'<div class="tensors">{"".join(tables)}</div>'


def _tensor(
    window: Window,
    caption: str,
    values: tuple[tuple[Number, ...], ...],
    texts: tensors.Texts,
    wrong: set[tuple[int, int]],
) -> str:
    """A table of numbers with their indices; each wrong one has a sign, and a word for who
    listens."""
    heads = "".join(f'<th scope="col">{window.start[-1] + c}</th>' for c in range(len(texts[0])))
    rows = []
    for r, row in enumerate(texts):
        index = f'<th scope="row">{window.start[-2] + r}</th>' if len(window.shape) > 1 else "<td>"
        cells = (
            _cell(text, (r, c) in wrong, values[r][c] if window.weights else 0.0)
            for c, text in enumerate(row)
        )
        rows.append(f"<tr>{index}{''.join(cells)}</tr>")
    return (
        f"<table><caption>{caption}</caption><thead><tr><td></td>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(text: str, wrong: bool, weight: Number) -> str:
    dark = 0 if isinstance(weight, str) else round(10 * min(1.0, max(0.0, weight)))
    sign = f'{tensors.WRONG}<span class="heard"> {_text(tr("wrong"))}</span>' if wrong else ""
    names = " ".join(["wrong"] * wrong + [f"w{dark}"] * bool(dark))
    return f'<td class="{names}">{escape(text)}{sign}</td>' if names else f"<td>{escape(text)}</td>"
