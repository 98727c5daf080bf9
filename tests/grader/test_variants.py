"""Every variant and the reference get full marks."""

from __future__ import annotations

import pytest

from grader import exam, grading
from zth.plugins import Plugins
from zth.records import Verdict

LESSONS = Plugins.load().lessons()
VARIANTS = [(id, *v) for id, lesson in LESSONS.items() for v in exam.variants(lesson)]
AT_LEAST = {"lesson6": 4}  # of others, six
CORE = {f"lesson{number}" for number in range(1, 6)}


def _seeds(variant):
    """With how many seeds the quick tests play it: one; of later lessons, three variants."""
    lesson, tree, _ = variant
    return int(lesson in CORE or [v[1] for v in VARIANTS if v[0] == lesson].index(tree) < 3)


def _run(one, seed, name, quick):
    return pytest.param(
        one, seed, id=f"{name}-{seed}", marks=() if seed < quick else pytest.mark.slow
    )


def _accepted(variant, warm, **options):
    lesson, tree, components = variant
    report = exam.accept(LESSONS[lesson], tree, components, warm, **options)
    assert components
    assert report.results
    # A training loop of its own, without a model of its own, has nothing to reach a milestone with.
    counted = [
        r for r in report.results if not r.milestone or lesson != "lesson5" or "gpt" in components
    ]
    assert not [(r.id, r.verdict, r.finding) for r in counted if r.earned != r.points]


@pytest.mark.parametrize(
    ("variant", "seed"),
    [_run(v, seed, f"{v[0]}-{v[1].name}", _seeds(v)) for v in VARIANTS for seed in range(20)],
)
def test_a_variant_gets_full_marks(variant, seed, warm):
    _accepted(variant, warm, seed=seed, milestone="none")


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v[0]}-{v[1].name}")
def test_a_variant_reaches_the_milestones(variant, warm):
    _accepted(variant, warm)


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_component_has_variants_enough(lesson):
    defined = [id for _, components in exam.variants(LESSONS[lesson]) for id in components]
    few = {c.id: defined.count(c.id) for c in LESSONS[lesson].components if defined.count(c.id) < 4}
    assert not few


def _right(lesson, warm, **options):
    report = grading.grade(LESSONS[lesson], Plugins.load().trees()["reference"], warm, **options)
    assert report.results
    wrong = [(r.id, r.verdict, r.finding) for r in report.results if r.verdict != Verdict.PASSED]
    assert not wrong
    assert not report.breaches


@pytest.mark.parametrize(
    ("lesson", "seed"), [_run(id, seed, id, 1) for id in LESSONS for seed in range(20)]
)
def test_the_reference_gets_full_marks_without_a_breach(lesson, seed, warm):
    _right(lesson, warm, seed=seed, selection=grading.Selection(milestone="none"))


@pytest.mark.parametrize(
    "lesson", ["lesson1", "lesson4", pytest.param("lesson5", marks=pytest.mark.slow)]
)
def test_the_reference_reaches_the_quick_milestones(lesson, warm):
    """That of lesson 5 trains for most of a minute."""
    quick = [c.id for c in grading.checks_of(LESSONS[lesson]) if c.milestone and c.quick]
    _right(lesson, warm, selection=grading.Selection(checks=quick))


@pytest.mark.parametrize("lesson", LESSONS)
def test_there_are_enough(lesson):
    assert sum(1 for _ in exam.variants(LESSONS[lesson])) >= AT_LEAST.get(lesson, 6)
