"""The pictures of the terminal show what is said now, and ask for nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.text import Text

from grader import grading
from grader.mutations import mutants
from tests import pictures
from zth import language
from zth.language import tr
from zth.plugins import Plugins

SVG = "{http://www.w3.org/2000/svg}"
CHANCE = {r"\d+\.\d+ (s|秒)\b": r"SECONDS \1", r"bwrap|landlock|process": "SANDBOX"}
STALE = "the terminal says something else now: python -m tests.pictures, and look at the pictures"


def settled(text: str) -> list[str]:
    """The lines, with what differs from run to run put under one name."""
    for pattern, name in CHANCE.items():
        text = re.sub(pattern, name, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def said(name: str, spoken: str, size: str) -> list[str]:
    """What the picture says."""
    text = ET.parse(pictures.file(name, spoken, size)).findtext(f"{SVG}desc")
    assert text
    return settled(text)


@pytest.mark.parametrize(("name", "spoken", "size"), pictures.EVERY)
def test_a_picture_draws_all_that_it_says(name: str, spoken: str, size: str) -> None:
    root = ET.parse(pictures.file(name, spoken, size)).getroot()
    drawn = "".join(text.text or "" for text in root.iter(f"{SVG}text"))
    told = f"$ {root.findtext(f'{SVG}title')}{root.findtext(f'{SVG}desc')}"
    assert "".join(drawn.split()) == "".join(told.split())
    asked = [v for e in root.iter() for v in e.attrib.values() if "://" in v or "url(" in v]
    assert not asked


@pytest.mark.parametrize(("name", "spoken", "size"), pictures.EVERY)
def test_a_picture_says_what_the_lesson_does(name: str, spoken: str, size: str) -> None:
    """Titles, points, the hint and the mistake, which is quicker than to record the screen."""
    lesson = Plugins.load().lessons()["lesson3"]
    checks = [check for check in grading.checks_of(lesson) if not check.milestone]
    first = next(check for check in checks if check.id == "sdpa.causal_matches_the_formula")
    mistake = next(m.mistake for m in mutants(lesson) if m.name == "mask-off-by-one")
    titles = [c.title for c in checks if c.component.id == "sdpa"]
    lines = said(name, spoken, size)
    with language.speaking(spoken):
        beside = rf"({tr('skipped')})? +\d+/\d+$"  # in another column than the title
        flat = "".join("".join(re.sub(beside, "", line).split()) for line in lines)
        for text in (first.title, first.hint, mistake, *(titles if name == "grade" else ())):
            assert "".join(tr(text).split()) in flat, STALE
    for component in lesson.components:
        points = sum(c.points for c in checks if c.component.id == component.id)
        row = rf"{component.id}\b.*\d+/{points}\b"
        assert any(re.search(row, line) for line in lines), STALE


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux plays the terminal")
@pytest.mark.parametrize(("name", "spoken", "size"), pictures.EVERY)
def test_a_picture_is_of_the_screen_as_it_is(
    name: str, spoken: str, size: str, tmp_path: Path
) -> None:
    lines = pictures.recorded(name, spoken, size, tmp_path)
    shown = "\n".join(Text.from_ansi(line).plain for line in lines)
    assert settled(shown) == said(name, spoken, size), STALE
