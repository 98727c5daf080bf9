"""`zth dev`: for those who look after zth and the machines that it runs on."""

from __future__ import annotations

import click


@click.group()
def dev() -> None:
    """Look after zth itself."""
