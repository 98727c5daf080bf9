"""`zth plugins`: what is installed, what it offers, and what is wrong with it."""

from __future__ import annotations

import click

from zth.language import tr


@click.command()
@click.option("--strict", is_flag=True, help="Fail (exit 1) if any plugin has a problem.")
def plugins(strict: bool) -> int:
    """List the plugins and what each offers."""
    from zth.plugins import Plugins

    loaded = Plugins.load()
    offers = loaded.offers()
    for name, lines in offers.items():
        origin = loaded.origins.get(name)
        click.echo(f"{name}  ({origin})" if origin else name)
        for line in lines:
            click.echo(f"  {line}")
    for problem in loaded.problems:
        click.echo(
            tr(
                "warning: plugin {plugin}: {message}",
                plugin=problem.plugin,
                message=problem.message,
            ),
            err=True,
        )
    return 1 if strict and loaded.problems else 0
