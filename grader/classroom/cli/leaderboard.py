"""`zth class leaderboard`: which boards there are, or one as a table."""

from __future__ import annotations

import click


@click.command()
@click.argument("board", default="", metavar="[BOARD]")
@click.option("--measure", is_flag=True, help="First measure what is missing, one by one.")
@click.option("--names", is_flag=True, help="Students' ids beside their aliases: for you alone.")
@click.option("--disqualify", default="", metavar="STUDENT", help="Take an entry out; say why.")
@click.option("--readmit", default="", metavar="STUDENT", help="Take that back; say why.")
@click.option("--reason", default="", metavar="TEXT", help="Why; the board shows it.")
@click.option("--sandbox", default="", metavar="TIER", help="Another than class.toml says.")
def leaderboard(
    board: str,
    measure: bool,
    names: bool,
    disqualify: str,
    readmit: str,
    reason: str,
    sandbox: str,
) -> int:
    """Show BOARD, or which boards there are.

    The numbers are the grader's own, with seeds drawn from the class's secret. What is measured is
    each student's newest submission, where it passes the checks of what the board is about. Exit
    status: 0, or 1 where a measurement did not come to its end.
    """
    from grader.classroom.cli import check_extra

    check_extra()
    from grader.classroom.standings import Asked, run

    return run(Asked(board, measure, names, disqualify, readmit, reason, sandbox))
