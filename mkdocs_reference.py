"""The command line as a page: what `zth … --help` says of every command, put in by the build.

It replaces the comment `<!-- commands -->` of a page, in the language of the edition.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig

from zth import language
from zth.cli.main import cli
from zth.cli.spoken import spoken, teach

MARK = "<!-- commands -->"
WORDS = {"en": ("option", "what it does", "Commands: "), "zh": ("选项", "作用", "命令：")}


def on_page_markdown(markdown: str, config: MkDocsConfig, **_: Any) -> str:
    if MARK not in markdown:
        return markdown
    teach()
    with language.speaking(config.theme["language"]):
        top = click.Context(spoken(cli), info_name="zth")
        return markdown.replace(MARK, "\n".join(section(top)))


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
    return f"[`{path}`](#{path.replace(' ', '-')})"


def explained(text: str) -> Iterator[str]:
    """A help text as Markdown: a paragraph behind click's \\b keeps its lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b\n"):
            yield f"```text\n{paragraph[2:]}\n```\n"
        else:
            yield f"{paragraph}\n"


def options(ctx: click.Context) -> Iterator[str]:
    """The table of the options, without `--help`, which every command has."""
    option, does, _ = WORDS[language.chosen()]
    params = [param for param in ctx.command.params if isinstance(param, click.Option)]
    records = filter(None, (param.get_help_record(ctx) for param in params))
    rows = [f"| `{cell(names)}` | {cell(said)} |" for names, said in records]
    if rows:
        yield "\n".join([f"| {option} | {does} |", "|---|---|", *rows, ""])


def cell(text: str) -> str:
    """A text in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
