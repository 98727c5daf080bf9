"""The report as JUnit XML, as Jenkins, GitLab and others read it: a test case for each check."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from zth.records import Breach, LessonReport, Report, Result, Verdict
from zth.render.escape import plain
from zth.render.terminal import told
from zth.render.words import said

ERRORS = (Verdict.CRASHED, Verdict.TIMED_OUT, Verdict.GRADER_ERROR)


def render(report: Report) -> str:
    """The report as an XML document; a suite is a lesson."""
    root = ET.Element("testsuites", name="zth", time=f"{report.seconds:.3f}")
    for lesson in report.lessons:
        root.append(_suite(lesson, report))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.attrib[name]) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(lesson: LessonReport, report: Report) -> ET.Element:
    cases = [_case(lesson, r) for r in lesson.results]
    cases += [_forbidden(lesson, breach) for breach in lesson.breaches]
    count = {kind: sum(c.find(kind) is not None for c in cases) for kind in _KINDS}
    suite = ET.Element(
        "testsuite",
        name=lesson.lesson,
        tests=str(len(cases)),
        failures=str(count["failure"]),
        errors=str(count["error"]),
        skipped=str(count["skipped"]),
        time=f"{sum(r.seconds for r in lesson.results):.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    facts = {
        "tree": plain(report.tree, 1),
        "digest": report.digest,
        "sandbox": report.sandbox,
        "earned": str(lesson.earned),
        "points": str(lesson.points),
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=value)
    suite.extend(cases)
    return suite


_KINDS = ("failure", "error", "skipped")


def _case(lesson: LessonReport, r: Result) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=f"{lesson.lesson}.{r.component}",
        name=r.id.partition(".")[2],
        time=f"{r.seconds:.3f}",
    )
    if r.verdict is not Verdict.PASSED:
        message = plain(r.finding.message, 3) if r.finding else ""
        found = ET.SubElement(case, _kind(r), type=r.verdict.value, message=message)
        found.text = told(r, lesson.reading)
    return case


def _kind(r: Result) -> str:
    """What goes wrong in an advisory check makes no build fail; our own errors always do."""
    if r.verdict is Verdict.SKIPPED or (r.advisory and r.verdict is not Verdict.GRADER_ERROR):
        return "skipped"
    return "error" if r.verdict in ERRORS else "failure"


def _forbidden(lesson: LessonReport, breach: Breach) -> ET.Element:
    """A breach, as a case of its own: the checks that passed did pass."""
    name = f"uses_no_{plain(breach.name, 1)}"
    case = ET.Element(
        "testcase", classname=f"{lesson.lesson}.{breach.component}", name=name, time="0"
    )
    ET.SubElement(case, "failure", type="forbidden", message=said(breach))
    return case
