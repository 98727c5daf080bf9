"""All that zth says to a learner, and what of it a catalogue lacks.

`python -m tests.texts [PREFIX…]` prints what the Chinese catalogue lacks as JSON, ready to be
filled in: the texts whose place begins so ("zth/cli/", "lesson3"). `--add FILE` puts such a file,
filled in, into the catalogue; `--prune` takes out what nothing says any more.
"""

from __future__ import annotations

import ast
import fcntl
import inspect
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from jinja2 import Environment, nodes

from grader import figures
from grader.figures.record import read
from grader.grading import checks_of
from grader.mutations import mutants
from zth import language
from zth.cli import spoken
from zth.cli.main import cli
from zth.plugins import Plugins
from zth.probing import PROBES
from zth.records import Verdict

ROOT = Path(__file__).parents[1]
SPEAKERS = {"tr": 0, "BadAnswer": 0, "nearest": 2}  # by which argument
ELSEWHERE = {"text", "about", "noun"}  # variables that hold texts of records, or of other calls
CLICK = (  # what click, 8.2 and later, may say to a user; where two are alike, the older is first
    *("Usage:", "Options", "Positional arguments", "Commands", "[OPTIONS]"),
    *("[COMMAND] [ARGS]...", "COMMAND [ARGS]...", "default: {default}", "(dynamic)"),
    *("Error: {message}", "Try '{command} {option}' for help."),
    *("Missing argument", "Missing option", "Missing parameter", "Missing command."),
    *("No such option: {name}", "No such option {name!r}.", "No such command {name!r}."),
    *("Did you mean {possibility}?", "(Possible options: {possibilities})"),
    "(Did you mean one of: {possibilities}?)",
    "Got unexpected extra argument ({args})",
    "Got unexpected extra arguments ({args})",
    *("Takes {nargs} values but 1 was given.", "Takes {nargs} values but {len} were given."),
    *("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    *("Option {name!r} does not take a value.", "Argument {name!r} takes {nargs} values."),
    *("Invalid value: {message}", "Invalid value for {param_hint}: {message}"),
    *("{value!r} is not one of {choices}.", "{value!r} is not {choice}."),
    *("{value!r} is not a valid {number_type}.", "{value} is not in the range {range}."),
    *("{name} {filename!r} does not exist.", "{name} {filename!r} is a directory."),
    *("{name} {filename!r} is a file.", "{name} {filename!r} is not readable."),
    *("{name} {filename!r} is not writable.", "Could not open file {filename!r}: {message}"),
)
CATALOGUE = language.CATALOGUES / "zh"
LESSON = re.compile(r"(?:grader/lessons/)?(lesson\d+)[._]")  # at the beginning of a place


@dataclass(frozen=True)
class Said:
    """A text, where it is said, and whether values are filled in."""

    text: str
    place: str
    formatted: bool = False


def texts() -> dict[str, Said]:
    """Each English text, as it is said first."""
    found: dict[str, Said] = {}
    records = (*_of_records(), *_of_lessons(), *_of_commands("zth", cli), *_of_click())
    for said in (*written(), *(Said(text, place) for text, place in records)):
        if said.text:
            found.setdefault(said.text, said)
    return found


def written() -> Iterator[Said]:
    """What the code gives to `tr`, BadAnswer and `nearest`, as a literal or by a variable; and what
    templates do."""
    for place, function, call, argument in _calls():
        for text in _literals(argument, function):
            yield Said(text, place, formatted=bool(call.keywords))
    yield from _in_templates()


def unclear() -> list[str]:
    """Where it cannot be seen what is said."""
    return [
        f"{place}: {argument.id}"
        for place, function, _, argument in _calls()
        if isinstance(argument, ast.Name) and argument.id not in ELSEWHERE
        if not list(_literals(argument, function))
    ]


def _calls() -> Iterator[tuple[str, ast.AST, ast.Call, ast.expr]]:
    """Place, surrounding function or module, call, and the argument that is said."""
    for package in ("zth", "grader"):
        for file in sorted((ROOT / package).rglob("*.py")):
            if not {"mutants", "variants"} & set(file.parts):
                module = ast.parse(file.read_text("utf-8"))
                for function, call in _within(module, module):
                    for argument in call.args[SPEAKERS[_name(call.func)] :][:1]:
                        yield f"{file.relative_to(ROOT)}:{call.lineno}", function, call, argument


def _in_templates() -> Iterator[Said]:
    """What pages give to `tr`: a literal, or both of `a if … else b`."""
    for file in sorted(ROOT.glob("grader/**/templates/*.html")):
        for call in Environment().parse(file.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "tr":
                for text in _constants(call.args[0]):
                    place = f"{file.relative_to(ROOT)}:{call.lineno}"
                    yield Said(text, place, formatted=bool(call.kwargs))


def _constants(argument: nodes.Expr) -> Iterator[str]:
    if isinstance(argument, nodes.Const):
        yield argument.value
    elif isinstance(argument, nodes.CondExpr) and argument.expr2:
        yield from _constants(argument.expr1)
        yield from _constants(argument.expr2)


def _within(node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Call) and _name(inner.func) in SPEAKERS:
            yield function, inner
        own = isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _within(inner, inner if own else function)


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def _literals(argument: ast.expr, function: ast.AST) -> Iterator[str]:
    """A literal, both of `a if … else b`, or what a variable of the function is set to."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from _literals(argument.body, function)
        yield from _literals(argument.orelse, function)
    elif isinstance(argument, ast.Name):
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and argument.id in map(_name, node.targets):
                yield from _literals(node.value, function)


def _of_records() -> Iterator[tuple[str, str]]:
    plugins = Plugins.load()
    for verdict in Verdict:
        yield verdict.value, "verdict"
    for dataset in plugins.datasets().values():
        yield dataset.description, f"dataset {dataset.name}"
    for recipe in plugins.recipes().values():
        yield recipe.description, f"recipe {recipe.name}"
    for tier in plugins.sandboxes().values():
        yield tier.description, f"sandbox {tier.name}"
    for probe in PROBES:
        yield probe.title, f"probe {probe.id}"
    for route in plugins.routes().values():
        yield route.title, f"path {route.name}"
    for name in figures.NAMES:
        yield figures.load(name).title, f"figure {name}"
    for name, benchmark in read("speed")["data"]["benchmarks"].items():
        for row in benchmark["rows"].values():
            yield from ((row[key], f"benchmark {name}") for key in ("what", "against"))
    for one in read("ablations")["data"]["ablations"]:
        yield one["off"], "figure ablations"


def _of_lessons() -> Iterator[tuple[str, str]]:
    from grader.explain import about_of

    for lesson in Plugins.load().lessons().values():
        yield lesson.title, lesson.id
        for component in lesson.components:
            yield component.title, f"{lesson.id}.{component.id}"
        for check in checks_of(lesson):
            for text in (check.title, check.hint, about_of(check)[0], *check.steps):
                yield text, f"{lesson.id}.{check.id}"
        for mutant in mutants(lesson):
            yield mutant.mistake, f"{lesson.id}.{mutant.name}"


def _of_click() -> Iterator[tuple[str, str]]:
    yield from ((text, "click") for text in (*CLICK, *spoken.TYPES))


def _of_commands(name: str, command: click.Command) -> Iterator[tuple[str, str]]:
    yield inspect.cleandoc(command.help or ""), name
    for param in command.params:
        yield getattr(param, "help", None) or "", f"{name} {param.name}"
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), inner)
            if found:
                yield from _of_commands(f"{name} {inner}", found)


def missing() -> dict[str, str]:
    """What the catalogue lacks, with its place."""
    known = catalogue()
    return {text: said.place for text, said in texts().items() if text not in known}


def stale() -> list[str]:
    """What the catalogue holds and nothing says."""
    said = texts()
    return [text for text in catalogue() if text not in said]


def catalogue() -> dict[str, str]:
    """The catalogue: Chinese by English."""
    known: dict[str, str] = {}
    for file in CATALOGUE.glob("*.json"):
        known |= json.loads(file.read_text("utf-8"))
    return known


def home(said: Said | None) -> str:
    """The file for a text: that of the lesson that says it, or the one for all else."""
    lesson = said and LESSON.match(said.place)
    return f"{lesson[1]}.json" if lesson else "zth.json"


def add(new: Mapping[str, str]) -> None:
    """Puts translations into the catalogue, each into its file; an empty one is taken out."""
    with (CATALOGUE / "zth.json").open(encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        said, files = texts(), defaultdict[str, dict[str, str]](dict)
        for text, chinese in sorted((catalogue() | new).items()):
            if chinese:
                files[home(said.get(text))][text] = chinese
        for name, known in files.items():
            content = json.dumps(known, ensure_ascii=False, indent=0) + "\n"
            (CATALOGUE / name).write_text(content, "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--add"]:
        add(json.loads(Path(sys.argv[2]).read_text("utf-8")))
    elif sys.argv[1:] == ["--prune"]:
        add(dict.fromkeys(stale(), ""))
    else:
        wanted = tuple(sys.argv[1:]) or ("",)
        rows = {text: "" for text, place in missing().items() if place.startswith(wanted)}
        print(json.dumps(rows, ensure_ascii=False, indent=0))
