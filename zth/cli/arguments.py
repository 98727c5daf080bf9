"""Arguments that name something: where one is missing, or wrong, it is told which there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from zth.language import listed, tr
from zth.records import ZthError

RUNS = Path("runs")
FEW, NEWEST = 10, 5


class Named(click.types.StringParamType):
    """A name of those that are known. The command itself looks it up."""

    def __init__(self, noun: str, known: Callable[[], Iterable[str]]) -> None:
        self.name, self.known = noun, known

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str | None:  # noqa: ARG002
        names = list(self.known())
        if not names or ctx is None:
            return None
        some = listed(names[:FEW]) + (tr(" … ({n} in all)", n=len(names)) if names[FEW:] else "")
        command = f"{ctx.command_path} {names[0]}"
        return tr("One of: {some}. For example: {command}", some=some, command=command)


def _lessons() -> Iterable[str]:
    from zth.plugins import Plugins

    return Plugins.load().lessons()


def _recipes() -> Iterable[str]:
    from zth.plugins import Plugins

    return Plugins.load().recipes()


def _datasets() -> Iterable[str]:
    from zth.plugins import Plugins

    return Plugins.load().datasets()


LESSON, RECIPE, DATASET = (
    Named("lesson", _lessons),
    Named("recipe", _recipes),
    Named("dataset", _datasets),
)


class RunFolder(click.Path):
    """A folder that `zth train` made."""

    def __init__(self) -> None:
        super().__init__()

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from zth.runs import CONFIG

        path = Path(str(super().convert(value, param, ctx)))
        if not (path / CONFIG).exists():
            raise ZthError(tr("there is no run {path}; {others}", path=path, others=_runs()))
        return path

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str | None:  # noqa: ARG002
        found = _runs()
        return found[:1].upper() + found[1:]


def _runs() -> str:
    """Which runs there are, and how to make one."""
    from zth.runs import CONFIG

    files = sorted(RUNS.glob(f"*/{CONFIG}"), key=lambda file: file.stat().st_mtime, reverse=True)
    command = f"zth train {next(iter(_recipes()), 'RECIPE')}"
    if not files:
        folder = RUNS.absolute()
        return tr("in {folder} there is none; make one: {command}", folder=folder, command=command)
    return tr(
        "in {folder} there are, the newest first: {runs}; a new one: {command}",
        folder=RUNS.absolute(),
        runs=listed(str(file.parent) for file in files[:NEWEST]),
        command=command,
    )
