"""Progress: what two gradings say together, and files that survive."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from zth import progress
from zth.progress import Entry, Progress
from zth.records import Breach, Component, Finding, LessonReport, Result, Verdict, ZthError

OUTLINE = [
    Entry("a.one", "One", "a", 2),
    Entry("a.more", "More", "a", 0, advisory=True),
    Entry("b.two", "Two", "b", 3),
    Entry("b.run", "Run", "b", 5, milestone=True),
]
SOURCES = {"a": "11", "b": "22"}


def result(id: str, verdict: Verdict = Verdict.PASSED) -> Result:
    points = {e.id: e.points for e in OUTLINE}.get(id, 1)
    earned = points if verdict is Verdict.PASSED else 0
    found = Finding("it \x1b[1m is\nwrong \udc80", trace=())
    return Result(id, id, id.partition(".")[0], verdict, points, earned, finding=found)


def report(*results: Result, breaches: tuple[Breach, ...] = ()) -> LessonReport:
    return LessonReport("toy", "Toy", "", results, breaches)


def known(*results: Result, breaches: tuple[Breach, ...] = ()) -> Progress:
    return progress.merged(None, OUTLINE, report(*results, breaches=breaches), SOURCES)


def test_before_anything_passes_nothing_is_earned() -> None:
    p = known(result("a.one", Verdict.FAILED))
    assert (p.earned, p.points, p.complete) == (0, 10, False)
    assert [e.id for e in p.open] == ["a.one", "b.two"]


@pytest.mark.parametrize(
    ("one", "two", "first"),
    [
        (Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED, "a.one"),
        (Verdict.NOT_IMPLEMENTED, Verdict.FAILED, "b.two"),
        (Verdict.FLAKY, Verdict.FAILED, "a.one"),
        (Verdict.PASSED, Verdict.NOT_IMPLEMENTED, "b.two"),
    ],
)
def test_first_comes_what_went_wrong(one: Verdict, two: Verdict, first: str) -> None:
    found = known(result("a.one", one), result("b.two", two)).first
    assert found is not None
    assert found.id == first
    assert known(result("a.one"), result("b.two")).first is None


def test_advice_and_milestones_are_no_condition() -> None:
    p = known(result("a.one"), result("b.two"), result("a.more", Verdict.FAILED))
    assert p.complete
    assert (p.earned, p.points) == (5, 10)
    assert [e.name for e in p.milestones] == ["run"]


def test_a_later_grading_of_one_component_leaves_the_others() -> None:
    first = known(result("a.one"), result("b.two", Verdict.FAILED), result("b.run"))
    both = progress.merged(
        first, OUTLINE, report(result("b.two")), {"a": "not looked at", "b": "33"}
    )
    assert both.earned == 10
    assert both.sources == {"a": "11", "b": "33"}
    worse = progress.merged(both, OUTLINE, report(result("a.one", Verdict.CRASHED)), SOURCES)
    assert worse.earned == 8
    assert worse.of("b").earned == worse.of("b").points == 8


def test_after_an_upgrade_the_new_checks_and_points_count() -> None:
    old = known(result("a.one"), result("b.two"))
    outline = [replace(OUTLINE[0], points=4), Entry("b.new", "New", "b", 1)]
    p = progress.merged(old, outline, report(), SOURCES)
    assert (p.earned, p.points) == (4, 5)
    assert [e.id for e in p.open] == ["b.new"]


def test_a_breach_costs_its_component_all_points_until_it_is_gone() -> None:
    breach = Breach("a", "torch", "a.py:1")
    p = known(result("a.one"), result("b.two"), breaches=(breach,))
    assert (p.earned, p.complete) == (3, False)
    still = progress.merged(p, OUTLINE, report(result("b.two")), SOURCES)
    assert still.breaches == (breach,)
    again = progress.merged(p, OUTLINE, report(result("b.two"), breaches=(breach,)), SOURCES)
    assert again.breaches == (breach,)
    gone = progress.merged(p, OUTLINE, report(result("a.one")), SOURCES)
    assert (gone.earned, gone.breaches) == (5, ())


def test_the_graders_own_error_takes_nothing_away() -> None:
    old = known(result("a.one"))
    p = progress.merged(old, OUTLINE, report(result("a.one", Verdict.GRADER_ERROR)), {"a": "44"})
    assert p.earned == 2
    assert p.sources == {"a": "11"}


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    assert progress.read(tmp_path, "toy") is None
    breach = Breach("b", "torch", "b.py:1")
    progress.record(tmp_path, OUTLINE, report(result("a.one"), breaches=(breach,)), SOURCES)
    got = progress.read(tmp_path, "toy")
    assert got is not None
    assert (got.earned, got.breaches, got.sources) == (2, (breach,), {"a": "11"})
    assert got.entries[0].result is not None
    assert got.entries[0].result.finding is not None
    assert got.entries[0].result.finding.message == "it \x1b[1m is\nwrong ?"
    progress.record(tmp_path, OUTLINE, report(result("b.two")), SOURCES)
    got = progress.read(tmp_path, "toy")
    assert got is not None
    assert got.earned == 5


def test_git_ignores_it_in_any_repository(tmp_path: Path) -> None:
    progress.record(tmp_path, OUTLINE, report(), SOURCES)
    assert (tmp_path / ".zth" / ".gitignore").read_text("utf-8") == "*\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The file of a lesson that was graded."""
    progress.record(tmp_path, OUTLINE, report(result("a.one"), result("b.two")), SOURCES)
    return tmp_path / ".zth" / "progress" / "toy.json"


def damages(whole: bytes) -> list[bytes]:
    data = json.loads(whole)
    changed = [
        {**data, "entries": 3},
        {**data, "sources": {"a": 5}},
        {**data, "format": "a-recipe/1"},
        {**data, "entries": [{**data["entries"][0], "points": "many"}]},
    ]
    deep = b"[" * 100_000
    return [b"", b"\xff\xfe", b"[]", b"3", deep, *(json.dumps(x).encode() for x in changed)]


def test_a_damaged_file_is_one_line_and_is_written_anew(written: Path) -> None:
    workspace, whole = written.parents[2], written.read_bytes()
    broken = [*damages(whole), *(whole[:n] for n in range(0, len(whole) - 2, 97))]
    for body in broken:
        written.write_bytes(body)
        with pytest.raises(ZthError, match="is damaged; this writes it anew: zth grade toy") as e:
            progress.read(workspace, "toy")
        assert "\n" not in str(e.value)
    progress.record(workspace, OUTLINE, report(result("a.one")), SOURCES)
    got = progress.read(workspace, "toy")
    assert got is not None
    assert got.earned == 2


def test_a_newer_format_is_told_and_left_alone(written: Path) -> None:
    body = json.dumps({"format": "zth-progress/2", "rows": []})
    written.write_text(body, "utf-8")
    for use in (
        lambda: progress.read(written.parents[2], "toy"),
        lambda: progress.record(written.parents[2], OUTLINE, report(), SOURCES),
    ):
        with pytest.raises(progress.Newer, match="another version of zth; upgrade zth"):
            use()
    assert written.read_text("utf-8") == body


def test_an_interrupted_write_leaves_the_old_file_whole(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = written.read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        progress.record(written.parents[2], OUTLINE, report(result("a.one")), SOURCES)
    assert written.read_bytes() == whole
    assert [*written.parent.iterdir()] == [written]


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".zth").write_text("", "utf-8")
    with pytest.raises(ZthError, match="cannot write"):
        progress.record(tmp_path, OUTLINE, report(), SOURCES)
    with pytest.raises(ZthError, match="cannot be read"):
        progress.read(tmp_path, "toy")


def test_a_file_that_changed_is_told_once(tmp_path: Path) -> None:
    components = [Component(id, id, "toy/x.py", id) for id in "ab"]
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "x.py").write_text("1", "utf-8")
    p = replace(known(), sources=progress.fingerprints(tmp_path, components))
    assert progress.changed(tmp_path, p, components) == []
    (tmp_path / "toy" / "x.py").write_text("2", "utf-8")
    assert progress.changed(tmp_path, p, components) == ["toy/x.py"]
    (tmp_path / "toy" / "x.py").unlink()
    assert progress.changed(tmp_path, p, components) == ["toy/x.py"]
    assert progress.changed(tmp_path, known(), components) == []


def test_its_json_has_every_field(written: Path) -> None:
    data = json.loads(written.read_text("utf-8"))
    assert data.keys() == {"format", *asdict(known())}
