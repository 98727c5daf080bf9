"""What the build puts into pages of the reference: the command line, and JSON Schemas as tables.

`<!-- commands -->` becomes what `zth … --help` says of every command, in the language of the
edition; `<!-- schema NAME -->` the tables of `docs/reference/NAME.schema.json`.
"""

from __future__ import annotations

import html
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig

from zth import language
from zth.cli.main import cli
from zth.cli.spoken import spoken, teach

COMMANDS = "<!-- commands -->"
SCHEMA = re.compile(r"^<!-- schema (\w+) -->$", re.MULTILINE)
CHINESE = r"[\u3000-\u9fff\uff00-\uffef]"
# Where a line's end is no space, and what needs none behind it.
WITHIN = re.compile(rf"(?<={CHINESE})\n(?={CHINESE})|(?<=[、。，：；（])\s")
SCHEMAS = Path(__file__).parents[1] / "reference"
WORDS = {"en": ("option", "what it does", "Commands: "), "zh": ("选项", "作用", "命令：")}


def on_page_markdown(markdown: str, config: MkDocsConfig, **_: Any) -> str:
    if COMMANDS in markdown:
        teach()
        with language.speaking(config.theme["language"]):
            top = click.Context(spoken(cli), info_name="zth")
            markdown = markdown.replace(COMMANDS, "\n".join(section(top)))
    return SCHEMA.sub(lambda mark: "\n".join(tables(mark[1])), markdown)


# --- the command line -----------------------------------------------------------------------------


def section(ctx: click.Context) -> Iterator[str]:
    """A command's section, and those of the commands in it."""
    command, path = ctx.command, ctx.command_path
    yield f"## {path} {{ #{path.replace(' ', '-')} }}\n"
    yield f"```text\n{ctx.get_usage().partition(' ')[2].strip()}\n```\n"
    yield from explained(command.help or "")
    yield from options(ctx)
    if isinstance(command, click.Group):
        inner = list(subcommands(ctx, command))
        yield f"{WORDS[language.chosen()][2]}{language.listed(map(link, inner))}\n"
        for each in inner:
            yield from section(each)


def subcommands(ctx: click.Context, group: click.Group) -> Iterator[click.Context]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command
        yield click.Context(command, parent=ctx, info_name=name)


def link(ctx: click.Context) -> str:
    path = ctx.command_path
    return f"[{path}](#{path.replace(' ', '-')})"


def explained(text: str) -> Iterator[str]:
    """A help text as Markdown: a paragraph behind click's \\b keeps its lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b\n"):
            yield f"```text\n{paragraph[2:]}\n```\n"
        else:
            yield f"{WITHIN.sub('', paragraph)}\n"


def options(ctx: click.Context) -> Iterator[str]:
    """The table of the options, without `--help`, which every command has."""
    option, does, _ = WORDS[language.chosen()]
    params = [param for param in ctx.command.params if isinstance(param, click.Option)]
    records = filter(None, (param.get_help_record(ctx) for param in params))
    rows = [f"| {code(names)} | {cell(said)} |" for names, said in records]
    if rows:
        yield "\n".join([f"| {option} | {does} |", "|---|---|", *rows, ""])


def code(names: str) -> str:
    """What to type."""
    return f"<code>{cell(names)}</code>"


def cell(text: str) -> str:
    """A text in one cell of a table, which may break where it is long, so that it fits a phone."""
    shown = html.escape(WITHIN.sub("", " ".join(text.split())), quote=False)
    return shown.replace("|", "&#124;<wbr>").replace("&lt;=", "&lt;=<wbr>")


# --- schemas --------------------------------------------------------------------------------------


def tables(name: str) -> Iterator[str]:
    """A section for each record of a schema: what it is, and its fields with their types."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    for title, record in schema["$defs"].items():
        yield f"### {title} {{ #{name}-{title.lower()} }}\n"
        yield inspect.cleandoc(record["description"]) + "\n"
        if "enum" in record:
            yield ", ".join(f"`{json.dumps(value)}`" for value in record["enum"]) + "\n"
        if fields := record.get("properties"):
            rows = (f"| `{field}` | {kind(given, name)} |" for field, given in fields.items())
            yield "\n".join(["| field | is |", "|---|---|", *rows, ""])


def kind(given: Mapping[str, Any], schema: str) -> str:
    """What a field may be, in words; records are links to their sections."""
    if "$ref" in given:
        title = given["$ref"].rpartition("/")[2]
        return f"[{title}](#{schema}-{title.lower()})"
    if "anyOf" in given:
        return " or ".join(kind(option, schema) for option in given["anyOf"])
    if given.get("type") == "array":
        if "prefixItems" in given:
            inner = ", ".join(kind(item, schema) for item in given["prefixItems"])
            return f"array of exactly: {inner}"
        return f"array of: {kind(given['items'], schema)}"
    if "additionalProperties" in given:
        return f"object, by name: {kind(given['additionalProperties'], schema)}"
    values = [given["const"]] if "const" in given else given.get("enum", [])
    return " or ".join(f"`{json.dumps(value)}`" for value in values) or given["type"]
