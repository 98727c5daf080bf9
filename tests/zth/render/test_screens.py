"""Every screen of a report, as it was when somebody last looked at it (see tests/snapshots.py)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.snapshots import same
from tests.zth.render import samples
from tests.zth.render.samples import report
from zth import language
from zth.records import Finding, Verdict
from zth.render import FORMATS, renderer
from zth.render.json import schema
from zth.render.terminal import render

HERE = Path(__file__).with_name("snapshots")
SCHEMA = Path(__file__).parents[3] / "docs/reference/report.schema.json"
SUFFIX = {
    "terminal": "txt",
    "json": "json",
    "markdown": "md",
    "junit": "xml",
    "html": "html",
    "gradescope": "gradescope.json",
    "classroom": "classroom.json",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder from which no path is shorter than the whole one."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict(verdict):
    shown = samples.VERDICTS[verdict]
    same(HERE / f"{verdict.name.lower()}.txt", render(report(samples.PASSED, shown), 80))


@pytest.mark.parametrize("format", FORMATS)
def test_each_format(format):
    same(HERE / f"mixed.{SUFFIX[format]}", renderer(format)(samples.MIXED))


@pytest.mark.parametrize("width", [100, 80, 40])
def test_each_width(width):
    numbers = replace(samples.NUMBERS, id="attend.numbers", component="numbers")
    vector = replace(samples.WRONG.finding, windows=(samples.VECTOR,), snippet="")
    grad = replace(numbers, id="grad.grad", component="grad", finding=vector)
    same(HERE / f"{width}.txt", render(report(samples.WRONG, numbers, grad), width))


def test_in_ascii_alone():
    text = render(samples.MIXED, 80, ascii=True)
    assert text.isascii()
    same(HERE / "plain.txt", text)


def test_a_breach():
    right = replace(samples.PASSED, earned=0)
    same(HERE / "breach.txt", render(report(right, breaches=(samples.BREACH,)), 80))


def test_a_milestone():
    same(HERE / "milestone.txt", render(report(samples.PASSED, samples.MILESTONE), 80))


def test_of_another_tree():
    same(HERE / "reference.txt", render(report(samples.WRONG, tree="reference"), 80))


def test_nothing_written_yet():
    same(HERE / "stubs.txt", render(report(samples.STUB), 80))


def test_files_that_are_not_there():
    gone = [
        replace(
            samples.STUB,
            id=f"{name}.same",
            component=name,
            finding=Finding("there is no file toy/toy.py in /home/me; tyo.py is there: rename it"),
        )
        for name in ("attend", "multihead")
    ]
    same(HERE / "missing.txt", render(report(*gone, samples.STUB), 80))


CHINESE = {
    "Toy attention": "玩具注意力",
    "Weights sum to 1": "权重之和为 1",
    "With the causal mask, aligned at the bottom right": "因果掩码，右下对齐",
    "expected {name}": "期望的 {name}",
    "got": "得到",
    "hint": "提示",
    "{earned} of {points} points": "{points} 分中的 {earned} 分",
}


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    """A small catalogue in place of the whole one, which grows."""
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh/zth.json").write_text(json.dumps(CHINESE, ensure_ascii=False), "utf-8")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language._catalogue.cache_clear()
    language.use("zh")
    yield
    language.use("en")
    language._catalogue.cache_clear()


@pytest.mark.parametrize("format", ["terminal", "html", "markdown"])
def test_in_chinese(chinese, format):
    shown = report(samples.PASSED, samples.WRONG)
    same(HERE / f"zh.{SUFFIX[format]}", renderer(format)(shown))


def test_the_published_schema():
    same(SCHEMA, json.dumps(schema(), indent=2) + "\n")
