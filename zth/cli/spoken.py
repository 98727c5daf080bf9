"""Commands in the chosen language: the help that we wrote for them, and click's own words."""

from __future__ import annotations

import gettext
import inspect
import sys
from copy import copy
from typing import Any, TypeVar

import click

from zth.language import tr

C = TypeVar("C", bound=click.Command)

NUMBERS = ("integer", "integer range", "float", "float range")
TYPES = (*NUMBERS, "file", "directory")  # what click calls them where a value is none


def teach() -> None:
    """Has click take its own words from our catalogue, "Usage:" and "Missing argument" among them.

    click asks gettext, whose translations are compiled files; each module of click has gettext's
    functions under names of its own, and it is these names that we give another meaning.
    """
    meanings = {gettext.gettext: tr, gettext.ngettext: _counted}
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] == "click":
            for alias in ("_", "ngettext"):
                asked = vars(module).get(alias)
                if asked in meanings:
                    setattr(module, alias, meanings[asked])


def _counted(one: str, many: str, n: int) -> str:
    return tr(one if n == 1 else many)


def spoken(command: C) -> C:
    """The command with its help in the chosen language."""
    told = copy(command)
    told.help = tr(inspect.cleandoc(command.help)) if command.help else None
    told.options_metavar = command.options_metavar and tr(command.options_metavar)
    told._help_option = None  # which click keeps in the language in which it was asked for first
    told.params = [_spoken_param(param) for param in command.params]
    if isinstance(told, click.Group) and isinstance(command, click.Group):
        told.subcommand_metavar = tr(command.subcommand_metavar)
        told.commands = {name: spoken(inner) for name, inner in command.commands.items()}
    return told


def _spoken_param(param: click.Parameter) -> click.Parameter:
    told = copy(param)
    if noun := _noun(param.type):
        told.type = copy(param.type)
        told.type.name = tr(noun)
    if noun in NUMBERS:
        told.metavar = param.metavar or "N"
    if isinstance(told, click.Option) and isinstance(param, click.Option) and param.help:
        told.help = tr(param.help)
    return told


def _noun(type: click.ParamType[Any]) -> str:
    """Which of TYPES it is, if one. A path was named when it was made, in whatever language."""
    if isinstance(type, click.Path) and not (type.file_okay and type.dir_okay):
        return "file" if type.file_okay else "directory"
    return type.name if type.name in NUMBERS else ""
