"""`zth play`: opens a lesson's chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zth.cli.arguments import LESSON
from zth.language import listed, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command()
@click.argument("lesson", type=LESSON, metavar="LESSON[#SECTION]")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Serve it here, not at any free port."
)
@click.option("--text", is_flag=True, help="Print the chapter instead.")
def play(lesson: str, port: int, text: bool) -> None:
    """Open a lesson's chapter.

    In the browser; without one, and over SSH, under an address that is printed. Ctrl-C ends it.
    """
    from zth import pages
    from zth.cli.lessons import named

    name, _, section = lesson.partition("#")
    file = pages.chapter(named(name))
    if section:
        _check(section, name, pages.sections(file.read_text("utf-8")))
    if text:
        _print(file)
    else:
        _serve(file, port, f"#{section}" if section else "")


def _check(section: str, lesson: str, known: Sequence[str]) -> None:
    """Raises ZthError, with the nearest first, where the section is none of the chapter's."""
    import difflib

    from zth.records import ZthError

    if section not in known:
        near = difflib.get_close_matches(section, known, 1)
        there = listed([*near, *(id for id in known if id not in near)])
        raise ZthError(
            tr(
                "{lesson} has no section {section!r}; there are: {sections}",
                lesson=lesson,
                section=section,
                sections=there,
            )
        )


def _print(file: Path) -> None:
    from rich.console import Console

    from zth import pages
    from zth.render.chapter import Chapter

    Console().print(Chapter(pages.as_text(file.read_text("utf-8"))))


def _serve(file: Path, port: int, section: str) -> None:
    import webbrowser

    from zth import pages

    folder, page = pages.place(file)
    with pages.server(folder, port) as server:
        port = server.server_address[1]
        address = f"http://{pages.HOST}:{port}/{page}{section}"
        if far := _tunnel(port):
            click.echo(tr("on your own machine: {command}", command=far))
            click.echo(tr("and then open there: {address}", address=address))
        elif not _has_browser() or not webbrowser.open(address):
            click.echo(tr("no browser here to open it in: {address}", address=address))
        else:
            click.echo(address)
        click.echo(tr("Ctrl-C ends it"))
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()


def _tunnel(port: int) -> str:
    """The command that brings the port to the machine that is in front of the learner; over SSH."""
    import getpass
    import os

    connection = os.environ.get("SSH_CONNECTION", "").split()
    if len(connection) != 4:
        return ""
    *_, host, at = connection
    other = "" if at == "22" else f"-p {at} "
    return f"ssh -N {other}-L {port}:127.0.0.1:{port} {getpass.getuser()}@{host}"


def _has_browser() -> bool:
    """Whether there is a screen, and a browser for it: one inside this terminal would take it."""
    import os
    import sys
    import webbrowser

    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
