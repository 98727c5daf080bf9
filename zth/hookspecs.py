"""The hooks that a plugin may implement. Each returns plain records; nothing heavy is imported.

A plugin is a module named by an entry point of the group `zth`:

    [project.entry-points.zth]
    my_plugin = "my_package.zth_plugin"

whose functions are marked with `zth.hookspecs.hookimpl`. A hook is called when its answer is
needed, so that `zth --help` stays fast; import what is heavy inside your commands, not beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from zth.records import Dataset, Lesson, Recipe, Route, Tier, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

PROJECT = "zth"

F = TypeVar("F", bound="Callable[..., Any]")

_spec = pluggy.HookspecMarker(PROJECT)
_impl = pluggy.HookimplMarker(PROJECT)


def hookspec(function: F) -> F:
    """pluggy's marker, with the type kept."""
    return _spec(function)


def hookimpl(function: F) -> F:
    """Marks a plugin's function as the implementation of the hook of the same name."""
    return _impl(function)


@hookspec
def zth_lessons() -> Iterable[Lesson]:
    """Lessons to grade. Two plugins that claim one lesson id are an error that names both."""
    raise NotImplementedError


@hookspec
def zth_routes() -> Iterable[Route]:
    """Orders in which to take the lessons: what `zth init --path NAME` can name."""
    raise NotImplementedError


@hookspec
def zth_trees() -> Iterable[Tree]:
    """Named folders that implement components: what `--impl NAME` and `--with slot=NAME` find."""
    raise NotImplementedError


@hookspec
def zth_recipes() -> Iterable[Recipe]:
    """What `zth train` can train."""
    raise NotImplementedError


@hookspec
def zth_datasets() -> Iterable[Dataset]:
    """Corpora that `zth data` lists and fetches."""
    raise NotImplementedError


@hookspec
def zth_sandboxes() -> Iterable[Tier]:
    """Tiers of confinement for the processes that run learners' code: what `--sandbox` can name."""
    raise NotImplementedError


@hookspec
def zth_commands() -> Iterable[click.Command]:
    """Commands of the command line. Heavy imports belong inside their bodies."""
    raise NotImplementedError
