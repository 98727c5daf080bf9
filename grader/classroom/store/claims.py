"""Rows that wait to be done, each by one worker at a time; what a dead one left is done by another.

A table of such rows has the columns id, stage, problem, worker, claimed and claims.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, case, or_, select, update

from grader.classroom.records import Stage
from zth.language import tr

LEASE = timedelta(minutes=10)  # after so long, a worker that has not said a word counts as dead
CLAIMS = 3  # so many workers may die of one row


def claim(connection: Connection, table: Table, worker: str, now: datetime) -> int | None:
    """The next row that nobody does, which is then the worker's; None without one."""
    left = and_(table.c.stage == Stage.GRADING, table.c.claimed < now - LEASE)
    _give_up(connection, table, left)
    first = (
        select(table.c.id)
        .where(or_(table.c.stage == Stage.WAITING, left))
        .order_by(table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    id: int | None = connection.execute(first).scalar()
    if id is not None:
        connection.execute(
            update(table)
            .where(table.c.id == id)
            .values(stage=Stage.GRADING, worker=worker, claimed=now, claims=table.c.claims + 1)
        )
    return id


def hold(connection: Connection, table: Table, id: int, worker: str, now: datetime) -> bool:
    """Keeps a claim alive; False where the row is no longer the worker's."""
    own = and_(table.c.id == id, _claimed_by(table, worker))
    return connection.execute(update(table).where(own).values(claimed=now)).rowcount > 0


def release(connection: Connection, table: Table, worker: str, *, died: bool) -> int:
    """Has all that the worker claimed wait again, where it stood, and says how many rows that is.

    What it `died` of may have been its own fault, and is given up after CLAIMS such deaths.
    """
    own = _claimed_by(table, worker)
    if died:
        _give_up(connection, table, own)
    claims = table.c.claims if died else case((table.c.claims > 0, table.c.claims - 1), else_=0)
    return connection.execute(
        update(table).where(own).values(stage=Stage.WAITING, worker="", claims=claims)
    ).rowcount


def _claimed_by(table: Table, worker: str) -> ColumnElement[bool]:
    return and_(table.c.worker == worker, table.c.stage == Stage.GRADING)


def _give_up(connection: Connection, table: Table, left: ColumnElement[bool]) -> None:
    """Refuses those of the rows that CLAIMS workers have left undone."""
    problem = tr("grading was begun {n} times and never came to its end", n=CLAIMS)
    connection.execute(
        update(table)
        .where(left, table.c.claims >= CLAIMS)
        .values(stage=Stage.REFUSED, problem=problem)
    )
