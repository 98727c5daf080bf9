"""What the parts of a store share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert

from grader.classroom.store.database import Database


def now() -> datetime:
    return datetime.now(UTC)


class Part:
    """One subject of a store; `now` tells the time."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now) -> None:
        self._database, self._now = database, clock

    def _insert(self, connection: Connection, table: Table, row: Mapping[str, Any]) -> int:
        """Inserts a row and gives its id."""
        return int(connection.execute(insert(table).returning(table.c.id), dict(row)).scalar_one())
