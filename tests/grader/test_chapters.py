"""Text and code say the same: figures, bounds, sections, pitfalls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader import chapters, exam
from grader.diagnosis import address
from grader.exam import Examination
from grader.grading import checks_of
from grader.mutations import mutants
from zth.host import Nursery
from zth.plugins import Plugins

LESSONS = Plugins.load().lessons()
MOONS = next(check for check in checks_of(LESSONS["lesson1"]) if check.milestone)
CHAPTER = """# Title

Begins.

## From scores to weights

It says
this.

```python
# no heading
```

## The mask { #mask }

And that.
"""


def test_sections_go_by_their_own_anchor_or_by_their_words() -> None:
    expected = {"title": "Begins.", "from-scores-to-weights": "It says this.", "mask": "And that."}
    assert chapters.sections(CHAPTER) == expected


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("97 %<!-- milestones.ENOUGH -->", None),
        ("0.97<!-- milestones.ENOUGH -->", None),
        ("1,000<!-- milestones.TRAIN --> of", None),
        ("98 %<!-- milestones.ENOUGH -->", "says 98 %, but milestones.ENOUGH is 0.97"),
        ("2,000<!-- milestones.TRAIN -->", "says 2,000, but milestones.TRAIN is 1000"),
        ("many<!-- milestones.TRAIN -->", "names milestones.TRAIN, but no number before it"),
        ("9<!-- milestones.GONE -->", "names milestones.GONE, which is not there"),
        ("9<!-- gone.TRAIN -->", "names gone.TRAIN, which is not there"),
        ("no figure <!-- nor a name -->", None),
    ],
)
def test_a_figure_is_compared_with_what_decides_it(said: str, problem: str | None) -> None:
    found = [*chapters.stale_figures(said, LESSONS["lesson1"])]
    assert found == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("1.67<!-- figures.merges.rows.1.gained -->", None),
        ("2<!-- figures.merges.rows.1.gained -->", None),
        ("5.2 %<!-- figures.merges.split -->", None),
        ("1,274<!-- figures.merges.steps --> steps", None),
        ("−3.2<!-- figures.merges.ratio -->", None),
        ("3.2<!-- figures.merges.ratio -->", "says 3.2, but figures.merges.ratio is -3.203"),
        ("97 %<!-- milestones.ENOUGH -->", None),
        (
            "1.68<!-- figures.merges.rows.1.gained -->",
            "says 1.68, but figures.merges.rows.1.gained is 1.672",
        ),
        ("5.3 %<!-- figures.merges.split -->", "says 5.3 %, but figures.merges.split is 0.0522"),
        (
            "many<!-- figures.merges.steps -->",
            "names figures.merges.steps, but no number before it",
        ),
        (
            "9<!-- figures.merges.rows.2.gained -->",
            "names figures.merges.rows.2.gained, which is not there",
        ),
        ("9<!-- figures.merges.name -->", "names figures.merges.name, which is not there"),
        ("9<!-- figures.merges.rows -->", "names figures.merges.rows, which is not there"),
        ("9<!-- figures.gone.steps -->", "names figures.gone.steps, which is not there"),
    ],
)
def test_a_number_is_compared_with_the_data_of_its_figure(
    said: str, problem: str | None, tmp_path: Path
) -> None:
    data = {
        "rows": [{"gained": 1.0}, {"gained": 1.672}],
        "split": 0.0522,
        "steps": 1274,
        "ratio": -3.203,
    }
    kept = {"figure": "merges", "data": {**data, "name": "SGD"}}
    (tmp_path / "merges.json").write_text(json.dumps(kept))
    assert [*chapters.stale_numbers(said, tmp_path)] == ([problem] if problem else [])
    assert not [*chapters.stale_figures(said, LESSONS["lesson1"])]


def test_a_milestone_speaks_of_no_bound_but_its_own() -> None:
    assert not [*chapters.stale_bounds(replace(MOONS, hint="at least 1,000 points"))]
    found = [*chapters.stale_bounds(replace(MOONS, steps=("at most 1,234.5 points",)))]
    assert found == ["speaks of 1,234.5, which its module does not"]


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_each_lesson_says_is_what_its_code_says(lesson: str, nursery: Nursery) -> None:
    assert not [*Examination(LESSONS[lesson], nursery, (0,)).text()]


def test_what_leads_nowhere_is_a_fault(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = mutants(LESSONS["lesson1"])
    changed = [replace(first, section="nowhere"), replace(second, pitfall="never said")]
    monkeypatch.setattr(exam, "mutants", lambda lesson: changed)
    faults = {
        fault.name: fault.problem for fault in Examination(LESSONS["lesson1"], nursery, (0,)).text()
    }
    assert faults == {
        first.name: "leads to #nowhere, which is no section",
        second.name: f"quotes what #{second.section} does not say: never said",
    }


@pytest.mark.parametrize("id", [id for id in LESSONS if id != "lesson5"])
def test_each_known_mistake_leads_to_a_section_that_speaks_of_it(id: str, root: Path) -> None:
    lesson = LESSONS[id]
    said = chapters.sections((root / lesson.chapter).read_text("utf-8"))
    for mutant in mutants(lesson):
        chapter, _, section = address(mutant, lesson, checks_of(lesson)).partition("#")
        assert chapter == lesson.chapter
        assert mutant.pitfall, mutant.name
        assert mutant.pitfall in said[section], mutant.name
