"""The terminal report: calm, complete, and safe whatever a worker printed."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from zth.records import Breach, Finding, Frame, LessonReport, Report, Result, Verdict
from zth.render import renderer
from zth.render.escape import plain

PASSED = Result("a.one", "It works", "a", Verdict.PASSED, 2, 2)
WRONG = Result(
    "a.two",
    "It is right",
    "a",
    Verdict.FAILED,
    3,
    0,
    hint="Look at the sign.",
    finding=Finding("y[0] is 1, expected 2", "f(1)\nprint(y)", "2.0", "1.0", "y[0]"),
)
CRASHED = replace(
    WRONG,
    id="b.three",
    component="b",
    verdict=Verdict.CRASHED,
    finding=Finding("ValueError: no", trace=(Frame("file.py", 7, "f", "raise ValueError('no')"),)),
)


def report(*results: Result, breaches: tuple[Breach, ...] = ()) -> Report:
    lesson = LessonReport("lesson0", "Toy", "zth play lesson0", results, breaches)
    return Report("student", "/tree", "0" * 64, "process", 0, (lesson,), {}, 1.5)


def shown(*results: Result, breaches: tuple[Breach, ...] = ()) -> str:
    return renderer("terminal")(report(*results, breaches=breaches))


def test_full_marks_are_short() -> None:
    text = shown(PASSED)
    assert "✓ It works" in text
    assert "2 of 2 points" in text
    assert "hint" not in text


def test_who_is_stuck_is_told_of_hints_in_their_own_files_alone() -> None:
    assert "zth hint lesson0" in shown(PASSED, WRONG)
    assert "zth hint" not in shown(PASSED)
    assert "zth hint" not in renderer("terminal")(replace(report(WRONG), tree="reference"))


def test_advice_names_its_own_hint_and_holds_nobody_up() -> None:
    stub = replace(CRASHED, verdict=Verdict.NOT_IMPLEMENTED, finding=Finding("not implemented yet"))
    text = shown(PASSED, replace(WRONG, advisory=True, points=0), stub)
    assert "zth hint lesson0 a.two" in text
    assert "next: b" in text
    assert "next: b" not in shown(PASSED, WRONG, stub)


def test_a_detail_of_several_lines_keeps_its_columns() -> None:
    lines = shown(replace(PASSED, detail="4.02 bytes\n\n  0  1.00\n 10  1.13")).splitlines()
    first = next(i for i, line in enumerate(lines) if "✓ It works: 4.02 bytes" in line)
    assert lines[first].rstrip().endswith("2/2")
    assert [line.rstrip() for line in lines[first + 1 : first + 4]] == [
        "",
        "        0  1.00",
        "       10  1.13",
    ]


def test_a_failure_is_told_in_full_and_fits_a_screen() -> None:
    text = shown(PASSED, WRONG)
    for words in (
        "✗ It is right",
        "a.two",
        "y[0] is 1, expected 2",
        "print(y)",
        "Look at the sign.",
        "zth play lesson0",
        "2 of 5 points",
    ):
        assert words in text
    assert len(text.splitlines()) <= 25


def test_a_line_is_left_free_after_the_code_and_no_more() -> None:
    text = shown(replace(WRONG, finding=Finding("no", "f(1)\nprint(y)\n", "2.0", "1.0")))
    assert "    print(y)\n\n  expected   2.0\n" in text


def test_a_crash_shows_the_learners_line() -> None:
    text = shown(CRASHED)
    assert "file.py:7  raise ValueError('no')" in text


def test_only_the_first_failure_of_a_component_is_told() -> None:
    text = shown(WRONG, replace(WRONG, id="a.four", hint="Another hint."), CRASHED)
    assert "Another hint." not in text
    assert "1 more" in text
    assert "ValueError: no" in text


def test_an_untouched_component_is_one_line_and_the_next_step_is_named() -> None:
    stub = replace(WRONG, verdict=Verdict.NOT_IMPLEMENTED, finding=Finding("not implemented yet"))
    text = shown(stub, replace(stub, id="a.five"))
    assert text.count("not implemented yet") == 1
    assert "next: a" in text


def test_what_is_said_of_components_and_checks_stands_in_one_column() -> None:
    stub = replace(WRONG, verdict=Verdict.NOT_IMPLEMENTED, finding=Finding("not implemented yet"))
    longer = replace(stub, id="longer.one", component="longer")
    begun = replace(stub, id="b.three", component="b", title="A longer title")
    text = shown(stub, longer, replace(PASSED, component="b"), begun)
    rows = [row for row in text.splitlines() if "not impl" in row]
    assert [row.index("not impl") for row in rows] == [len("    · A longer title  ")] * 3


def test_what_is_not_there_leads_to_its_stub() -> None:
    gone = replace(
        WRONG, verdict=Verdict.NOT_IMPLEMENTED, finding=Finding("there is no file x/a.py")
    )
    other = replace(gone, id="c.six", component="c")
    text = " ".join(shown(gone, other, CRASHED).split())
    assert "a missing 0/3" in text
    assert "a, c there is no file x/a.py" in text
    assert "next: zth reset lesson0 --component a " in text
    assert "zth hint" not in text
    theirs = renderer("terminal")(replace(report(gone), tree="reference"))
    assert "zth reset" not in theirs
    assert "next: a" in theirs


def test_the_check_that_failed_can_be_had_alone() -> None:
    assert "zth grade lesson0 --check a.two\n" in shown(PASSED, WRONG)
    assert "--check" not in shown(WRONG)
    assert "--check" not in renderer("terminal")(replace(report(PASSED, WRONG), tree="reference"))


def test_a_skipped_check_says_why() -> None:
    skipped = replace(WRONG, verdict=Verdict.SKIPPED, finding=Finding("it needs a.one to pass"))
    assert "it needs a.one to pass" in " ".join(shown(PASSED, skipped).split())


def test_many_checks_that_wait_for_the_same_take_one_row() -> None:
    waiting = replace(WRONG, verdict=Verdict.SKIPPED, finding=Finding("its file is broken"))
    alike = [replace(waiting, id=f"a.{i}", title=f"Check {i}") for i in range(5)]
    text = shown(PASSED, *alike, replace(alike[0], title="Another", finding=Finding("no a.one")))
    assert text.count("its file is broken") == 1
    assert re.search(r"- 5 checks +skipped +0/15\n +its file is broken", text)
    assert re.search(r"- Another +skipped +0/3\n +no a.one", text)
    assert "Check 2" in shown(PASSED, *alike[:3])


def test_the_same_crash_at_the_same_line_is_told_once() -> None:
    again = replace(CRASHED, id="c.four", component="c")
    assert shown(CRASHED, again).count("file.py:7") == 1
    other = replace(again, finding=Finding("ValueError: no", trace=(Frame("file.py", 9, "f"),)))
    assert "file.py:9" in shown(CRASHED, other)


def test_a_breach_is_told_with_its_place() -> None:
    breach = Breach("a", "torch.nn.Thing", "file.py:3")
    text = " ".join(shown(replace(PASSED, earned=0), breaches=(breach,)).split())
    assert "torch.nn.Thing is used at file.py:3: a earns no points" in text


def test_our_own_failure_says_that_the_grade_does_not_count() -> None:
    ours = replace(WRONG, verdict=Verdict.GRADER_ERROR, finding=Finding("the grader failed: x"))
    assert "does not count" in shown(ours)
    assert report(ours).exit_code == 3


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_can_be_shown(verdict: Verdict) -> None:
    assert shown(replace(WRONG, verdict=verdict))


HOSTILE = "\x1b[2J\x1b]0;title\x07 [red]no[/red] \u202eright to left \ud800 \x00 end"


def test_a_workers_text_cannot_reach_the_terminal_as_control() -> None:
    finding = Finding(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, output=HOSTILE * 100)
    trace = (Frame(HOSTILE, 1, HOSTILE, HOSTILE),)
    text = shown(replace(WRONG, finding=replace(finding, trace=trace), detail=HOSTILE))
    assert not set(text) & set("\x1b\x07\x00\u202e\ud800")
    assert "[red]no[/red]" in text
    text.encode("utf-8")


def test_many_lines_are_cut() -> None:
    assert plain("x\n" * 100, lines=3).splitlines() == ["x", "x", "x", "… 98 more lines"]
    assert plain("größer 注意力 🙂 −×√") == "größer 注意力 🙂 −×√"


def test_json_has_every_field_and_its_sums() -> None:
    data = json.loads(renderer("json")(report(PASSED, WRONG, CRASHED)))
    assert (data["format"], data["earned"], data["points"]) == ("zth-report/1", 2, 8)
    [lesson] = data["lessons"]
    assert (lesson["earned"], lesson["passed"]) == (2, False)
    assert lesson["results"][1]["verdict"] == "failed"
    assert lesson["results"][1]["finding"]["where"] == "y[0]"
    assert lesson["results"][2]["finding"]["trace"][0]["line"] == 7
