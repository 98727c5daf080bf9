"""`zth class`: one module for each command; what is heavy is imported in their bodies."""

from __future__ import annotations

import importlib.util

import click

from zth.language import tr
from zth.records import ZthError

NEEDED = ("sqlalchemy", "alembic")


@click.group(name="class")
def class_() -> None:
    """Grade a class, and keep a board that can be trusted."""


def check_extra(*packages: str) -> None:
    """Raises ZthError where what a command needs beyond zth's core is not installed."""
    for package in packages or NEEDED:
        if importlib.util.find_spec(package) is None:
            raise ZthError(
                tr(
                    'this needs {package}, which is not installed: pip install "zth[class]"',
                    package=package,
                )
            )
