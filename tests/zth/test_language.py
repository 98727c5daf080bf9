"""The language of what is said: how it is chosen, and what a text becomes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from zth import language
from zth.language import listed, preferred, taken, tr


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    """A small catalogue in place of the whole one."""
    texts = {
        "no folder {path}": "没有文件夹 {path}",
        "points": "分",
        "{a} of {b}": "{b} 中的 {a}",
        ", ": "、",
    }
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh/zth.json").write_text(json.dumps(texts, ensure_ascii=False), "utf-8")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language._catalogue.cache_clear()
    language.use("zh")
    yield
    language.use("en")
    language._catalogue.cache_clear()


def test_english_is_what_the_code_says():
    assert tr("no folder {path}", path="/x") == "no folder /x"
    assert tr("braces {stay} without values") == "braces {stay} without values"


def test_a_translation_may_turn_the_order_round(chinese):
    assert tr("no folder {path}", path="/x") == "没有文件夹 /x"
    assert tr("{a} of {b}", a=1, b=2) == "2 中的 1"


def test_what_the_catalogue_lacks_is_said_in_english(chinese):
    assert tr("not there {x}", x=1) == "not there 1"


def test_a_list_has_the_comma_of_its_language(chinese):
    assert listed(["a", "b"]) == "a、b"
    language.use("en")
    assert listed(["a", "b"]) == "a, b"


def test_a_context_speaks_its_own_language_and_other_threads_theirs(chinese):
    with language.speaking("en"), ThreadPoolExecutor(1) as other:
        assert tr("points") == "points"
        assert other.submit(tr, "points").result() == "分"
        with language.speaking("zh"):
            assert (tr("points"), language.chosen()) == ("分", "zh")
        assert language.chosen() == "en"
    assert tr("points") == "分"


def test_values_are_never_read_as_places(chinese):
    assert tr("no folder {path}", path="{path}") == "没有文件夹 {path}"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh-TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "C", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "ZTH_LANG": "en"}, "en"),
    ],
)
def test_the_environment_chooses(environment, expected):
    assert preferred(environment) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["grade", "lesson3"], (None, ["grade", "lesson3"])),
        (["grade", "lesson3", "--lang", "zh"], ("zh", ["grade", "lesson3"])),
        (["--lang", "zh", "grade", "lesson3"], ("zh", ["grade", "lesson3"])),
        (["grade", "--lang=zh", "lesson3"], ("zh", ["grade", "lesson3"])),
        (["--lang=en", "grade", "--lang", "zh"], ("zh", ["grade"])),
        (["grade", "--", "--lang", "zh"], (None, ["grade", "--", "--lang", "zh"])),
        (["grade", "--lang"], ("", ["grade"])),
        (["grade", "--lang="], ("", ["grade"])),
    ],
)
def test_the_option_may_stand_anywhere(given, expected):
    assert taken(given) == expected
