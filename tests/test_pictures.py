"""The pictures of the terminal show what is said now, and ask for nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.text import Text

from tests import pictures
from zth.records import Report
from zth.render import terminal

SVG = "{http://www.w3.org/2000/svg}"
CHANCE = {r"\d+\.\d+ (s|秒)\b": r"SECONDS \1", r"bwrap|landlock|process": "SANDBOX"}
STALE = "the terminal says something else now: python -m tests.pictures, and look at the pictures"


class Run(Protocol):
    def __call__(self, *arguments: str | Path, cwd: Path) -> CompletedProcess[str]: ...


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


def test_the_picture_of_grade_is_of_what_it_says_now(zth: Run, tmp_path: Path) -> None:
    mine = pictures.workspace(tmp_path)
    pictures.write(mine)
    file = tmp_path / "report.json"
    zth("grade", "lesson3", "--format", "json", "-o", file, cwd=mine)
    report = msgspec.json.decode(file.read_bytes(), type=Report)
    for size, width in pictures.WIDTHS.items():
        assert settled(terminal.render(report, width)) == said("grade", "en", size), STALE


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux plays the terminal")
@pytest.mark.parametrize(("name", "spoken", "size"), pictures.EVERY)
def test_a_picture_is_of_the_screen_as_it_is(
    name: str, spoken: str, size: str, tmp_path: Path
) -> None:
    lines = pictures.recorded(name, spoken, size, tmp_path)
    shown = "\n".join(Text.from_ansi(line).plain for line in lines)
    assert settled(shown) == said(name, spoken, size), STALE
