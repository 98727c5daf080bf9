"""What instructors want to have graded again, and what workers have of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, insert, select, update

from grader.classroom.records import Regrade, Stage
from grader.classroom.store import claims
from grader.classroom.store.base import Part
from grader.classroom.store.tables import columns, regrades, uploads, values

_REGRADE = columns(Regrade, regrades)


class Regrades(Part):
    """Wishes to grade again: waiting, being done, done, or given up; and workers' ends."""

    def order(self, wanted: Iterable[Regrade]) -> None:
        """Notes what is to be graded again: all of it, or nothing."""
        rows = [{**values(one), "worker": "", "claims": 0} for one in wanted]
        if rows:
            with self._database.writing() as connection:
                connection.execute(insert(regrades), rows)

    def next_order(self, worker: str) -> Regrade | None:
        """The next of them, which is then the worker's, as with uploads; None without one."""
        with self._database.writing() as connection:
            id = claims.claim(connection, regrades, worker, self._now())
            if id is None:
                return None
            row = connection.execute(select(*_REGRADE).where(regrades.c.id == id)).one()
            return Regrade(*row)

    def hold_order(self, id: int, worker: str) -> bool:
        """Keeps a claim alive; False where it is no longer the worker's."""
        with self._database.writing() as connection:
            return claims.hold(connection, regrades, id, worker, self._now())

    def close_order(self, id: int, problem: str = "") -> None:
        """Says that it is done, or why it cannot be."""
        stage = Stage.REFUSED if problem else Stage.DONE
        with self._database.writing() as connection:
            connection.execute(
                update(regrades).where(regrades.c.id == id).values(stage=stage, problem=problem)
            )

    def orders(self, most: int) -> list[Regrade]:
        """The newest, the newest first."""
        query = select(*_REGRADE).order_by(regrades.c.id.desc()).limit(most)
        with self._database.reading() as connection:
            return [Regrade(*row) for row in connection.execute(query)]

    def open_orders(self) -> int:
        """How many are not done yet."""
        undone = regrades.c.stage.in_([Stage.WAITING, Stage.GRADING])
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).where(undone)).scalar_one())

    def release(self, worker: str, *, died: bool) -> int:
        """Has all that a worker claimed wait again, uploads too: it has ended.

        What it `died` of is given up after some deaths.
        """
        with self._database.writing() as connection:
            return sum(
                claims.release(connection, table, worker, died=died)
                for table in (uploads, regrades)
            )
