"""What zth itself offers, registered the way a third party's plugin is."""

from __future__ import annotations

from collections.abc import Iterable

import click

from zth.hookspecs import hookimpl
from zth.records import Dataset, Tier, Tree


@hookimpl
def zth_commands() -> Iterable[click.Command]:
    from zth.cli.data import data
    from zth.cli.dev import dev
    from zth.cli.diff import diff
    from zth.cli.init import init
    from zth.cli.play import play
    from zth.cli.plugins import plugins
    from zth.cli.reset import reset
    from zth.cli.sample import sample
    from zth.cli.solution import solution
    from zth.cli.status import status
    from zth.cli.train import train

    return [init, status, diff, reset, solution, train, sample, data, plugins, play, dev]


@hookimpl
def zth_trees() -> Iterable[Tree]:
    from zth import trees

    return trees.builtin()


@hookimpl
def zth_datasets() -> Iterable[Dataset]:
    from zth.data import DATASETS

    return DATASETS


@hookimpl
def zth_sandboxes() -> Iterable[Tier]:
    from zth.host.sandbox import TIERS

    return TIERS
