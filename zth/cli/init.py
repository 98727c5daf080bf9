"""`zth init`: a workspace with the stubs."""

from __future__ import annotations

from pathlib import Path

import click

from zth.records import ZthError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def init(folder: Path) -> None:
    """Make a workspace with the exercises in FOLDER; never overwrites a file."""
    import shutil

    from zth import trees

    source = trees.shipped(trees.STUBS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = 0
        for file in sorted(source.glob("lesson*/**/*.py")):
            target = folder / file.relative_to(source)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
                new += 1
        marker = folder / trees.MARKER
        if not marker.exists():
            marker.write_text("# The root of a zth workspace.\n", encoding="utf-8")
    except OSError as error:
        raise ZthError(f"cannot write to {error.filename or folder}: {error.strerror}") from None
    click.echo(
        f"{new} exercise files written to {folder}" if new else f"nothing to add to {folder}"
    )
    click.echo(
        "next: zth grade lesson1"
        if folder == Path()
        else f"next: cd {folder}, then zth grade lesson1"
    )
