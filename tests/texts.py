"""All that zth says to a learner, and what of it a catalogue lacks.

`python -m tests.texts [PREFIX…]` prints what the Chinese catalogue lacks as JSON, ready to be
filled in: the texts whose place begins so ("zth/cli/", "lesson3"). `--add FILE` puts such a file,
filled in, into the catalogue; `--prune` takes out what nothing says any more.
"""

from __future__ import annotations

import ast
import fcntl
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from grader.grading import checks_of
from zth import language
from zth.cli.main import cli
from zth.plugins import Plugins
from zth.records import Verdict

ROOT = Path(__file__).parents[1]
SPEAKERS = {"tr": 0, "BadAnswer": 0, "nearest": 2}  # by which argument
CATALOGUE = language.CATALOGUES / "zh.json"


def texts() -> dict[str, str]:
    """Each English text with the place where it is said first."""
    found: dict[str, str] = {}
    for text, place in (*written(), *_of_records(), *_of_lessons(), *_of_commands("zth", cli)):
        if text:
            found.setdefault(text, place)
    return found


def written() -> Iterator[tuple[str, str]]:
    """The texts that the code gives to `tr` and to BadAnswer as literals."""
    for package in ("zth", "grader"):
        for file in sorted((ROOT / package).rglob("*.py")):
            if {"mutants", "variants"} & set(file.parts):
                continue
            place = str(file.relative_to(ROOT))
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and (name := _name(node.func)) in SPEAKERS:
                    for argument in node.args[SPEAKERS[name] :][:1]:
                        yield from (
                            (text, f"{place}:{node.lineno}") for text in _literals(argument)
                        )


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def _literals(argument: ast.expr) -> Iterator[str]:
    """A literal, or both of `a if … else b`; what is computed is said elsewhere as a literal."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from _literals(argument.body)
        yield from _literals(argument.orelse)


def _of_records() -> Iterator[tuple[str, str]]:
    plugins = Plugins.load()
    for verdict in Verdict:
        yield verdict.value, "verdict"
    for dataset in plugins.datasets().values():
        yield dataset.description, f"dataset {dataset.name}"
    for recipe in plugins.recipes().values():
        yield recipe.description, f"recipe {recipe.name}"
    for route in plugins.routes().values():
        yield route.title, f"path {route.name}"


def _of_lessons() -> Iterator[tuple[str, str]]:
    from grader.explain import about_of

    for lesson in Plugins.load().lessons().values():
        yield lesson.title, lesson.id
        for component in lesson.components:
            yield component.title, f"{lesson.id}.{component.id}"
        for check in checks_of(lesson):
            for text in (check.title, check.hint, about_of(check)[0], *check.steps):
                yield text, f"{lesson.id}.{check.id}"


def _of_commands(name: str, command: click.Command) -> Iterator[tuple[str, str]]:
    yield command.help or "", name
    for param in command.params:
        yield getattr(param, "help", None) or "", f"{name} {param.name}"
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), inner)
            if found:
                yield from _of_commands(f"{name} {inner}", found)


def missing() -> dict[str, str]:
    """What the catalogue lacks, with its place."""
    catalogue = json.loads(CATALOGUE.read_text("utf-8"))
    return {text: place for text, place in texts().items() if text not in catalogue}


def add(new: Mapping[str, str]) -> None:
    """Puts translations into the catalogue, which stays sorted; an empty one is taken out."""
    with CATALOGUE.open("r+", encoding="utf-8") as catalogue:
        fcntl.flock(catalogue, fcntl.LOCK_EX)
        known = json.load(catalogue) | new
        kept = {text: known[text] for text in sorted(known) if known[text]}
        catalogue.seek(0)
        catalogue.truncate()
        catalogue.write(json.dumps(kept, ensure_ascii=False, indent=0) + "\n")


def stale() -> list[str]:
    """What the catalogue holds and nothing says."""
    said = texts()
    return [text for text in json.loads(CATALOGUE.read_text("utf-8")) if text not in said]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--add"]:
        add(json.loads(Path(sys.argv[2]).read_text("utf-8")))
    elif sys.argv[1:] == ["--prune"]:
        add(dict.fromkeys(stale(), ""))
    else:
        wanted = tuple(sys.argv[1:]) or ("",)
        rows = {text: "" for text, place in missing().items() if place.startswith(wanted)}
        print(json.dumps(rows, ensure_ascii=False, indent=0))
