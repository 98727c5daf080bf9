"""What the boards stand on: measurements, and instructors' rulings."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, insert, or_, select

from grader.classroom.records import Measurement, Ruling, Submission
from grader.classroom.store import tables
from grader.classroom.store.base import Part
from grader.classroom.store.columns import Points
from grader.classroom.store.tables import (
    columns,
    measurements,
    nothing,
    rulings,
    submissions,
    values,
)

_WITH_CURVE = columns(Measurement, measurements, curve=tables.curves.c.points)
_WITHOUT = columns(Measurement, measurements, curve=nothing(Points))
_RULING = columns(Ruling, rulings)


class Boards(Part):
    """Measurements and rulings: both only grow."""

    def measure(self, measurement: Measurement) -> Measurement:
        """Keeps a measurement, and gives it back with its id."""
        row = values(measurement)
        points = row.pop("curve")
        with self._database.writing() as connection:
            id = self._insert(connection, measurements, row)
            if points:
                connection.execute(insert(tables.curves), {"measurement": id, "points": points})
        return replace(measurement, id=id)

    def measurements(
        self, board: str, submission: int | None = None, *, curves: bool = True
    ) -> list[Measurement]:
        """All of a board, or those of one submission; by submission, the oldest first.

        Without `curves`, which are long, they have none.
        """
        query = (
            select(*_WITH_CURVE).outerjoin_from(measurements, tables.curves)
            if curves
            else select(*_WITHOUT)
        )
        query = query.where(measurements.c.board == board)
        if submission is not None:
            query = query.where(measurements.c.submission == submission)
        with self._database.reading() as connection:
            ordered = query.order_by(measurements.c.submission, measurements.c.id)
            return [Measurement(*row) for row in connection.execute(ordered).all()]

    def rule(self, ruling: Ruling) -> Ruling:
        """Keeps a ruling, and gives it back with its id."""
        with self._database.writing() as connection:
            id = self._insert(connection, rulings, values(ruling))
        return replace(ruling, id=id)

    def rulings(self, board: str) -> list[Ruling]:
        """All of a board, the oldest first."""
        query = select(*_RULING).where(rulings.c.board == board).order_by(rulings.c.id)
        with self._database.reading() as connection:
            return [Ruling(*row) for row in connection.execute(query).all()]

    def entrants(self, board: str) -> dict[int, Submission]:
        """The submissions that a board has anything of, by their ids."""
        measured = select(measurements.c.submission).where(measurements.c.board == board)
        ruled = select(rulings.c.submission).where(rulings.c.board == board)
        query = select(*columns(Submission, submissions)).where(
            or_(submissions.c.id.in_(measured), submissions.c.id.in_(ruled))
        )
        with self._database.reading() as connection:
            return {row.id: Submission(*row) for row in connection.execute(query).all()}

    def extent(self, board: str) -> tuple[int, int]:
        """How many measurements and rulings a board has.

        As both only grow, what was computed of a board holds for as long as this stays the same.
        """
        counts = [
            select(func.count()).where(table.c.board == board).scalar_subquery()
            for table in (measurements, rulings)
        ]
        with self._database.reading() as connection:
            measured, ruled = connection.execute(select(*counts)).one()
        return measured, ruled
