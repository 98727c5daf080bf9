"""`zth class grade`: all submissions in a folder."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("source", required=False, type=click.Path(path_type=Path), metavar="SUBMISSIONS")
@click.option(
    "--lessons", default="", metavar="LESSON,…", help="Only these; without it all of class.toml."
)
@click.option("--resume", is_flag=True, help="Go on with the last run, which was interrupted.")
@click.option(
    "--regrade",
    default="",
    metavar="REASON",
    help="Grade again what has a grade; the log keeps why.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; else one per core.")
@click.option(
    "--on", "address", default="", metavar="ADDRESS", help="A Dask scheduler: tcp://…, tls://…"
)
@click.option("--sandbox", default="", metavar="TIER", help="Another than class.toml says.")
def grade(
    source: Path | None,
    lessons: str,
    resume: bool,
    regrade: str,
    jobs: int | None,
    address: str,
    sandbox: str,
) -> int:
    """Grade all SUBMISSIONS: a folder of folders, zip and tar files, Git checkouts.

    Only what has no grade yet is graded: a new submission, a new lesson, or anything when the
    grader or the limits have changed. Every grade is kept as soon as it is there. Exit status: 0,
    or 3 where the grader itself was at fault.
    """
    from grader.classroom.cli import NEEDED, check_extra

    check_extra(*NEEDED, *(["distributed"] if address else []))
    from grader.classroom.passes import Wanted, run

    return run(Wanted(source, lessons, resume, regrade, jobs, address, sandbox))
