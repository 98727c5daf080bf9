"""What a chapter shows of a mistake is what zth prints for it."""

from __future__ import annotations

import pytest

from grader.mutations import mutants
from tests import shown
from zth.plugins import Plugins

LESSONS = Plugins.load().lessons()
CHAPTER = """\
Text.

??? failure "Lost"
    Why.

    <!-- shown: lost -->
    ```text
    old

    words
    ```

<!-- shown: new-one -->

```text
another listing
```
"""


def test_a_listing_belongs_to_the_mutant_before_it() -> None:
    assert shown.shown(CHAPTER) == {"lost": "old\n\nwords\n", "new-one": ""}
    assert "old" not in shown.without(CHAPTER)
    assert "another listing" in shown.without(CHAPTER)


def test_a_listing_is_put_in_place_or_made() -> None:
    said = {"lost": "✗ a\n\n  b\n", "new-one": "✗ c\n"}
    text = shown.renewed(CHAPTER, said.__getitem__)
    assert shown.shown(text) == said
    assert "\n    ✗ a\n\n      b\n    ```\n" in text
    assert "\n```text\n✗ c\n```\n\n```text\nanother listing\n```\n" in text
    assert shown.renewed(text, said.__getitem__) == text


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_editions_show_the_same_mistakes(lesson: str) -> None:
    english, chinese = (
        list(shown.shown(file.read_text("utf-8")))
        for file in shown.editions(LESSONS[lesson]).values()
    )
    assert english == chinese
    assert set(english) <= {mutant.name for mutant in mutants(LESSONS[lesson])}


@pytest.mark.parametrize("speaks", ["en", "zh"])
def test_what_is_shown_first_is_what_zth_prints(speaks: str) -> None:
    _shows_what_zth_prints("lesson1", speaks, 1)


@pytest.mark.slow
@pytest.mark.parametrize("speaks", ["en", "zh"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_what_is_shown_is_what_zth_prints(lesson: str, speaks: str) -> None:
    _shows_what_zth_prints(lesson, speaks)


def _shows_what_zth_prints(lesson: str, speaks: str, most: int | None = None) -> None:
    file = shown.editions(LESSONS[lesson])[speaks]
    kept = list(shown.shown(file.read_text("utf-8")).items())[:most]
    with shown.printing(LESSONS[lesson], speaks) as prints:
        assert [(name, prints(name)) for name, _ in kept] == kept
