"""A lesson's chapter: its sections, and whether text and code say the same.

Where the chapter states a figure that the code decides, a comment names it, as in
`at least 97 %<!-- milestones.ENOUGH -->`: the module beside the lesson's checks, then the name.
Where a page quotes a measured number, the comment names where it is in the data of a figure, as in
`4.02<!-- figures.bytes_per_token.rows.7.bytes_per_token -->` (see `grader.figures`); the page may
round it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import math
import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

from grader.kit import Check
from zth.language import tr
from zth.records import Lesson

CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+?)(?: \{ #([\w-]+) \})?$", re.MULTILINE)
FIGURE = re.compile(r"(?:(−?\d[\d.,]*)( ?%)?)?<!-- (\w+)\.([\w.]+) -->")
MEASURED = "figures"  # stands for a module, and is none
BOUND = re.compile(r"at (?:least|most) (\d+(?:[.,]\d+)*)")


def sections(chapter: str) -> dict[str, str]:
    """What each section says, in one line and without its listings, by its anchor ("mask").

    The anchor is the heading's own, `{ #mask }`, or made of its words, as MkDocs makes it.
    """
    _, *rest = HEADING.split(CODE.sub("", chapter))
    named = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return {id or _slug(title): " ".join(text.split()) for title, id, text in named}


def _slug(title: str) -> str:
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())


def stale_figures(chapter: str, lesson: Lesson) -> Iterator[str]:
    """The figures that the chapter states, and the code has otherwise or not at all."""
    package = lesson.checks.rpartition(".")[0]
    for said, percent, module, name in FIGURE.findall(chapter):
        if module == MEASURED:
            continue
        try:
            figure = attrgetter(name)(importlib.import_module(f"{package}.{module}"))
        except (ImportError, AttributeError):
            yield tr("names {figure}, which is not there", figure=f"{module}.{name}")
            continue
        if not said:
            yield tr("names {figure}, but no number before it", figure=f"{module}.{name}")
        elif not math.isclose(_number(said) / (100 if percent else 1), figure):
            yield _otherwise(said + percent, f"{module}.{name}", figure)


def stale_numbers(page: str, folder: Path) -> Iterator[str]:
    """The numbers that a page quotes, and the data of the figures in the folder have otherwise."""
    for said, percent, module, name in FIGURE.findall(page):
        if module != MEASURED:
            continue
        try:
            measured = _measured(folder, *name.split("."))
        except (OSError, LookupError, TypeError, ValueError):
            yield tr("names {figure}, which is not there", figure=f"{module}.{name}")
            continue
        _, _, decimals = said.partition(".")
        rounding = 0.5 * 10.0 ** -len(decimals) * (1 + 1e-9)
        if not said:
            yield tr("names {figure}, but no number before it", figure=f"{module}.{name}")
        elif abs(_number(said) - measured * (100 if percent else 1)) > rounding:
            yield _otherwise(said + percent, f"{module}.{name}", measured)


def _otherwise(said: str, figure: str, value: object) -> str:
    return tr("says {said}, but {figure} is {value}", said=said, figure=figure, value=value)


def _measured(folder: Path, name: str, *path: str) -> float:
    """The number at the end of a path through a figure's data."""
    found: Any = json.loads((folder / f"{name}.json").read_text("utf-8"))["data"]
    for step in path:
        found = found[int(step) if isinstance(found, list) else step]
    return float(found)


def stale_bounds(milestone: Check) -> Iterator[str]:
    """What the milestone's texts call "at least" or "at most", and its module never mentions."""
    module = inspect.getmodule(milestone.function)
    assert module is not None
    used = {
        float(node.value)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }
    for text in (milestone.title, milestone.about, milestone.hint, *milestone.steps):
        for said in BOUND.findall(text):
            if _number(said) not in used:
                yield tr("speaks of {said}, which its module does not", said=said)


def _number(said: str) -> float:
    return float(said.replace(",", "").replace("−", "-"))
