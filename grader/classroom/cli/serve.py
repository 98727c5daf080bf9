"""`zth class serve` and `zth class work`: the pages of a class, and who grades what comes."""

from __future__ import annotations

import click

WEB = ("starlette", "jinja2", "uvicorn", "argon2", "python_multipart", "js_lib_htmx")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="N",
    help="0 takes one that is free.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that grade; else one per core.",
)
@click.option("--no-worker", is_flag=True, help="Grade nothing; zth class work does.")
def serve(host: str, port: int, workers: int | None, no_worker: bool) -> None:
    """Serve the pages of the class.

    The boards; for each student a page to hand in and to read reports; for instructors how the
    class stands. What is handed in is stored and queued; processes of their own grade it, which are
    started with this one. It may be killed and started again at any time, and loses nothing.
    """
    from grader.classroom.cli import NEEDED, check_extra

    check_extra(*NEEDED, *WEB)
    from grader.classroom import runner
    from grader.classroom.web import serving

    serving.serve(host, port, 0 if no_worker else workers or runner.cores())


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is left to grade.")
def work(once: bool) -> None:
    """Grade what students hand in by the web.

    `zth class serve` starts such workers itself. More may run, here or on another machine that has
    the class's folder and its store.
    """
    from grader.classroom.cli import check_extra

    check_extra()
    from grader.classroom.settings import Classroom
    from grader.classroom.web import worker

    worker.end_when_told()
    worker.work(Classroom.open(), once=once)
