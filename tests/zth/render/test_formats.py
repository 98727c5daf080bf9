"""The reports that machines and browsers read: of the right form, whatever a worker said."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from rich.console import Console

from tests.zth.render import samples
from tests.zth.render.samples import MIXED, OURS, PASSED, VERDICTS, WRONG, report
from zth.records import Breach, Finding, Frame, Report, Verdict, Window
from zth.render import FORMATS, renderer
from zth.render.escape import ERRORS
from zth.render.json import schema
from zth.render.terminal import failure

HOSTILE = (
    "\x1b[2J\x00\x07 </pre></code></details><script>alert(1)</script> <img src=x onerror=y> "
    "]]> & \" ' | ``` ````\n```\n# heading\n[link](javascript:x) ![i](http://e/x) @user "
    "\u202e \ud800 \ufffe \U0001f642"
)
ALL = report(*VERDICTS.values(), samples.ADVICE, samples.MILESTONE, breaches=(samples.BREACH,))


def poisoned() -> Report:
    """Every text of a report that a learner or a worker may have written is hostile."""
    window = Window(HOSTILE, (1, 1), (0, 0), (("nan",),), ((1.0,),), ((0, 0),), 1)
    frame = Frame(HOSTILE, 1, HOSTILE, HOSTILE)
    texts = [HOSTILE] * 5
    finding = Finding(
        *texts, trace=(frame,), output=HOSTILE * 50, diagnosis=HOSTILE, windows=(window,)
    )
    results = [
        replace(r, id=f"attend.{v.name}", finding=finding, detail=HOSTILE)
        for v, r in VERDICTS.items()
    ]
    return replace(report(*results, breaches=(Breach("a", HOSTILE, HOSTILE),)), tree=HOSTILE)


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_carries_a_control_character(format):
    text = renderer(format)(poisoned())
    assert not set(text) & set("\x1b\x00\x07\u202e\ud800\ufffe")
    assert text.encode()
    assert text.endswith("\n")


# --- JSON -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [MIXED, ALL, poisoned(), report(OURS), report()])
def test_json_is_what_its_schema_says(shown):
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(json.loads(renderer("json")(shown)), schema())


def test_the_schema_refuses_what_is_no_report():
    data = json.loads(renderer("json")(ALL))
    for spoil in (
        lambda d: d.pop("earned"),
        lambda d: d.update(format="zth-report/0"),
        lambda d: d["lessons"][0]["results"][1].update(verdict="perhaps"),
        lambda d: d["lessons"][0]["results"][1].pop("hint"),
        lambda d: d["lessons"][0]["results"][1]["finding"]["windows"][0].update(shape="2, 3"),
    ):
        spoiled = json.loads(json.dumps(data))
        spoil(spoiled)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoiled, schema())


def test_the_schema_knows_every_field():
    known = {name for d in schema()["$defs"].values() for name in d.get("properties", ())}
    found: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            found.update(value)
            [collect(v) for k, v in value.items() if k not in ("parts", "versions")]
        elif isinstance(value, list):
            [collect(v) for v in value]

    collect(json.loads(renderer("json")(ALL)))
    assert found == known


def test_json_has_no_number_that_json_lacks():
    def refuse(word: str) -> None:
        pytest.fail(f"{word} is no JSON")

    json.loads(renderer("json")(report(samples.NUMBERS)), parse_constant=refuse)


# --- JUnit ----------------------------------------------------------------------------------------

# As Jenkins' xunit plugin has it (junit-10.xsd): an element's attributes and children.
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {"failure", "error", "skipped"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
}


@pytest.mark.parametrize("shown", [MIXED, ALL, poisoned(), report()])
def test_junit_has_the_common_shape(shown):
    root = ET.fromstring(renderer("junit")(shown))
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
        if "time" in element.attrib:
            assert re.fullmatch(r"\d{1,3}(\.\d*)?", element.attrib["time"])
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == sum(c.find(tag) is not None for c in cases)


def kinds(shown: Report) -> list[str]:
    cases = ET.fromstring(renderer("junit")(shown)).iter("testcase")
    return [case[0].tag if len(case) else "passed" for case in cases]


def test_junit_tells_what_a_verdict_means_for_a_build():
    assert kinds(report(*VERDICTS.values())) == [
        "passed",
        "failure",
        "failure",
        "error",
        "error",
        "failure",
        "skipped",
        "error",
    ]


def test_advice_fails_no_build_and_a_breach_does():
    assert kinds(report(samples.ADVICE)) == ["skipped"]
    assert kinds(report(replace(PASSED, earned=0), breaches=(samples.BREACH,))) == [
        "passed",
        "failure",
    ]


# --- Gradescope -----------------------------------------------------------------------------------

TEST_KEYS = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format",
    "tags", "visibility", "extra_data",
}  # fmt: skip
KEYS = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format",
    "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
VISIBLE = {"hidden", "after_due_date", "after_published", "visible"}


def results(shown: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(renderer("gradescope")(shown))
    return found


@pytest.mark.parametrize("shown", [MIXED, ALL, poisoned(), report(PASSED)])
def test_gradescope_gets_its_documented_format(shown):
    data = results(shown)
    assert set(data) <= KEYS
    for test in data["tests"]:
        assert set(test) <= TEST_KEYS
        assert (test["output_format"], test["status"] in ("passed", "failed")) == ("text", True)
        assert 0 <= test["score"] <= test["max_score"]
        assert test["visibility"] in VISIBLE
        assert len(test["output"]) < 9_000
    assert data["stdout_visibility"] == "hidden"


def test_gradescope_adds_up_what_was_earned():
    data = results(MIXED)
    assert "score" not in data
    assert sum(t["score"] for t in data["tests"]) == MIXED.earned
    assert sum(t["max_score"] for t in data["tests"]) == MIXED.points


def test_gradescope_hides_our_failure_from_students_and_says_that_this_is_no_grade():
    data = results(report(PASSED, OURS))
    assert data["score"] == 0
    assert "does not count" in data["output"]
    [ours] = [t for t in data["tests"] if t["visibility"] == "hidden"]
    assert "KeyError" in ours["output"]
    assert "KeyError" not in json.dumps([t for t in data["tests"] if t is not ours])


def test_a_right_check_of_a_component_with_a_breach_says_why_it_earns_nothing():
    [test] = results(report(replace(PASSED, earned=0), breaches=(samples.BREACH,)))["tests"]
    assert (test["score"], test["status"]) == (0, "failed")
    assert "scaled_dot_product_attention" in test["output"]


def test_gradescope_never_shows_the_seed():
    text = renderer("gradescope")(replace(MIXED, seed=918_273_645))
    assert "918273645" not in text


# --- GitHub Classroom -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "status"), [(report(PASSED), "pass"), (MIXED, "fail"), (report(OURS), "error")]
)
def test_the_classroom_adds_up_what_was_earned(shown, status):
    data = json.loads(renderer("classroom")(shown))
    assert (data["version"], data["status"], data["max_score"]) == (1, status, shown.points)
    assert sum(test["score"] for test in data["tests"]) == shown.earned
    assert {test["status"] for test in data["tests"]} <= {"pass", "fail"}


# --- HTML -----------------------------------------------------------------------------------------

VOID = {"meta", "br"}


class Page(HTMLParser):
    """The elements of a page, and whether each that was opened was closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.seen if name == tag]


@pytest.mark.parametrize("shown", [MIXED, ALL, poisoned(), report()])
def test_html_is_whole_and_loads_and_runs_nothing(shown):
    page = Page(renderer("html")(shown))
    assert not page.open
    tags = {tag for tag, _ in page.seen}
    assert not tags & {"script", "img", "link", "iframe", "object", "form", "base", "svg"}
    for _, attributes in page.seen:
        assert not [a for a in attributes if a.startswith("on") or a in ("src", "style", "action")]
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in renderer("html")(shown)


def test_html_can_be_found_ones_way_in():
    page = Page(renderer("html")(ALL))
    assert page.of("html") == [{"lang": "en"}]
    ids = [a["id"] for _, a in page.seen if "id" in a]
    assert len(ids) == len(set(ids))
    assert {f"#{id}" for id in ids} == {a["href"] for a in page.of("a")}
    assert all("scope" in a for a in page.of("th"))
    levels = [tag for tag, _ in page.seen if re.fullmatch("h[1-6]", tag)]
    assert levels == ["h1", "h2", *["h3"] * levels.count("h3")]


def test_html_says_what_is_wrong_without_colour_and_aloud():
    text = renderer("html")(report(WRONG))
    assert text.count('◂<span class="heard"> wrong</span>') == len(
        samples.VALUES.wrong + samples.WEIGHTS.wrong
    )
    assert "<b>✗</b> failed" in text


# --- Markdown -------------------------------------------------------------------------------------


def test_markdown_takes_every_text_literally():
    text = renderer("markdown")(poisoned())
    outside = re.sub(r"(?ms)^(`{3,})text\n.*?\n\1$", "", text)
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", outside)  # without what a backslash escapes
    for sign in ("<script", "</pre>", "<img", "](", "`", "@user", "# heading"):
        assert sign not in bare
    assert outside.count("<details>") == outside.count("</details>") == text.count("````text\n")


def test_each_row_of_the_table_has_its_four_cells():
    rows = [x for x in renderer("markdown")(poisoned()).splitlines() if x.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


# --- the screen -----------------------------------------------------------------------------------

LONG = "a long line of the learner's text that goes on and on " * 12
WORST = replace(
    WRONG,
    title=LONG[:120],
    hint=LONG[:300],
    finding=Finding(
        LONG,
        snippet="\n".join(["x = " + LONG] * 60),
        expected="\n".join([LONG] * 9),
        actual="\n".join([LONG] * 9),
        output=LONG * 20,
        diagnosis=LONG[:200],
        windows=(samples.VALUES, replace(samples.WEIGHTS, wrong=((2, 2),))),
    ),
)
TRACED = replace(
    WORST,
    verdict=Verdict.CRASHED,
    finding=replace(
        WORST.finding, windows=(), trace=(Frame("lesson/file.py", 12, "f", LONG[:90]),) * 30
    ),
)


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("shown", [WRONG, WORST, TRACED, replace(OURS, finding=WORST.finding)])
def test_a_failure_has_25_lines_at_most(shown, width):
    console = Console(file=io.StringIO(), width=width)
    lines = console.render_lines(failure(shown, "zth play toy"))
    assert len(lines) <= 25


def test_what_is_cut_says_so_and_where_all_of_it_is():
    console = Console(file=io.StringIO(), width=80)
    console.print(failure(WORST, ""))
    assert isinstance(console.file, io.StringIO)
    assert "more lines; --format html shows all" in console.file.getvalue()


def test_no_colour_leaves_no_colour_and_every_mark(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    console.print(failure(WRONG, ""))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    colours = [code for codes in re.findall(r"\x1b\[([\d;]*)m", text) for code in codes.split(";")]
    assert not [code for code in colours if code.startswith(("3", "4", "9")) and len(code) > 1]
    assert "◂" in text


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "gbk"])
def test_a_stream_of_few_signs_gets_readable_ones(encoding):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors=ERRORS)
    stream.write(renderer("terminal")(ALL))
    stream.flush()
    text = raw.getvalue().decode(encoding)
    assert re.search("[+✓] Weights sum to 1", text)
    assert re.search("[x✗] With the causal mask", text)
    assert re.search("0.10[<◂]", text)
    assert "?" not in text.replace("stuck?", "")
